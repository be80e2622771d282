/**
 * How long a response is.
 *
 * @module
 */

import {
  answer,
  breaks,
  forwards,
  HELLO,
  loses,
  rejects,
  response,
  type ResponseCase,
  status,
} from "../response_case.ts";

/** Five bytes with these values of Content-Length. */
function says(...lengths: readonly string[]): string {
  return answer(lengths.map((length) => `Content-Length: ${length}`), "hello");
}

const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

/** A chunked body with these codings, a line each. */
function coded(...codings: readonly string[]): string {
  return answer(codings.map((coding) => `Transfer-Encoding: ${coding}`), CHUNKS);
}

export const RESPONSE_FRAMING: readonly ResponseCase[] = [
  ...forwards("RFC 9112 §6.3", {
    "response length: 0": [answer(["Content-Length: 0"]), response({ body: "" })],
    "response length: zeros in front": [says("0005"), response()],
    "response length: twice the same": [says("5", "5"), response()],
    "response length: any bytes": [
      answer(["Content-Length: 6"], "\0\xff\r\n\r\n"),
      response({ body: "\0\xff\r\n\r\n" }),
    ],
    "response chunked": [coded("chunked"), response()],
    "response chunked in any letter case": [coded("ChUnKeD"), response()],
  }),
  ...rejects("RFC 9112 §6.3", {
    "both Content-Length and Transfer-Encoding in a response": answer(
      ["Content-Length: 5", "Transfer-Encoding: chunked"],
      CHUNKS,
    ),
    "response length: different": says("5", "6"),
    "response length: different spellings": says("5", "05"),
    "response length: a list": says("5, 5"),
    "response length: plus": says("+5"),
    "response length: minus": says("-5"),
    "response length: hex": says("0x5"),
    "response length: empty": says(""),
    "response length: a space within": says("5 5"),
    "response length: a unit": says("5b"),
    "response length: over 2^53−1": says("9007199254740992"),
    "response length: 2^64 and 5": says("18446744073709551621"),
  }),
  ...rejects("RFC 9112 §6.1", {
    "response coding: gzip": coded("gzip"),
    "response coding: identity": coded("identity"),
    "response coding: gzip, chunked": coded("gzip, chunked"),
    "response coding: chunked twice": coded("chunked", "chunked"),
    "response coding: chunked, chunked": coded("chunked, chunked"),
    "response coding: empty": coded(""),
    "response coding: a comma behind": coded("chunked,"),
    "response coding: a parameter": coded("chunked;a=b"),
    "response coding: quotes": coded('"chunked"'),
    "response coding: a vertical tab": coded("\x0bchunked"),
    "response coding: in HTTP/1.0":
      `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
  }),
  ...forwards("RFC 9112 §6.3", {
    "a response that ends with its connection": [answer([], "hello"), response()],
    "a response that ends with its connection: empty": [answer([]), response({ body: "" })],
    "a response that ends with its connection: what looks like a second one": [
      answer([], HELLO),
      response({ body: HELLO }),
    ],
    "a response that ends with its connection: HTTP/1.0": [
      "HTTP/1.0 200 OK\r\n\r\nhello",
      response(),
    ],
    "a response with a length whose connection then ends": [HELLO, response()],
    "a chunked response whose connection then ends": [coded("chunked"), response()],
  }, { ends: true }),
  ...forwards("RFC 9112 §9.6", {
    "a response that closes": [
      answer(["Connection: close", "Content-Length: 5"], "hello"),
      response(),
    ],
    "a response that closes and keeps alive": [
      answer(["Connection: keep-alive, close", "Content-Length: 5"], "hello"),
      response(),
    ],
  }, { reused: false }),
];

export const TRUNCATED: readonly ResponseCase[] = [
  ...loses("RFC 9112 §8", {
    "truncated: not a byte": "",
  }),
  ...rejects("RFC 9112 §8", {
    "truncated: within the status line": "HTTP/1.1 2",
    "truncated: behind the status line": "HTTP/1.1 200 OK\r\n",
    "truncated: within a field": "HTTP/1.1 200 OK\r\nContent-Le",
    "truncated: before the last LF": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r",
  }, { ends: true }),
  ...loses("RFC 9112 §8", {
    "truncated: behind an informational response": status("103 Early Hints", ["Link: </a>"]),
  }, { interims: 1 }),
  ...breaks("RFC 9112 §8", "UC", {
    "truncated: a length, no body": answer(["Content-Length: 5"]),
    "truncated: a length, half of it": answer(["Content-Length: 5"], "he"),
    "truncated: chunks, none": answer(["Transfer-Encoding: chunked"]),
    "truncated: chunks, within a size": answer(["Transfer-Encoding: chunked"], "5"),
    "truncated: chunks, within data": answer(["Transfer-Encoding: chunked"], "5\r\nhe"),
    "truncated: chunks, behind data": answer(["Transfer-Encoding: chunked"], "5\r\nhello"),
    "truncated: chunks, no last one": answer(["Transfer-Encoding: chunked"], "5\r\nhello\r\n"),
    "truncated: chunks, within the last one": answer(
      ["Transfer-Encoding: chunked"],
      "5\r\nhello\r\n0\r\n",
    ),
    "truncated: chunks, within the trailers": answer(
      ["Transfer-Encoding: chunked"],
      "5\r\nhello\r\n0\r\nX-A: 1\r\n",
    ),
  }),
];

/** More than was announced; none of it may reach anybody. */
export const EXTRA_BYTES: readonly ResponseCase[] = [
  ...forwards("RFC 9112 §6.3", {
    "extra bytes: one": [`${HELLO}!`, response()],
    "extra bytes: CRLF": [`${HELLO}\r\n`, response()],
    "extra bytes: a whole response": [
      HELLO + answer(["Content-Length: 3"], "bad"),
      response(),
    ],
    "extra bytes: behind chunks": [coded("chunked") + HELLO, response()],
    "extra bytes: behind an empty body": [
      answer(["Content-Length: 0"], HELLO),
      response({ body: "" }),
    ],
    "extra bytes: an informational response": [
      HELLO + status("103 Early Hints"),
      response(),
    ],
    "extra bytes: behind 204": [
      status("204 No Content", [], "hello"),
      response({ status: 204, reason: "No Content", body: "" }),
    ],
    "extra bytes: behind 304": [
      status("304 Not Modified", ["Content-Length: 5"], "hello"),
      response({
        status: 304,
        reason: "Not Modified",
        body: "",
        fields: [["content-length", "5"]],
      }),
    ],
  }, { reused: false }),
  ...forwards("RFC 9110 §9.3.2", {
    "extra bytes: a body for HEAD": [
      HELLO,
      response({ body: "", fields: [["content-length", "5"]] }),
    ],
    "extra bytes: chunks for HEAD": [coded("chunked"), response({ body: "" })],
  }, { method: "HEAD", reused: false }),
];
