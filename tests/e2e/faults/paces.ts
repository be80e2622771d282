/**
 * Upstreams that take their time, answer before they were asked in full, or don't listen.
 *
 * @module
 */

import { type Fault, type Got, HEAD_END, type Stage } from "./fault.ts";
import type { FaultSocket } from "./fault_socket.ts";

const LATE: Got = { kind: "answer", status: 504, body: "upstream request timeout" };
const HELLO = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello";
const HELLO_CHUNKED = "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n" +
  "5\r\nhello\r\n0\r\n\r\n";
const HELLO_CUT: Got = { kind: "cut", status: 200, body: "hello" };
const HELLO_GOT: Got = { kind: "answer", status: 200, body: "hello" };

/** What a slow upstream waits between two bytes. */
const PAUSE_MS = 5;

/** Sends a byte, and then lets a moment pass; false when nobody takes it any more. */
async function drip(upstream: FaultSocket, byte: string): Promise<boolean> {
  const isTaken = await upstream.send(byte);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  return isTaken;
}

/** All of it, a byte at a time. */
function slowly(text: string): (stage: Stage) => Promise<void> {
  return async ({ upstream }) => {
    await upstream.hears(HEAD_END);
    for (const byte of text) await drip(upstream, byte);
    upstream.end();
  };
}

/** A byte at a time for ever. */
function endlessly(start: string, byte: string): (stage: Stage) => Promise<void> {
  return async ({ upstream }) => {
    await upstream.hears(HEAD_END);
    await upstream.send(start);
    while (await drip(upstream, byte));
  };
}

/** Nothing behind this. */
function stalls(text: string): (stage: Stage) => Promise<void> {
  return async ({ upstream }) => {
    await upstream.hears(HEAD_END);
    await upstream.send(text);
    await upstream.ended;
  };
}

const UPLOAD = "content-length: 1000000\r\n\r\nhello";
const REFUSAL = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 5\r\n\r\nnever";
const REFUSED: Pick<Fault, "rest" | "got" | "flag" | "code"> = {
  rest: UPLOAD,
  got: { kind: "answer", status: 413, body: "never" },
  flag: "-",
  code: null,
};

const ENDLESS_BODY = "HTTP/1.1 200 OK\r\n\r\nhello";

/** Slow and deaf upstreams. */
export const PACES: readonly Fault[] = [
  {
    name: "sends a response with a length a byte at a time",
    act: slowly(HELLO),
    got: HELLO_GOT,
    flag: "-",
    code: null,
  },
  {
    name: "sends chunks a byte at a time",
    act: slowly(HELLO_CHUNKED),
    got: HELLO_GOT,
    flag: "-",
    code: null,
  },
  {
    name: "never answers",
    way: "late",
    act: stalls(""),
    got: LATE,
    flag: "UT",
    code: "route_timeout",
  },
  {
    name: "stops inside of the head",
    way: "late",
    act: stalls("HTTP/1.1 200 OK\r\ncontent-"),
    got: LATE,
    flag: "UT",
    code: "route_timeout",
  },
  {
    name: "sends a head a byte at a time for ever",
    way: "late",
    act: endlessly("HTTP/1.1 200 OK\r\na: ", "b"),
    got: LATE,
    flag: "UT",
    code: "route_timeout",
  },
  {
    name: "sends interim responses and no answer",
    way: "late",
    act: stalls("HTTP/1.1 103 Early Hints\r\n\r\n"),
    got: LATE,
    flag: "UT",
    code: "route_timeout",
  },
  {
    name: "sends a body a byte at a time for ever, where its time counts",
    way: "whole",
    act: endlessly(ENDLESS_BODY, "x"),
    got: HELLO_CUT,
    flag: "UT",
    code: "route_timeout|upstream_lost",
  },
  {
    name: "stops inside of the body",
    way: "idle",
    act: stalls("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello"),
    got: HELLO_CUT,
    flag: "SI",
    code: null,
  },
  {
    name: "never answers, where only idling is limited",
    way: "idle",
    act: stalls(""),
    got: { kind: "answer", status: 504, body: "stream timeout" },
    flag: "SI",
    code: "stream_timeout",
  },
  {
    name: "answers before the request's end, and stays",
    act: async ({ upstream }) => {
      await upstream.hears("hello");
      await upstream.send(REFUSAL);
    },
    ...REFUSED,
  },
  {
    name: "answers before the request's end, and hangs up",
    act: async ({ upstream }) => {
      await upstream.hears("hello");
      await upstream.send(REFUSAL);
      upstream.end();
    },
    ...REFUSED,
  },
  {
    name: "answers before the request's end, and resets",
    act: async ({ upstream, clientHears, clientSends }) => {
      await upstream.hears("hello");
      await upstream.send(REFUSAL);
      await clientHears("never");
      upstream.reset();
      await clientSends("x".repeat(100_000));
    },
    ...REFUSED,
  },
  {
    name: "answers while it hears no more of the request",
    act: async ({ upstream, clientHears, clientSends }) => {
      await upstream.hears("hello");
      upstream.deafen();
      await Promise.all([clientSends("x".repeat(900_000)), upstream.send(REFUSAL)]);
      await clientHears("never");
      upstream.listen();
    },
    ...REFUSED,
  },
  {
    name: "hears no more of the request and doesn't answer",
    way: "idle",
    rest: `content-length: 100000000\r\n\r\nhello${"x".repeat(20_000_000)}`,
    act: async ({ upstream, clientHears }) => {
      await upstream.hears("hello");
      upstream.deafen();
      await clientHears("stream timeout");
      upstream.listen();
    },
    got: { kind: "answer", status: 408, body: "stream timeout" },
    flag: "SI",
    code: null,
  },
];
