/**
 * Answers that a proxy must not pass on: what each of the two does with them.
 *
 * @module
 */

import { request } from "./case.ts";
import type { Difference } from "./differences.ts";
import type { Refusal } from "./refusals.ts";

const BAD_GATEWAY =
  "502 upstream connect error or disconnect/reset before headers. reset reason: protocol error, open";
const TAKEN = "200 ok, open";
const EMPTY = "200 -, open";
const BROKEN_OFF = "broken off";

interface Outcomes {
  readonly genkan?: string;
  readonly envoy?: string;
}

/** By default both make a 502 of it; with a reason, Envoy alone passes it on. */
function bad(
  name: string,
  answer: string,
  why: Difference | null = null,
  outcomes: Outcomes = {},
): Refusal {
  const { genkan = BAD_GATEWAY, envoy = why === null ? genkan : TAKEN } = outcomes;
  const listener = "plain", send = request("GET /");
  return { name: `an answer with ${name}`, send, answer, listener, genkan, envoy, why };
}

/** An answer with these fields. */
function fields(
  name: string,
  lines: readonly string[],
  why: Difference | null = null,
  outcomes: Outcomes = {},
): Refusal {
  return bad(name, ["HTTP/1.1 200 OK", ...lines, "", "ok"].join("\r\n"), why, outcomes);
}

function field(name: string, line: string, why: Difference | null = null): Refusal {
  return fields(name, ["content-length: 2", line], why);
}

function statusLine(name: string, line: string, envoy?: string): Refusal {
  const why = envoy === undefined ? null : "strict status line";
  return bad(name, `${line}\r\ncontent-length: 0\r\n\r\n`, why, { envoy });
}

function coded(name: string, coding: string): Refusal {
  return fields(name, [`transfer-encoding: ${coding}`]);
}

function chunked(name: string, body: string, why: Difference = "broken answer"): Refusal {
  const answer = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`;
  return bad(name, answer, why, { envoy: why === "broken answer" ? BROKEN_OFF : TAKEN });
}

/** The table. */
export const REFUSED_ANSWERS: readonly Refusal[] = [
  fields("two equal lengths", ["content-length: 2", "content-length: 2"], "equal lengths", {
    genkan: TAKEN,
    envoy: BAD_GATEWAY,
  }),
  fields("a list of equal lengths", ["content-length: 2, 2"]),
  fields("a signed length", ["content-length: +2"]),
  fields("an empty length", ["content-length:"]),
  fields("a length over 2^64", ["content-length: 18446744073709551616"]),
  field("a folded line", "x-a: b\r\n c", "strict answers"),
  field("a bare line feed", "x-a: b\nx-c: d", "strict answers"),
  field("a bare carriage return", "x-a: b\rc", "strict answers"),
  field("content-length nominated", "connection: content-length", "strict nomination"),
  field("a NUL in a value", "x-a: b\0c"),
  field("a control in a value", "x-a: b\x01c"),
  field("white space before a colon", "x-a : b"),
  field("a name with a space", "x a: b"),
  field("a name that is no token", "x(a): b"),
  field("a field without a name", ": b"),
  coded("chunked twice", "chunked, chunked"),
  coded("gzip and chunked", "gzip, chunked"),
  coded("identity", "identity"),
  coded("an empty coding", ""),
  bad(
    "chunks in HTTP/1.0",
    "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "strict answers",
  ),
  chunked("an extension that is no token", "2;a b=(c)\r\nok\r\n0\r\n\r\n", "strict chunks"),
  chunked("a chunk size before a space", "2 \r\nok\r\n0\r\n\r\n", "strict chunks"),
  chunked("a chunk size with 0x", "0x2\r\nok\r\n0\r\n\r\n"),
  chunked("chunks that end with bare line feeds", "2\nok\n0\n\n"),
  chunked("a trailer that frames", "2\r\nok\r\n0\r\ncontent-length: 2\r\n\r\n", "strict trailers"),
  statusLine("a status of four digits", "HTTP/1.1 2000 OK", EMPTY),
  statusLine("HTTP/2.0", "HTTP/2.0 200 OK", EMPTY),
  statusLine("HTTP/1.2", "HTTP/1.2 200 OK", EMPTY),
  statusLine("two spaces before the status", "HTTP/1.1  200 OK", EMPTY),
  statusLine("http/1.1 in lower case", "http/1.1 200 OK"),
  statusLine("an empty line before it", "\r\nHTTP/1.1 200 OK"),
  bad(
    "204 and a length",
    "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n",
    "204 with a body",
    {
      genkan: "204 -, open",
      envoy: BAD_GATEWAY,
    },
  ),
  bad(
    "204 and chunks",
    "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "204 with a body",
    { genkan: "204 -, open", envoy: BAD_GATEWAY },
  ),
];
