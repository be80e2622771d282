import { ProtocolError } from "../../src/errors.ts";
import { END, NEED_DATA, RequestDecoder } from "../../src/http1/mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { decodeRequests, decodeResponses, latin1Bytes, summary } from "./driver.ts";

const SIZED = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\n";
const CHUNKED = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
const UNTIL_END = "HTTP/1.1 200 OK\r\n\r\n";

Deno.test("A body of a given length ends at its length (RFC 9112 §6.3)", () => {
  assertEquals(summary(decodeRequests(`${SIZED}abcde`)), ["POST /", "body abcde", "end"]);
});

Deno.test("What follows a body of a given length is the next message (RFC 9112 §6.3)", () => {
  const events = ["POST /", "body abcde", "end"];
  assertEquals(summary(decodeRequests(`${SIZED}abcde${SIZED}abcde`)), [...events, ...events]);
});

Deno.test("A body of length 0 is no body: the next message follows (RFC 9112 §6.3)", () => {
  const bytes = SIZED.replace("5", "0");
  assertEquals(summary(decodeRequests(bytes + bytes)), ["POST /", "end", "POST /", "end"]);
});

Deno.test("A body until the connection's end has every byte that comes (RFC 9112 §6.3)", () => {
  const body = "HTTP/1.1 200 OK\r\n\r\n0\r\n\r\n";
  const events = decodeResponses(UNTIL_END + body, { ending: "clean" });
  assertEquals(summary(events), ["200", `body ${body}`, "end"]);
});

Deno.test("A body until the connection's end may be empty (RFC 9112 §6.3)", () => {
  assertEquals(summary(decodeResponses(UNTIL_END, { ending: "clean" })), ["200", "end"]);
});

/** The claim, the bytes, how the connection ends, what comes out. */
const ENDINGS: readonly (readonly [
  claim: string,
  bytes: string,
  ending: "clean" | "cut",
  expected: string[],
])[] = [
  ["A connection may end between messages (RFC 9112 §9.5)", "", "clean", []],
  ["A connection may be cut between messages (RFC 9112 §9.8)", "", "cut", []],
  [
    "A connection may be cut behind a message that was complete (RFC 9112 §9.8)",
    `${SIZED}abcde`,
    "cut",
    ["POST /", "body abcde", "end"],
  ],
  [
    "A connection that ends in a head is an error (RFC 9112 §8)",
    "GET / HTTP/1.1\r\nHost: a.test\r\n",
    "clean",
    ["error truncated_head"],
  ],
  [
    "A connection that ends in the empty line before a head is an error",
    "\r",
    "clean",
    ["error truncated_head"],
  ],
  ["A connection that ends behind an empty line is fine", "\r\n", "clean", []],
  [
    "A body shorter than its length is an error (RFC 9112 §8)",
    `${SIZED}abcd`,
    "clean",
    ["POST /", "body abcd", "error truncated_body"],
  ],
  [
    "A body that never began is an error (RFC 9112 §8)",
    SIZED,
    "clean",
    ["POST /", "error truncated_body"],
  ],
  [
    "A chunked body that ends in its data is an error (RFC 9112 §8)",
    `${CHUNKED}5\r\nabc`,
    "clean",
    ["POST /", "body abc", "error truncated_body"],
  ],
  [
    "A chunked body that ends between chunks is an error (RFC 9112 §8)",
    `${CHUNKED}3\r\nabc\r\n`,
    "clean",
    ["POST /", "body abc", "error truncated_body"],
  ],
  [
    "A chunked body that ends behind its last chunk's size is an error (RFC 9112 §8)",
    `${CHUNKED}3\r\nabc\r\n0\r\n`,
    "clean",
    ["POST /", "body abc", "error truncated_body"],
  ],
  [
    "A chunked body that ends in its trailers is an error (RFC 9112 §8)",
    `${CHUNKED}0\r\nX: y\r\n`,
    "clean",
    ["POST /", "error truncated_body"],
  ],
];
for (const [claim, bytes, ending, expected] of ENDINGS) {
  Deno.test(claim, () => {
    for (const pieces of [[], [1]]) {
      assertEquals(summary(decodeRequests(bytes, { ending, pieces })), expected);
    }
  });
}

Deno.test("A body until the connection's end that was cut is an error (RFC 9112 §8)", () => {
  const events = decodeResponses(`${UNTIL_END}abc`, { ending: "cut" });
  assertEquals(summary(events), ["200", "body abc", "error truncated_body"]);
});

Deno.test("A body of a given length is complete however the connection ends (RFC 9112 §9.8)", () => {
  const bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  assertEquals(summary(decodeResponses(bytes, { ending: "cut" })), ["200", "body abc", "end"]);
});

Deno.test("A decoder whose body was cut short stays failed", () => {
  const decoder = new RequestDecoder();
  fill(decoder, `${SIZED}abc`);
  decoder.nextHead();
  decoder.nextBody();
  assertEquals(decoder.nextBody(), NEED_DATA);
  const cut = assertThrows(() => decoder.endOfInput(true), ProtocolError);
  assertEquals(cut.code, "truncated_body");
  const again = assertThrows(() => decoder.nextBody(), ProtocolError);
  assertEquals(again.code, "failed_before");
});

Deno.test("A connection may end behind a body's last byte, before its end was asked for", () => {
  for (const rest of ["", "GET"]) {
    const decoder = new RequestDecoder();
    fill(decoder, `${SIZED}abcde${rest}`);
    decoder.nextHead();
    decoder.nextBody();
    decoder.endOfInput(true);
    assertEquals(decoder.nextBody(), END);
  }
});

Deno.test("A piece of a body is a view into the buffer, not a copy", () => {
  const decoder = new RequestDecoder();
  fill(decoder, `${SIZED}abc`);
  decoder.nextHead();
  const piece = decoder.nextBody();
  assert(piece instanceof Uint8Array);
  assertEquals(piece.buffer === decoder.input.bytes.buffer, true);
});

Deno.test("A body's end is told again and again", () => {
  const decoder = new RequestDecoder();
  fill(decoder, `${SIZED}abcde`);
  decoder.nextHead();
  decoder.nextBody();
  assertEquals([decoder.nextBody(), decoder.nextBody(), decoder.done], [END, END, true]);
});

Deno.test("A body longer than 4 GiB keeps count", () => {
  const decoder = new RequestDecoder();
  const size = 5 * 2 ** 30;
  fill(decoder, SIZED.replace("5", String(size)));
  decoder.nextHead();
  decoder.input.reserve(2 ** 20);
  let left = size;
  while (left > 0) {
    const count = Math.min(left, decoder.input.space().length);
    decoder.input.commit(count);
    const piece = decoder.nextBody();
    assert(piece instanceof Uint8Array);
    left -= piece.length;
  }
  assertEquals(decoder.nextBody(), END);
});

function fill(decoder: RequestDecoder, text: string): void {
  const bytes = latin1Bytes(text);
  decoder.input.space().set(bytes);
  decoder.input.commit(bytes.length);
}
