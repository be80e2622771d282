/**
 * The chunked coding: sizes, extensions, data, trailers.
 *
 * @module
 */

import {
  type AcceptedRow,
  accepts,
  cuts,
  expected,
  get,
  post,
  type RequestCase,
} from "../request_case.ts";

const FIELD = "Transfer-Encoding: chunked";
const LAST = "0\r\n\r\n";

/** A chunked body that breaks somewhere. */
function bad(body: string): string {
  return post([FIELD], body, "/cut");
}

/** A chunked body that is fine. */
function good(wire: string, body: string): AcceptedRow {
  return [post([FIELD], wire), expected({ method: "POST", body })];
}

/** `hello` in a chunk whose size is written so, then the last chunk. */
function sized(size: string): string {
  return `${size}\r\nhello\r\n${LAST}`;
}

export const CHUNK_SIZES: readonly RequestCase[] = [
  ...accepts("RFC 9112 §7.1", {
    "chunk sizes: one chunk": good(sized("5"), "hello"),
    "chunk sizes: none but the last": good(LAST, ""),
    "chunk sizes: several": good(`1\r\na\r\n2\r\nbc\r\n${LAST}`, "abc"),
    "chunk sizes: zeros in front": good(sized("0005"), "hello"),
    "chunk sizes: 16 digits": good(sized("0000000000000005"), "hello"),
    "chunk sizes: the last one with zeros": good("5\r\nhello\r\n000\r\n\r\n", "hello"),
    "chunk sizes: small letters": good(`a\r\n0123456789\r\n${LAST}`, "0123456789"),
    "chunk sizes: capitals": good(`A\r\n0123456789\r\n${LAST}`, "0123456789"),
    "chunk data: line ends within": good(`4\r\n\r\n\r\n\r\n${LAST}`, "\r\n\r\n"),
    "chunk data: what looks like a last chunk": good(`5\r\n${LAST}\r\n${LAST}`, LAST),
    "chunk data: any bytes": good(`3\r\n\0\xff\x80\r\n${LAST}`, "\0\xff\x80"),
    "chunk data: two requests in a row": [
      post([FIELD], sized("5"), "/1") + post([FIELD], LAST, "/2") + get(),
      expected({ method: "POST", target: "/1", body: "hello" }),
      expected({ method: "POST", target: "/2" }),
      expected(),
    ],
  }),
  ...cuts("RFC 9112 §7.1", {
    "chunk sizes with sign: plus": bad(sized("+5")),
    "chunk sizes with sign: minus": bad(sized("-5")),
    "chunk sizes with sign: the last one": bad("5\r\nhello\r\n-0\r\n\r\n"),
    "chunk sizes with 0x": bad(sized("0x5")),
    "chunk sizes with 0x: capital": bad(sized("0X5")),
    "chunk sizes with underscore": bad(sized("0_5")),
    "chunk sizes with spaces: before": bad(sized(" 5")),
    "chunk sizes with spaces: behind": bad(sized("5 ")),
    "chunk sizes with spaces: a tab behind": bad(sized("5\t")),
    "chunk sizes with spaces: within": bad(sized("0 5")),
    "chunk sizes with spaces: the last one": bad("5\r\nhello\r\n0 \r\n\r\n"),
    "chunk sizes over 16 digits": bad(sized("00000000000000005")),
    "chunk sizes over 16 digits: that overflow to 5": bad(sized("10000000000000005")),
    "chunk sizes over 2^53−1": bad(sized("20000000000000")),
    "chunk sizes over 2^53−1: 2^64−1": bad(sized("ffffffffffffffff")),
    "chunk sizes with bare LF": bad("5\nhello\r\n0\r\n\r\n"),
    "chunk sizes with bare LF: the last one": bad("5\r\nhello\r\n0\n\r\n"),
    "chunk sizes with bare CR": bad("5\rhello\r\n0\r\n\r\n"),
    "chunk sizes with bare CR: before another byte": bad("5\rXhello\r\n0\r\n\r\n"),
    "chunk sizes with bare CR: before CRLF": bad(sized("5\r")),
    "chunk sizes: empty": bad(sized("")),
    "chunk sizes: a letter past f": bad(sized("g")),
    "chunk sizes: a letter behind the digits": bad(sized("5g")),
    "chunk sizes: a dot": bad(sized("5.0")),
    "chunk sizes: a comma": bad(sized("5,5")),
    "chunk sizes: a byte ≥ 0x80": bad(sized("\xef\xbc\x95")),
    "chunk sizes: NUL": bad(sized("5\0")),
    "missing CRLF after data: more data": bad("5\r\nhelloo\r\n0\r\n\r\n"),
    "missing CRLF after data: nothing at all": bad("5\r\nhello0\r\n\r\n"),
    "missing CRLF after data: LF alone": bad("5\r\nhello\n0\r\n\r\n"),
    "missing CRLF after data: CR alone": bad("5\r\nhello\r0\r\n\r\n"),
    "missing CRLF after data: CR and another byte": bad("5\r\nhello\rX0\r\n\r\n"),
    "missing CRLF after data: another byte and LF": bad("5\r\nhelloX\n0\r\n\r\n"),
    "missing CRLF after data: any two bytes": bad("5\r\nhelloXX0\r\n\r\n"),
    "missing CRLF after data: LF CR": bad("5\r\nhello\n\r0\r\n\r\n"),
    "missing CRLF after data: a space before": bad("5\r\nhello \r\n0\r\n\r\n"),
  }),
];

/** Bytes of a size with its extensions that is still taken. */
const LINE_BYTES = 1024;

export const CHUNK_EXTENSIONS: readonly RequestCase[] = [
  ...accepts("RFC 9112 §7.1.1", {
    "chunk extension: a name": good(sized("5;a"), "hello"),
    "chunk extension: a token": good(sized("5;a=b"), "hello"),
    "chunk extension: a quoted string": good(sized('5;a="b c;d=,"'), "hello"),
    "chunk extension: a quoted pair": good(sized('5;a="\\"\\\\"'), "hello"),
    "chunk extension: an empty quoted string": good(sized('5;a=""'), "hello"),
    "chunk extension: a tab in a quoted string": good(sized('5;a="\t"'), "hello"),
    "chunk extension: bytes ≥ 0x80 in a quoted string": good(sized('5;a="\xe4"'), "hello"),
    "chunk extension: several": good(sized('5;a;b=c;d="e"'), "hello"),
    "chunk extension: at the last chunk": good("5\r\nhello\r\n0;a=b\r\n\r\n", "hello"),
  }),
  ...cuts("RFC 9112 §7.1.1", {
    "chunk extensions that aren't tokens: empty": bad(sized("5;")),
    "chunk extensions that aren't tokens: empty at the last chunk": bad("0;\r\n\r\n"),
    "chunk extensions that aren't tokens: two semicolons": bad(sized("5;;a")),
    "chunk extensions that aren't tokens: no name": bad(sized("5;=b")),
    "chunk extensions that aren't tokens: no value": bad(sized("5;a=")),
    "chunk extensions that aren't tokens: a space before": bad(sized("5 ;a")),
    "chunk extensions that aren't tokens: a space behind the semicolon": bad(sized("5; a")),
    "chunk extensions that aren't tokens: a space at the end": bad(sized("5;a ")),
    "chunk extensions that aren't tokens: spaces around the equals sign": bad(sized("5;a = b")),
    "chunk extensions that aren't tokens: parentheses": bad(sized("5;a=(b)")),
    "chunk extensions that aren't tokens: two equals signs": bad(sized("5;a=b=c")),
    "chunk extensions that aren't tokens: bytes ≥ 0x80": bad(sized("5;\xe4=b")),
    "chunk extensions that aren't quoted strings: no end": bad(sized('5;a="b')),
    "chunk extensions that aren't quoted strings: text behind": bad(sized('5;a="b"c')),
    "chunk extensions that aren't quoted strings: a backslash at the end": bad(
      sized('5;a="b\\'),
    ),
    "chunk extensions that carry controls: NUL": bad(sized("5;a=\0")),
    "chunk extensions that carry controls: 0x1F": bad(sized("5;a\x1f=b")),
    "chunk extensions that carry controls: in a quoted string": bad(sized('5;a="\x01"')),
    "chunk extensions that carry controls: in a quoted pair": bad(sized('5;a="\\\x01"')),
    "chunk extensions that carry controls: LF": bad(sized("5;a\n")),
    "chunk extensions that carry controls: LF in a quoted string": bad(sized('5;a="\n"')),
    "chunk extensions that carry controls: CR": bad(sized("5;a\rb")),
    "chunk extensions that carry controls: CRLF in a quoted string": bad(sized('5;a="\r\n"')),
    "chunk extensions without end": bad(sized(`5;a=${"b".repeat(2 * LINE_BYTES)}`)),
    "chunk extensions without end: thousands": bad(sized(`5${";a".repeat(LINE_BYTES)}`)),
  }),
];

/** A whole chunk, the last one, and these trailer lines. */
function trailed(...lines: readonly string[]): string {
  return `5\r\nhello\r\n0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
}

/** Names that must not come behind the body that they would have changed. */
const FORBIDDEN = {
  framing: ["Transfer-Encoding: chunked", "Content-Length: 5", "Trailer: X-A"],
  routing: ["Host: b.test", "Connection: close", "Upgrade: websocket", "TE: trailers"],
  "request modifiers": ["Expect: 100-continue", "Cache-Control: no-cache"],
  authentication: ["Authorization: Basic YTpi", "Cookie: a=b"],
  content: ["Content-Type: text/html", "Content-Encoding: gzip", "Content-Range: bytes 0-4/5"],
} as const;

export const TRAILERS: readonly RequestCase[] = [
  ...accepts("RFC 9112 §7.1.2", {
    "trailers are dropped": good(trailed("X-A: 1"), "hello"),
    "trailers are dropped: several": good(trailed("X-A: 1", "X-B: 2", "x-a: 3"), "hello"),
    "trailers are dropped: an empty value": good(trailed("X-A:"), "hello"),
    "trailers: what follows is the next request": [
      post([FIELD], trailed("X-A: 1")) + get(),
      expected({ method: "POST", body: "hello" }),
      expected(),
    ],
  }),
  ...accepts("RFC 9110 §6.6.2", {
    "trailers: announced": [
      post([FIELD, "Trailer: X-A"], trailed("X-A: 1")),
      expected({ method: "POST", body: "hello", fields: [["trailer", "X-A"]] }),
    ],
  }),
  ...cuts(
    "RFC 9110 §6.5.1",
    Object.fromEntries(
      Object.entries(FORBIDDEN).flatMap(([group, lines]) =>
        lines.map((line) => [
          `a trailer section that carries ${group} fields: ${line.split(":")[0]}`,
          bad(trailed(line)),
        ])
      ),
    ),
  ),
  ...cuts("RFC 9112 §7.1.2", {
    "a trailer that carries framing fields: in another letter case": bad(
      trailed("X-A: 1", "cOnTeNt-LeNgTh: 5"),
    ),
    "a trailer with whitespace before the colon": bad(trailed("X-A : 1")),
    "a trailer with obs-fold": bad(trailed("X-A: 1", " 2")),
    "a trailer that begins with a blank": bad(trailed(" X-A: 1")),
    "a trailer with bare LF": bad("0\r\nX-A: 1\n\r\n"),
    "a trailer section that ends with bare LF": bad("0\r\n\n"),
    "a trailer section that ends with bare CR": bad("0\r\n\rX-A: 1\r\n\r\n"),
    "a trailer with NUL": bad(trailed("X-A: \0")),
    "a trailer whose name isn't a token": bad(trailed("X A: 1")),
    "a trailer without a colon": bad(trailed("X-A")),
    "a trailer that is a request line": bad(trailed("GET /b HTTP/1.1", "Host: a.test")),
  }),
  ...cuts("RFC 9110 §15.5", {
    "a trailer section of too many fields": bad(trailed(...Array(101).fill("X-A: 1"))),
    "a trailer section of too many bytes": bad(trailed(`X-A: ${"x".repeat(61 * 1024)}`)),
  }, { status: 431 }),
];
