/**
 * Several upstreams behind one program, so that several faults are played at a time.
 *
 * @module
 */

import type { Program } from "../program.ts";
import type { Scene } from "../scene.ts";
import { type Fault, faultConfig, HEAD_END } from "./fault.ts";
import { playFault } from "./fault_runner.ts";
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

/** Starts the program with its lanes, and its admin. */
export async function startLanes(scene: Scene): Promise<Lane[]> {
  const upstreams = await Promise.all(
    Array.from({ length: LANES }, async () => scene.own(await FaultUpstream.start(answerClean))),
  );
  const program = await scene.serve(faultConfig(upstreams.map(({ port }) => port)));
  return upstreams.map((upstream, index) => ({ program, upstream, index }));
}

/** Plays each fault in one of the lanes; gives what came out otherwise than it is written. */
export async function playFaults(
  lanes: readonly Lane[],
  faults: readonly Fault[],
  options: { checksLogs: boolean },
): Promise<string[]> {
  const failures: string[] = [];
  const waiting = faults.map((fault, id) => ({ fault, target: `/fault/${id}` }));
  await Promise.all(lanes.map(async (lane) => {
    for (let next; (next = waiting.shift()) !== undefined;) {
      const { fault, target } = next;
      await playFault(fault, { lane, target, ...options }).catch((error) => {
        failures.push(`an upstream that ${fault.name}: ${(error as Error).message}`);
      });
    }
  }));
  return failures;
}
