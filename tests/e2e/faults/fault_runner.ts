/**
 * Plays faults against the real program. Behind every one, another client asks: it must get its own
 * answer, over another connection.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { type Message, readResponse, statusOf } from "../../conformance/strict_reader.ts";
import { within } from "../deadline.ts";
import type { Fault } from "./fault.ts";
import { FaultSocket } from "./fault_socket.ts";
import { answerClean, CLEAN, type Played } from "./lanes.ts";
import type { Program } from "../program.ts";

/** For one fault; the slowest wait for a deadline of half a second. */
const FAULT_MS = 10_000;

/** Plays one fault; fails where it doesn't come out as it is written. */
export async function playFault(fault: Fault, played: Played): Promise<void> {
  await within(FAULT_MS, play(fault, played), "the fault's end");
}

async function play(fault: Fault, { lane, target, checksLogs }: Played): Promise<void> {
  const { program, upstream, index } = lane;
  const way = fault.way ?? "plain";
  const method = fault.method ?? (fault.rest === undefined ? "GET" : "POST");
  using client = await FaultSocket.connect(program.port(`${way}${index}`));
  const over = Promise.withResolvers<void>();
  const began = upstream.connections;
  upstream.act = async (socket) => {
    void socket.ended.then(() => over.resolve());
    void over.promise.then(() => socket[Symbol.dispose]());
    await fault.act({
      upstream: socket,
      clientHears: (mark) => client.hears(mark),
      clientSends: (data) => client.send(data),
    });
  };
  await client.send(`${method} ${target} HTTP/1.1\r\nhost: a.test\r\n${fault.rest ?? "\r\n"}`);
  await client.settles((text) => finalResponse(text, method) !== null);
  expectGot(client.text, fault, method);
  if (fault.got.kind === "cut") await client.ended;
  // It isn't kept, whatever state it is in.
  await within(FAULT_MS, over.promise, "the upstream's connection to be closed");
  assertEquals(upstream.connections, began + 1, "connections to the upstream");

  upstream.act = answerClean;
  // The clean answer speaks no TLS.
  const nextWay = way === "tls" ? "plain" : way;
  await expectClean(program.port(`${nextWay}${index}`));
  if (checksLogs) await expectLogs(program, fault, `${method} ${target}`);
}

/** Asks as a client that behaves: it gets what `answerClean` says, and nothing else. */
export async function expectClean(port: number): Promise<void> {
  using client = await FaultSocket.connect(port);
  await client.send("GET /next HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
  await client.ended;
  const answer = readResponse(client.text, { method: "GET" });
  assert(answer?.body === CLEAN, `the next client got ${JSON.stringify(client.text)}`);
  assertEquals(client.text.slice(answer.size), "", "more than the next answer");
}

function expectGot(text: string, { got }: Fault, method: string): void {
  const final = finalResponse(text, method);
  const shown = JSON.stringify(text.slice(0, 500));
  if (got.kind === "answer") {
    assert(final !== null, `half a response: ${shown}`);
    assertEquals(statusOf(final.message), got.status, shown);
    if (got.body !== undefined) assertEquals(final.message.body, got.body);
    assertEquals(text.slice(final.end), "", "more than the response");
    return;
  }
  assert(final === null, `looks whole: ${shown}`);
  assert(text.startsWith(`HTTP/1.1 ${got.status} `), `another status: ${shown}`);
  assert(text.includes(got.body), `not ${JSON.stringify(got.body)}: ${shown}`);
}

/** The response behind the informational ones, and where it ends; null when it isn't all there. */
function finalResponse(text: string, method: string): { message: Message; end: number } | null {
  for (let at = 0;;) {
    const message = readResponse(text.slice(at), { method });
    if (message === null) return null;
    at += message.size;
    if (statusOf(message) >= 200) return { message, end: at };
  }
}

async function expectLogs(program: Program, fault: Fault, line: string): Promise<void> {
  const { got, flag, code } = fault;
  const [, answered, id] = await program.says(
    "stdout",
    new RegExp(`^.*"${line} HTTP/1\\.1" (\\d+ \\S+) .*"([0-9a-f-]{36})" "a\\.test".*$`, "m"),
  );
  assertMatch(answered, new RegExp(`^${got.status} ${flag}$`));
  if (code === null) return;
  const [failure] = await program.says("stderr", new RegExp(`^.* request=${id}$`, "m"));
  assertMatch(failure, new RegExp(` code=(${code}) `));
}
