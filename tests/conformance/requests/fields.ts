/**
 * Field lines: names, values, line ends.
 *
 * @module
 */

import {
  type AcceptedRow,
  accepts,
  drops,
  expected,
  get,
  head,
  HOST,
  post,
  refuses,
  type RequestCase,
} from "../request_case.ts";
import type { Field } from "../strict_reader.ts";

/** A GET with field lines, of which these fields pass. */
function passes(lines: readonly string[], ...fields: readonly Field[]): AcceptedRow {
  return [get(...lines), expected({ fields })];
}

const CHUNKED = "Transfer-Encoding: chunked";
const ALL_TOKEN = "!#$%&'*+-.^_`|~09azAZ";

export const FIELDS: readonly RequestCase[] = [
  ...accepts("RFC 9112 §5", {
    "field: no space behind the colon": passes(["X-A:1"], ["x-a", "1"]),
    "field: blanks around the value": passes(["X-A: \t 1 \t"], ["x-a", "1"]),
    "field: an empty value": passes(["X-A:"], ["x-a", ""]),
    "field: a value of blanks": passes(["X-A: \t "], ["x-a", ""]),
    "field: blanks within the value": passes(["X-A: 1 \t 2"], ["x-a", "1 \t 2"]),
    "field: a colon in the value": passes(["X-A: b: c"], ["x-a", "b: c"]),
  }),
  ...accepts("RFC 9110 §5.1", {
    "field: all characters of a token": passes(
      [`${ALL_TOKEN}: 1`],
      [ALL_TOKEN.toLowerCase(), "1"],
    ),
    "field: an underscore": passes(["X_A: 1"], ["x_a", "1"]),
  }),
  ...accepts("RFC 9110 §5.5", {
    "field: bytes ≥ 0x80 in a value": passes(["X-A: \x80\xff\xa0"], ["x-a", "\x80\xff\xa0"]),
    "field: 0xA0 at a value's ends isn't white space": passes(
      ["X-A: \xa01\xa0"],
      ["x-a", "\xa01\xa0"],
    ),
  }),
  ...accepts("RFC 9110 §5.3", {
    "field: the order of equal names": passes(
      ["X-A: 1", "X-B: 2", "x-a: 3"],
      ["x-a", "1"],
      ["x-b", "2"],
      ["x-a", "3"],
    ),
  }),
  ...refuses("RFC 9112 §5.1", {
    "whitespace before a colon: a space": get("X-A : 1"),
    "whitespace before a colon: a tab": get("X-A\t: 1"),
    "whitespace before a colon: Content-Length": post(["Content-Length : 5"], "hello"),
    "whitespace before a colon: Transfer-Encoding": post(
      ["Transfer-Encoding : chunked"],
      "0\r\n\r\n",
    ),
    "whitespace before a colon: Host": head("GET / HTTP/1.1", "Host : a.test"),
  }),
  ...refuses("RFC 9112 §5.2", {
    "obs-fold: a space": get("X-A: 1", " 2"),
    "obs-fold: a tab": get("X-A: 1", "\t2"),
    "obs-fold: an empty line of blanks": get("X-A: 1", " "),
    "obs-fold: hides a Transfer-Encoding": post(["X-A: 1", " Transfer-Encoding: chunked"], ""),
    "obs-fold: in Transfer-Encoding": post(["Transfer-Encoding:", " chunked"], "0\r\n\r\n"),
    "obs-fold: in Host": head("GET / HTTP/1.1", "Host:", " a.test"),
    "obs-fold: behind the first line": head("GET / HTTP/1.1", ` ${HOST}`, HOST),
  }),
  ...refuses("RFC 9112 §2.2", {
    "bare LF: behind a field": `GET / HTTP/1.1\r\n${HOST}\nX-A: 1\r\n\r\n`,
    "bare LF: ends the head": `GET / HTTP/1.1\r\n${HOST}\r\n\n`,
    "bare LF: hides a field in a value": get("X-A: 1\nTransfer-Encoding: chunked"),
    "bare CR: in a value": get("X-A: 1\r2"),
    "bare CR: hides a field in a value": get("X-A: 1\rContent-Length: 5"),
    "bare CR: before CRLF": get("X-A: 1\r"),
    "bare CR: ends the head": `GET / HTTP/1.1\r\n${HOST}\r\n\rX: 1\r\n\r\n`,
  }),
  ...refuses("RFC 9110 §5.5", {
    "NUL in a value": get("X-A: 1\x002"),
    "control bytes in values: 0x01": get("X-A: \x01"),
    "control bytes in values: 0x08": get("X-A: a\x08b"),
    "control bytes in values: vertical tab": get("X-A: a\x0bb"),
    "control bytes in values: form feed": get("X-A: a\x0cb"),
    "control bytes in values: escape": get("X-A: \x1b[31m"),
    "control bytes in values: DEL": get("X-A: a\x7f"),
  }),
  ...refuses("RFC 9110 §5.6.2", {
    "a name that isn't a token: empty": get(": 1"),
    "a name that isn't a token: a space within": get("X A: 1"),
    "a name that isn't a token: a byte ≥ 0x80": get("X-\xc4: 1"),
    "a name that isn't a token: parentheses": get("X(A): 1"),
    "a name that isn't a token: a quote": get('"X-A": 1'),
    "a name that isn't a token: a slash": get("X/A: 1"),
    "a name that isn't a token: NUL": get("X\0A: 1"),
    "a name that isn't a token: a control": get("X\x1fA: 1"),
    "a name that isn't a token: a line without a colon": get("X-A"),
    "a name that isn't a token: a second first line": get("GET /b HTTP/1.1"),
    "a name that isn't a token: a pseudo header": get(":path: /b"),
  }),
  ...drops("RFC 9112 §8", {
    "the client leaves within the first line": "GET / HT",
    "the client leaves within the head": `GET / HTTP/1.1\r\n${HOST}\r\n`,
    "the client leaves before the last LF": `GET / HTTP/1.1\r\n${HOST}\r\n\r`,
    "the client leaves without a word": "",
    "the client leaves behind an empty line": "\r\n",
    "the client leaves within a length": post(["Content-Length: 9"], "hello", "/cut"),
    "the client leaves before a body": post(["Content-Length: 9"], "", "/cut"),
    "the client leaves within a chunk's size": post([CHUNKED], "5", "/cut"),
    "the client leaves within a chunk": post([CHUNKED], "5\r\nhel", "/cut"),
    "the client leaves behind a chunk": post([CHUNKED], "5\r\nhello\r\n", "/cut"),
    "the client leaves within the last chunk": post([CHUNKED], "5\r\nhello\r\n0\r\n", "/cut"),
    "the client leaves within the trailers": post([CHUNKED], "0\r\nX-A: 1\r\n", "/cut"),
  }),
];
