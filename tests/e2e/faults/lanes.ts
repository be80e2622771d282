/**
 * Several upstreams behind one program, so that several faults are played at a time.
 *
 * @module
 */

import { assertEquals } from "../../assert.ts";
import type { Program } from "../program.ts";
import type { Scene } from "../scene.ts";
import { faultConfig, HEAD_END } from "./fault.ts";
import { type Act, FaultUpstream } from "./fault_socket.ts";

const LANES = 4;

/** The body of `answerClean`. */
export const CLEAN = "the next one's own";

/** What an upstream does with a request when it is asked for nothing else. */
export const answerClean: Act = async (upstream) => {
  await upstream.hears(HEAD_END);
  await upstream.send(
    `HTTP/1.1 200 OK\r\ncontent-length: ${CLEAN.length}\r\nconnection: close\r\n\r\n${CLEAN}`,
  );
  upstream.end();
};

/** An upstream with the listeners that lead to it. */
export interface Lane {
  readonly program: Program;
  readonly upstream: FaultUpstream;
  readonly index: number;
}

/** Where a fault is played, and whether the logs are looked at, which takes longer with every line. */
export interface Played {
  readonly lane: Lane;
  /** Is found again in the logs. */
  readonly target: string;
  readonly checksLogs: boolean;
}

/** Starts the program with its lanes, and its admin. */
export async function startLanes(scene: Scene): Promise<Lane[]> {
  const upstreams = await Promise.all(
    Array.from({ length: LANES }, async () => scene.own(await FaultUpstream.start(answerClean))),
  );
  const program = await scene.serve(faultConfig(upstreams.map(({ port }) => port)));
  return upstreams.map((upstream, index) => ({ program, upstream, index }));
}

/** Plays each fault in one of the lanes; gives what came out otherwise than it is written. */
export async function playAll<F extends { readonly name: string }>(
  lanes: readonly Lane[],
  faults: readonly F[],
  { play, checksLogs }: {
    play: (fault: F, played: Played) => Promise<void>;
    checksLogs: boolean;
  },
): Promise<string[]> {
  const failures: string[] = [];
  const waiting = faults.map((fault, id) => ({ fault, target: `/fault/${id}` }));
  await Promise.all(lanes.map(async (lane) => {
    for (let next; (next = waiting.shift()) !== undefined;) {
      const { fault, target } = next;
      await play(fault, { lane, target, checksLogs }).catch((error) => {
        failures.push(`one that ${fault.name}: ${(error as Error).message}`);
      });
    }
  }));
  return failures;
}

/** Stops the program, which has nothing to say of mistakes of its own. */
export async function expectStop(program: Program): Promise<void> {
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended();
  assertEquals(code, 0);
  assertEquals(stderr.match(/internal error|bug in genkan|^ +at /m), null);
}
