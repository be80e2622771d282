/**
 * Plays misbehaving clients against the real program. Behind every one, a client asks that behaves.
 *
 * @module
 */

import { assert } from "../../assert.ts";
import { within } from "../deadline.ts";
import type { ClientFault } from "./client_faults.ts";
import { expectClean } from "./fault_runner.ts";
import { FaultSocket } from "./fault_socket.ts";
import { answerClean, type Played } from "./lanes.ts";

const FAULT_MS = 10_000;

/** Plays one fault; fails where it doesn't come out as it is written. */
export async function playClientFault(fault: ClientFault, played: Played): Promise<void> {
  await within(FAULT_MS, play(fault, played), "the fault's end");
}

async function play(fault: ClientFault, { lane, target, checksLogs }: Played): Promise<void> {
  const { program, upstream, index } = lane;
  const asked = Promise.withResolvers<FaultSocket>();
  const ended = Promise.withResolvers<void>();
  const began = upstream.connections;
  upstream.act = async (socket) => {
    asked.resolve(socket);
    void socket.ended.then(() => {
      ended.resolve();
      socket[Symbol.dispose]();
    });
    await fault.upstream?.(socket).catch((error) => ended.reject(error));
  };
  using client = await FaultSocket.connect(program.port(`${fault.way ?? "plain"}${index}`));
  await fault.act(client, {
    head: (method) => `${method} ${target} HTTP/1.1\r\nhost: a.test\r\n`,
    upstreamHears: async (mark) => await (await asked.promise).hears(mark),
  });
  if (fault.upstream !== null) {
    // Half a request, or an answer that nobody wants, ends with its connection.
    await ended.promise;
  }
  // A client that doesn't listen doesn't hear the end either.
  client.listen();
  await client.ended;
  if (fault.upstream === null) {
    assert(upstream.connections === began, "what is no request has reached the upstream");
  }
  upstream.act = answerClean;
  await expectClean(program.port(`plain${index}`));
  if (checksLogs && fault.logged !== null) {
    await program.says("stdout", new RegExp(`" ?\\w* ${target} HTTP/1\\.1" ${fault.logged} `));
  }
}
