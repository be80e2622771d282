/**
 * Chunked responses.
 *
 * @module
 */

import { answer, breaks, forwards, response, type ResponseCase } from "../response_case.ts";

/** A response with a chunked body. */
function chunked(body: string): string {
  return answer(["Transfer-Encoding: chunked"], body);
}

/** `hello` in a chunk whose size is written so, then the last chunk. */
function sized(size: string): string {
  return chunked(`${size}\r\nhello\r\n0\r\n\r\n`);
}

/** A chunk, the last one, and these trailer lines. */
function trailed(...lines: readonly string[]): string {
  return chunked(`5\r\nhello\r\n0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
}

export const RESPONSE_CHUNKS: readonly ResponseCase[] = [
  ...forwards("RFC 9112 §7.1", {
    "response chunks: none": [chunked("0\r\n\r\n"), response({ body: "" })],
    "response chunks: several": [
      chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
      response(),
    ],
    "response chunks: capitals and zeros": [
      chunked("00A\r\n0123456789\r\n000\r\n\r\n"),
      response({ body: "0123456789" }),
    ],
    "response chunks: what looks like a last chunk": [
      chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
      response({ body: "0\r\n\r\n" }),
    ],
    "response chunks: extensions are dropped": [sized('5;a;b=c;d="e;f"'), response()],
    "response chunks: trailers are dropped": [trailed("X-A: 1", "Server-Timing: a"), response()],
  }),
  ...breaks("RFC 9112 §7.1", "UPE", {
    "response chunk size: plus": sized("+5"),
    "response chunk size: minus": sized("-5"),
    "response chunk size: 0x": sized("0x5"),
    "response chunk size: an underscore": sized("0_5"),
    "response chunk size: a space behind": sized("5 "),
    "response chunk size: a space before": sized(" 5"),
    "response chunk size: over 16 digits": sized("00000000000000005"),
    "response chunk size: over 2^53−1": sized("20000000000000"),
    "response chunk size: empty": sized(""),
    "response chunk size: a letter past f": sized("g"),
    "response chunk size: bare LF": chunked("5\nhello\r\n0\r\n\r\n"),
    "response chunk size: the last one with bare LF": chunked("5\r\nhello\r\n0\n\r\n"),
    "response chunk data: more of it": chunked("5\r\nhelloo\r\n0\r\n\r\n"),
    "response chunk data: no CRLF behind": chunked("5\r\nhello0\r\n\r\n"),
    "response chunk data: CR and another byte behind": chunked(
      "5\r\nhello\rX0\r\n\r\n",
    ),
    "response chunk size: CR and another byte behind": chunked(
      "5\rXhello\r\n0\r\n\r\n",
    ),
    "response chunk data: LF alone behind": chunked("5\r\nhello\n0\r\n\r\n"),
  }),
  ...breaks("RFC 9112 §7.1.1", "UPE", {
    "response chunk extension: empty": sized("5;"),
    "response chunk extension: a control": sized("5;a=\x01"),
    "response chunk extension: an open quote": sized('5;a="b'),
    "response chunk extension: LF in a quoted string": sized('5;a="\n"'),
    "response chunk extension: without end": sized(`5;a=${"b".repeat(4096)}`),
  }),
  ...breaks("RFC 9112 §7.1.2", "UPE", {
    "response trailer: Content-Length": trailed("Content-Length: 5"),
    "response trailer: Transfer-Encoding": trailed("Transfer-Encoding: chunked"),
    "response trailer: Set-Cookie": trailed("Set-Cookie: a=b"),
    "response trailer: obs-fold": trailed("X-A: 1", " 2"),
    "response trailer: whitespace before the colon": trailed("X-A : 1"),
    "response trailer: bare LF": chunked("0\r\nX-A: 1\n\r\n"),
    "response trailer: a response": trailed("HTTP/1.1 200 OK"),
    "response trailer: too many": trailed(...Array(101).fill("X-A: 1")),
    "response trailer: too long": trailed(`X-A: ${"x".repeat(61 * 1024)}`),
  }),
];
