/**
 * Transfer-Encoding.
 *
 * @module
 */

import { accepts, expected, get, post, refuses, type RequestCase } from "../request_case.ts";

const BODY = "5\r\nhello\r\n0\r\n\r\n";
const HELLO = expected({ method: "POST", body: "hello" });

/** A POST with these codings, a line each, and a chunked body. */
function says(...codings: readonly string[]): string {
  return post(codings.map((coding) => `Transfer-Encoding: ${coding}`), BODY);
}

export const TRANSFER_ENCODING: readonly RequestCase[] = [
  ...accepts("RFC 9112 §6.1", {
    "chunked": [says("chunked"), HELLO],
    "chunked in any letter case": [says("ChUnKeD"), HELLO],
    "chunked with blanks around it": [says("\t chunked \t"), HELLO],
    "chunked: what follows is the next request": [says("chunked") + get(), HELLO, expected()],
    "chunked in a GET": [
      get("Transfer-Encoding: chunked") + BODY,
      expected({ body: "hello" }),
    ],
  }),
  ...refuses("RFC 9112 §6.3", {
    "both Content-Length and Transfer-Encoding": post(
      ["Content-Length: 5", "Transfer-Encoding: chunked"],
      BODY,
    ),
    "both Transfer-Encoding and Content-Length, the other way round": post(
      ["Transfer-Encoding: chunked", "Content-Length: 15"],
      BODY,
    ),
    "both, with Content-Length 0": post(
      ["Content-Length: 0", "Transfer-Encoding: chunked"],
      BODY,
    ),
    "both, with a coding that is none": post(
      ["Content-Length: 5", "Transfer-Encoding: identity"],
      "hello",
    ),
    "both, with a length that is none": post(
      ["Content-Length: x", "Transfer-Encoding: chunked"],
      BODY,
    ),
    "both, with an empty coding": post(["Content-Length: 5", "Transfer-Encoding:"], "hello"),
  }),
  ...refuses("RFC 9112 §6.1", {
    "a well-formed other coding: gzip": says("gzip"),
    "a well-formed other coding: identity": says("identity"),
    "a well-formed other coding: xchunked": says("xchunked"),
    "a well-formed other coding: chunked-ish": says("chunked-1"),
    "a well-formed other coding: gzip, chunked": says("gzip, chunked"),
    "a well-formed other coding: gzip and chunked on two lines": says("gzip", "chunked"),
  }, { status: 501 }),
  ...refuses("RFC 9112 §7", {
    "Transfer-Encoding that is empty": says(""),
    "Transfer-Encoding that is empty: blanks": says(" \t"),
    "Transfer-Encoding that is doubled: two lines": says("chunked", "chunked"),
    "Transfer-Encoding that is doubled: a list": says("chunked, chunked"),
    "Transfer-Encoding that is doubled: another behind it": says("chunked, gzip"),
    "Transfer-Encoding that is doubled: another line behind it": says("chunked", "identity"),
    "Transfer-Encoding that is doubled: an empty line before it": says("", "chunked"),
    "Transfer-Encoding with commas: behind": says("chunked,"),
    "Transfer-Encoding with commas: before": says(",chunked"),
    "Transfer-Encoding with commas: alone": says(","),
    "Transfer-Encoding with quotes": says('"chunked"'),
    "Transfer-Encoding with quotes: single": says("'chunked' x"),
    "Transfer-Encoding with a parameter": says("chunked;a=b"),
    "Transfer-Encoding with a parameter: empty": says("chunked;"),
    "Transfer-Encoding with a space within": says("chun ked"),
    "Transfer-Encoding with 0xA0": says("\xa0chunked"),
    "Transfer-Encoding with a byte ≥ 0x80": says("chunked\x85"),
    "Transfer-Encoding with a Kelvin sign's bytes": says("chun\xe2\x84\xaaed"),
  }),
  ...refuses("RFC 9110 §5.5", {
    "Transfer-Encoding with controls: vertical tab before": says("\x0bchunked"),
    "Transfer-Encoding with controls: form feed behind": says("chunked\x0c"),
    "Transfer-Encoding with controls: NUL": says("chunked\0"),
    "Transfer-Encoding with controls: 0x1F": says("\x1fchunked"),
  }),
];
