import type { Framing } from "../../src/http/mod.ts";
import { assertEquals } from "../assert.ts";
import { decodeRequests, decodeResponses, errorOf, framingOf } from "./driver.ts";

const NONE: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };
const EOF: Framing = { kind: "eof" };

function length(size: number): Framing {
  return { kind: "length", size };
}

function requestWith(lines: string, version = "1.1"): string {
  return `POST / HTTP/${version}\r\nHost: a.test\r\n${lines}\r\n`;
}

function responseWith(lines: string, status = 200, version = "1.1"): string {
  return `HTTP/${version} ${status} \r\n${lines}\r\n`;
}

/** What requests and responses have in common: the claim, the lines, how the body ends. */
const STATED: readonly (readonly [claim: string, lines: string, framing: Framing])[] = [
  ["Content-Length says the size (RFC 9112 §6.2)", "Content-Length: 12\r\n", length(12)],
  ["Content-Length may be 0 (RFC 9110 §8.6)", "Content-Length: 0\r\n", length(0)],
  ["Content-Length may have zeros in front (RFC 9110 §8.6)", "Content-Length: 007\r\n", length(7)],
  [
    "Content-Length may be 2^53-1, the largest exact number",
    "Content-Length: 9007199254740991\r\n",
    length(Number.MAX_SAFE_INTEGER),
  ],
  [
    "White space around a Content-Length is no part of it (RFC 9112 §5)",
    "Content-Length:\t 12 \t\r\n",
    length(12),
  ],
  [
    "Content-Length twice with one value is that value (RFC 9112 §6.3)",
    "Content-Length: 12\r\nX: a\r\ncontent-length: 12\r\n",
    length(12),
  ],
  [
    "Transfer-Encoding: chunked is chunked (RFC 9112 §7.1)",
    "Transfer-Encoding: chunked\r\n",
    CHUNKED,
  ],
  ["Codings have no case (RFC 9112 §7)", "Transfer-Encoding: CHUNKed\r\n", CHUNKED],
  [
    "White space around a coding is no part of it (RFC 9112 §5)",
    "Transfer-Encoding:\tchunked \r\n",
    CHUNKED,
  ],
];
for (const [claim, lines, framing] of STATED) {
  Deno.test(claim, () => {
    assertEquals(framingOf(decodeRequests(requestWith(lines))), framing, "request");
    assertEquals(framingOf(decodeResponses(responseWith(lines))), framing, "response");
  });
}

/** What is refused in requests and responses alike: the claim, the lines, the error. */
const REFUSED: readonly (readonly [claim: string, lines: string, error: string])[] = [
  ["An empty Content-Length is refused (RFC 9110 §8.6)", "Content-Length:\r\n", "400 bad_length"],
  [
    "A Content-Length with a sign is refused (RFC 9110 §8.6)",
    "Content-Length: +1\r\n",
    "400 bad_length",
  ],
  [
    "A negative Content-Length is refused (RFC 9110 §8.6)",
    "Content-Length: -1\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length in hexadecimal is refused (RFC 9110 §8.6)",
    "Content-Length: 0x1\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length with a fraction is refused (RFC 9110 §8.6)",
    "Content-Length: 1.0\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length with an exponent is refused (RFC 9110 §8.6)",
    "Content-Length: 1e1\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length with a space in it is refused (RFC 9110 §8.6)",
    "Content-Length: 1 2\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length with separators is refused (RFC 9110 §8.6)",
    "Content-Length: 1_0\r\n",
    "400 bad_length",
  ],
  [
    "Digits of another script are refused (RFC 9110 §8.6)",
    "Content-Length: 1\xb2\r\n",
    "400 bad_length",
  ],
  [
    "A list of equal lengths is refused, as RFC 9112 §6.3 allows",
    "Content-Length: 3, 3\r\n",
    "400 bad_length",
  ],
  [
    "A list of different lengths is refused (RFC 9112 §6.3)",
    "Content-Length: 3, 4\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length that is no exact number is refused (RFC 9110 §8.6)",
    "Content-Length: 9007199254740992\r\n",
    "400 bad_length",
  ],
  [
    "A Content-Length that overflows 64 bits is refused (RFC 9110 §8.6)",
    "Content-Length: 18446744073709551617\r\n",
    "400 bad_length",
  ],
  [
    "Content-Length twice with different values is refused (RFC 9112 §6.3)",
    "Content-Length: 3\r\nContent-Length: 4\r\n",
    "400 different_lengths",
  ],
  [
    "Content-Length twice in different notations is refused",
    "Content-Length: 3\r\nContent-Length: 03\r\n",
    "400 different_lengths",
  ],
  [
    "The third Content-Length counts as well (RFC 9112 §6.3)",
    "Content-Length: 3\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
    "400 different_lengths",
  ],
  [
    "Content-Length with Transfer-Encoding is refused (RFC 9112 §6.1)",
    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "400 length_and_coding",
  ],
  [
    "Transfer-Encoding with Content-Length is refused, whatever they say (RFC 9112 §6.1)",
    "Transfer-Encoding: x\r\nContent-Length: y\r\n",
    "400 length_and_coding",
  ],
  [
    "An unknown coding is answered 501 (RFC 9112 §6.1)",
    "Transfer-Encoding: gzip\r\n",
    "501 unknown_coding",
  ],
  [
    "identity is no coding any more: 501 (RFC 9112 §7)",
    "Transfer-Encoding: identity\r\n",
    "501 unknown_coding",
  ],
  [
    "A coding that begins like chunked is unknown (RFC 9112 §7)",
    "Transfer-Encoding: chunkedx\r\n",
    "501 unknown_coding",
  ],
  [
    "An unknown coding under chunked is answered 501 (RFC 9112 §6.1)",
    "Transfer-Encoding: gzip, chunked\r\n",
    "501 unknown_coding",
  ],
  [
    "Codings in two fields are one list (RFC 9112 §6.1)",
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    "501 unknown_coding",
  ],
  [
    "A coding over chunked is refused: the end can't be told (RFC 9112 §6.3)",
    "Transfer-Encoding: chunked, gzip\r\n",
    "400 bad_coding",
  ],
  [
    "chunked twice is refused (RFC 9112 §6.1)",
    "Transfer-Encoding: chunked, chunked\r\n",
    "400 bad_coding",
  ],
  [
    "chunked in two fields is refused (RFC 9112 §6.1)",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "400 bad_coding",
  ],
  [
    "An empty Transfer-Encoding is refused (RFC 9112 §6.1)",
    "Transfer-Encoding:\r\n",
    "400 bad_coding",
  ],
  [
    "An empty coding before chunked is refused",
    "Transfer-Encoding: ,chunked\r\n",
    "400 bad_coding",
  ],
  [
    "chunked in quotes is refused (RFC 9112 §7)",
    'Transfer-Encoding: "chunked"\r\n',
    "400 bad_coding",
  ],
  [
    "chunked with a parameter is refused (RFC 9112 §7.1)",
    "Transfer-Encoding: chunked;a=b\r\n",
    "400 bad_coding",
  ],
  [
    "A no-break space beside chunked is refused (RFC 9110 §5.6.3)",
    "Transfer-Encoding: \xa0chunked\r\n",
    "400 bad_coding",
  ],
  [
    "chunked in two words is refused (RFC 9112 §7)",
    "Transfer-Encoding: chunked x\r\n",
    "400 bad_coding",
  ],
];
for (const [claim, lines, error] of REFUSED) {
  Deno.test(claim, () => {
    assertEquals(errorOf(decodeRequests(requestWith(lines))), error, "request");
    assertEquals(errorOf(decodeResponses(responseWith(lines))), error, "response");
  });
}

Deno.test("A request without framing fields has no body (RFC 9112 §6.3)", () => {
  assertEquals(framingOf(decodeRequests(requestWith(""))), NONE);
});

Deno.test("A request's body may have a length in HTTP/1.0 (RFC 9112 §6.3)", () => {
  assertEquals(framingOf(decodeRequests(requestWith("Content-Length: 3\r\n", "1.0"))), length(3));
});

Deno.test("Transfer-Encoding in HTTP/1.0 is refused (RFC 9112 §6.1)", () => {
  const lines = "Transfer-Encoding: chunked\r\n";
  assertEquals(errorOf(decodeRequests(requestWith(lines, "1.0"))), "400 coding_in_http10");
  assertEquals(errorOf(decodeResponses(responseWith(lines, 200, "1.0"))), "400 coding_in_http10");
});

Deno.test("Any method's request may have a body (RFC 9110 §9.3)", () => {
  for (const method of ["GET", "HEAD", "DELETE", "TRACE"]) {
    const bytes = requestWith("Transfer-Encoding: chunked\r\n").replace("POST", method);
    assertEquals(framingOf(decodeRequests(bytes)), CHUNKED, method);
  }
});

Deno.test("A response without framing fields goes on to the connection's end (RFC 9112 §6.3)", () => {
  assertEquals(framingOf(decodeResponses(responseWith(""))), EOF);
  assertEquals(framingOf(decodeResponses(responseWith("", 200, "1.0"))), EOF);
});

const BODILESS: readonly (readonly [claim: string, status: number, method: string])[] = [
  ["An answer to HEAD has no body, whatever it says (RFC 9112 §6.3)", 200, "HEAD"],
  ["A 204 has no body, whatever it says (RFC 9112 §6.3)", 204, "GET"],
  ["A 304 has no body, whatever it says (RFC 9112 §6.3)", 304, "GET"],
  ["A 100 has no body, whatever it says (RFC 9112 §6.3)", 100, "GET"],
  ["A 101 has no body, whatever it says (RFC 9112 §6.3)", 101, "GET"],
  ["A 103 has no body, whatever it says (RFC 9112 §6.3)", 103, "GET"],
];
for (const [claim, status, method] of BODILESS) {
  Deno.test(claim, () => {
    for (const lines of ["", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"]) {
      const events = decodeResponses(responseWith(lines, status), { methods: [method] });
      assertEquals(framingOf(events), NONE, lines);
    }
  });
}

Deno.test("A 205 and an error have bodies like any other (RFC 9112 §6.3)", () => {
  for (const status of [205, 206, 404, 500]) {
    assertEquals(
      framingOf(decodeResponses(responseWith("Content-Length: 3\r\n", status))),
      length(3),
    );
  }
});

Deno.test("An answer without a body is refused when its framing fields are broken", () => {
  const lines = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n";
  for (const [status, method] of [[200, "HEAD"], [204, "GET"], [304, "GET"]] as const) {
    const events = decodeResponses(responseWith(lines, status), { methods: [method] });
    assertEquals(errorOf(events), "400 length_and_coding");
  }
});
