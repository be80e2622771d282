/**
 * A response's fields.
 *
 * @module
 */

import { answer, forwards, rejects, response, type ResponseCase } from "../response_case.ts";
import type { Field } from "../strict_reader.ts";

/** Five bytes with these field lines. */
function ask(...lines: readonly string[]): string {
  return answer(["Content-Length: 5", ...lines], "hello");
}

/** Field lines, of which these fields pass. */
function passes(lines: readonly string[], ...fields: readonly Field[]) {
  return [ask(...lines), response({ fields })] as const;
}

/** Envoy's defaults, and genkan's. */
const HEAD_BYTES = 60 * 1024;
const HEAD_FIELDS = 100;

const LONGEST = "x".repeat(HEAD_BYTES - ask("X-A: ").length + "hello".length);

export const RESPONSE_FIELDS: readonly ResponseCase[] = [
  ...forwards("RFC 9112 §5", {
    "response field: blanks around the value": passes(["X-A: \t 1 \t"], ["x-a", "1"]),
    "response field: an empty value": passes(["X-A:"], ["x-a", ""]),
    "response field: bytes ≥ 0x80": passes(["X-A: \x80\xff"], ["x-a", "\x80\xff"]),
    "response field: the order of cookies": passes(
      ["Set-Cookie: a=1", "X-A: 1", "Set-Cookie: b=2"],
      ["set-cookie", "a=1"],
      ["x-a", "1"],
      ["set-cookie", "b=2"],
    ),
    "response field: the upstream's date": passes(
      ["Date: Sun, 06 Nov 1994 08:49:37 GMT"],
      ["date", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ),
  }),
  ...forwards("RFC 9110 §7.6.1", {
    "hop-by-hop fields of a response": passes([
      "Connection: keep-alive",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "Upgrade: h2c",
    ]),
    "nominated fields of a response": passes(["Connection: x-a", "X-A: 1", "X-B: 2"], ["x-b", "2"]),
  }),
  ...forwards("RFC 6585 §5", {
    "a response's head: exactly at the limit of bytes": passes(
      [`X-A: ${LONGEST}`],
      ["x-a", LONGEST],
    ),
    "a response's head: exactly at the limit of fields": passes(
      Array(HEAD_FIELDS - 1).fill("X-A: 1"),
      ...Array(HEAD_FIELDS - 1).fill(["x-a", "1"]),
    ),
  }),
  ...rejects("RFC 6585 §5", {
    "a response's head: one over the limit of bytes": ask(`X-A: ${LONGEST}x`),
    "a response's head: one over the limit of fields": ask(...Array(HEAD_FIELDS).fill("X-A: 1")),
    "a response's head: without end": `HTTP/1.1 200 OK\r\nX-A: ${"x".repeat(2 * HEAD_BYTES)}`,
    "a response's status line without end": `HTTP/1.1 200 ${"x".repeat(2 * HEAD_BYTES)}`,
  }),
  ...rejects("RFC 9112 §5.1", {
    "whitespace before a colon in a response": ask("X-A : 1"),
    "whitespace before a colon of Content-Length in a response": answer(
      ["Content-Length : 5"],
      "hello",
    ),
    "a response field without a name": ask(": 1"),
    "a response field without a colon": ask("X-A"),
    "a response field whose name isn't a token": ask("X A: 1"),
    "a response field whose name has a byte ≥ 0x80": ask("X-\xc4: 1"),
  }),
  ...rejects("RFC 9112 §5.2", {
    "obs-fold in a response: a space": ask("X-A: 1", " 2"),
    "obs-fold in a response: a tab": ask("X-A: 1", "\t2"),
    "obs-fold in a response: in Content-Length": answer(["Content-Length:", " 5"], "hello"),
    "obs-fold in a response: behind the status line": answer([" X-A: 1"], "hello"),
  }),
  ...rejects("RFC 9110 §5.5", {
    "bare LF in a response's value": ask("X-A: 1\nSet-Cookie: a=1"),
    "bare LF ends a response's head": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello",
    "bare CR in a response's value": ask("X-A: 1\rSet-Cookie: a=1"),
    "NUL in a response's value": ask("X-A: a\0b"),
    "a control in a response's value": ask("X-A: a\x1fb"),
    "DEL in a response's value": ask("X-A: a\x7fb"),
  }),
  ...rejects("RFC 9110 §7.6.1", {
    "a response whose Connection nominates Content-Length": ask("Connection: content-length"),
  }),
];
