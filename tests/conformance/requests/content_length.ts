/**
 * Content-Length.
 *
 * @module
 */

import {
  accepts,
  cuts,
  expected,
  get,
  head,
  HOST,
  post,
  refuses,
  type RequestCase,
} from "../request_case.ts";

/** A POST that says `length` and sends five bytes. */
function says(...lengths: readonly string[]): string {
  return post(lengths.map((length) => `Content-Length: ${length}`), "hello");
}

const HELLO = expected({ method: "POST", body: "hello" });

export const CONTENT_LENGTH: readonly RequestCase[] = [
  ...accepts("RFC 9112 §6.2", {
    "Content-Length: as many bytes": [says("5"), HELLO],
    "Content-Length: 0": [post(["Content-Length: 0"], ""), expected({ method: "POST" })],
    "Content-Length: zeros in front": [says("0005"), HELLO],
    "Content-Length: the name's letter case": [post(["cOnTeNt-LeNgTh: 5"], "hello"), HELLO],
    "Content-Length: a body of any bytes": [
      post(["Content-Length: 6"], "\0\xff\r\n\r\n"),
      expected({ method: "POST", body: "\0\xff\r\n\r\n" }),
    ],
    "Content-Length: a body that looks like a request": [
      post([`Content-Length: ${get().length}`], get()),
      expected({ method: "POST", body: get() }),
    ],
    "Content-Length: what follows is the next request": [
      says("5") + get(),
      HELLO,
      expected(),
    ],
  }),
  ...accepts("RFC 9112 §6.3", {
    "no length: no body": [post([], ""), expected({ method: "POST" })],
    "no length: what follows is the next request": [
      post([], "") + get(),
      expected({ method: "POST" }),
      expected(),
    ],
    "Content-Length that repeats with the same value": [says("5", "5"), HELLO],
  }),
  ...accepts("RFC 9110 §9.3.1", {
    "a GET with a body": [
      get("Content-Length: 5") + "hello",
      expected({ body: "hello" }),
    ],
    "a HEAD with a body": [
      head("HEAD / HTTP/1.1", HOST, "Content-Length: 5") + "hello",
      expected({ method: "HEAD", body: "hello" }),
    ],
  }),
  ...refuses("RFC 9112 §6.3", {
    "Content-Length that repeats with different values": says("5", "6"),
    "Content-Length that repeats with different values: written differently": says("5", "05"),
    "Content-Length that repeats with different values: apart": post(
      ["Content-Length: 5", "X-A: 1", "content-length: 0"],
      "hello",
    ),
    "Content-Length that is a list": says("5, 5"),
    "Content-Length that is a list: different": says("5,6"),
    "Content-Length that is a list: an empty member": says("5,"),
    "Content-Length that is signed: plus": says("+5"),
    "Content-Length that is signed: minus": says("-5"),
    "Content-Length that is signed: minus zero": says("-0"),
    "Content-Length that is hex": says("0x5"),
    "Content-Length that is hex: a letter": says("a"),
    "Content-Length that is empty": says(""),
    "Content-Length that is empty: blanks": says(" \t "),
    "Content-Length that is padded: a space within": says("5 5"),
    "Content-Length that is padded: a vertical tab": says("\x0b5"),
    "Content-Length that is padded: 0xA0": says("\xa05"),
    "Content-Length that is padded: a byte of UTF-8 digits": says("\xef\xbc\x95"),
    "Content-Length that is padded: an underscore": says("1_0"),
    "Content-Length that is padded: a dot": says("5.0"),
    "Content-Length that is padded: an exponent": says("5e0"),
    "Content-Length that is padded: a parameter": says("5;a"),
    "Content-Length that is padded: quotes": says('"5"'),
    "Content-Length over 2^53−1: one": says("9007199254740992"),
    "Content-Length over 2^53−1: 2^64": says("18446744073709551616"),
    "Content-Length over 2^53−1: 2^64 and 5": says("18446744073709551621"),
    "Content-Length over 2^53−1: many digits": says("9".repeat(100)),
    "Content-Length over 2^53−1: many zeros in front": says(`${"0".repeat(100)}5`),
  }),
  ...refuses("RFC 9110 §5.5", {
    "Content-Length with NUL": says("5\0"),
  }),
];

/** With a route whose `max_body` is 10 bytes. */
export const MAX_BODY: readonly RequestCase[] = [
  ...accepts("RFC 9110 §15.5.14", {
    "body size: exactly at the limit": [
      post(["Content-Length: 10"], "0123456789"),
      expected({ method: "POST", body: "0123456789" }),
    ],
    "body size: chunks exactly at the limit": [
      post(["Transfer-Encoding: chunked"], "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"),
      expected({ method: "POST", body: "0123456789" }),
    ],
  }),
  ...refuses("RFC 9110 §15.5.14", {
    "body size: one over the limit": post(["Content-Length: 11"], "0123456789a"),
    "body size: far over the limit, not sent": post(["Content-Length: 9007199254740991"], ""),
  }, { status: 413 }),
  ...cuts("RFC 9110 §15.5.14", {
    "body size: chunks one over the limit": post(
      ["Transfer-Encoding: chunked"],
      "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n",
      "/cut",
    ),
    "body size: a chunk over the limit, not sent": post(
      ["Transfer-Encoding: chunked"],
      "ffffff\r\n01234567890",
      "/cut",
    ),
  }, { status: 413 }),
];
