/**
 * The first line: `method SP target SP HTTP/1.1`, and what may stand before it.
 *
 * @module
 */

import { accepts, expected, get, head, HOST, refuses, type RequestCase } from "../request_case.ts";

/** A first line with the usual Host. */
function line(text: string): string {
  return head(text, HOST);
}

export const REQUEST_LINE: readonly RequestCase[] = [
  ...accepts("RFC 9112 §3", {
    "first line: method SP target SP HTTP/1.1": [line("GET / HTTP/1.1"), expected()],
  }),
  ...accepts("RFC 9110 §9.1", {
    "method: an extension": [line("PURGE / HTTP/1.1"), expected({ method: "PURGE" })],
    "method: all characters of a token": [
      line("!#$%&'*+-.^_`|~0aZ / HTTP/1.1"),
      expected({ method: "!#$%&'*+-.^_`|~0aZ" }),
    ],
    "method: case is kept": [line("get / HTTP/1.1"), expected({ method: "get" })],
    "method: HEAD": [line("HEAD / HTTP/1.1"), expected({ method: "HEAD" })],
    "method: TRACE": [line("TRACE / HTTP/1.1"), expected({ method: "TRACE" })],
  }),
  ...accepts("RFC 9112 §2.2", {
    "an empty line before the first line": [`\r\n${get()}`, expected()],
  }),
  ...refuses("RFC 9112 §2.2", {
    "two empty lines before the first line": `\r\n\r\n${get()}`,
    "a bare LF before the first line": `\n${get()}`,
    "a bare CR before the first line": `\r${get()}`,
    "white space before the first line": ` ${get()}`,
    "bare LF behind the first line": `GET / HTTP/1.1\n${HOST}\r\n\r\n`,
    "bare LF for all lines": `GET / HTTP/1.1\n${HOST}\n\n`,
    "bare CR behind the first line": `GET / HTTP/1.1\r${HOST}\r\n\r\n`,
    "CR CR LF behind the first line": `GET / HTTP/1.1\r\r\n${HOST}\r\n\r\n`,
    "NUL in the first line": line("GET /\0 HTTP/1.1"),
  }),
  ...refuses("RFC 9112 §3", {
    "first line: no target": line("GET HTTP/1.1"),
    "first line: an empty target": line("GET  HTTP/1.1"),
    "first line: no version": line("GET /"),
    "first line: nothing but the method": line("GET"),
    "first line: two spaces before the target": line("GET  / HTTP/1.1"),
    "first line: two spaces before the version": line("GET /  HTTP/1.1"),
    "first line: a space behind the version": line("GET / HTTP/1.1 "),
    "first line: a tab before the target": line("GET\t/ HTTP/1.1"),
    "first line: a tab before the version": line("GET /\tHTTP/1.1"),
    "first line: a space within the target": line("GET /a b HTTP/1.1"),
    "first line: four words": line("GET / HTTP/1.1 HTTP/1.1"),
    "first line: a vertical tab for a space": line("GET\x0b/ HTTP/1.1"),
  }),
  ...refuses("RFC 9110 §5.6.2", {
    "method: not a token": line("GE(T / HTTP/1.1"),
    "method: a quote": line('"GET" / HTTP/1.1'),
    "method: a colon": line("GET: / HTTP/1.1"),
    "method: a byte ≥ 0x80": line("G\xc9T / HTTP/1.1"),
    "method: a control byte": line("G\x01T / HTTP/1.1"),
  }),
  ...refuses("RFC 9110 §9.3.6", {
    "CONNECT: 405 unless configured": head("CONNECT a.test:443 HTTP/1.1", "Host: a.test:443"),
    "CONNECT: 405 in origin-form as well": line("CONNECT / HTTP/1.1"),
  }, { status: 405 }),
];
