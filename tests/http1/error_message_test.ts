import { ProtocolError } from "../../src/errors.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { parseConnection, RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";
import { quote } from "../../src/http1/quote.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { latin1Bytes } from "./driver.ts";

Deno.test("A short text is quoted whole, with its quotes escaped", () => {
  assertEquals(quote('a"b'), '"a\\"b"');
});

Deno.test("Of a long text the beginning is quoted", () => {
  assertEquals(quote("a".repeat(81)), `"${"a".repeat(80)}…"`);
  assertEquals(quote("a".repeat(80)), `"${"a".repeat(80)}"`);
});

const LONG = "~".repeat(7000);
/** What is shown, and a request that shows it. */
const REQUESTS: readonly (readonly [what: string, request: string])[] = [
  ["request line", `GET /${LONG}\r\n\r\n`],
  ["version", `GET / ${LONG}\r\n\r\n`],
  ["target", `GET ${LONG} HTTP/1.1\r\nHost: a.test\r\n\r\n`],
  ["Host", `GET / HTTP/1.1\r\nHost: @${LONG}\r\n\r\n`],
  ["Content-Length", `GET / HTTP/1.1\r\nContent-Length: ${LONG}\r\n\r\n`],
  ["Transfer-Encoding", `GET / HTTP/1.1\r\nTransfer-Encoding: ${LONG}\r\n\r\n`],
];
for (const [what, request] of REQUESTS) {
  Deno.test(`An error shows what it found as ${what}, cut short`, () => {
    const decoder = new RequestDecoder();
    const bytes = latin1Bytes(request);
    decoder.input.space().set(bytes);
    decoder.input.commit(bytes.length);
    assertShort(assertThrows(() => decoder.nextHead(), ProtocolError));
  });
}

Deno.test("An error shows what it found as status line, cut short", () => {
  const decoder = new ResponseDecoder();
  const bytes = latin1Bytes(`HTTP/1.1 ${LONG}\r\n\r\n`);
  decoder.input.space().set(bytes);
  decoder.input.commit(bytes.length);
  assertShort(assertThrows(() => decoder.nextHead(), ProtocolError));
});

Deno.test("An error shows what it found as Connection, cut short", () => {
  const headers = HeaderMap.of(["connection", `:${LONG}`]);
  assertShort(assertThrows(() => parseConnection(headers), ProtocolError));
});

/** What an error says, and the line behind Host that it says it of. */
const SAID: readonly (readonly [said: string, line: string])[] = [
  ["Cannot parse head: found a bare LF", "X: a\n"],
  ["Cannot parse head: found a bare CR", "X: a\rb"],
  ["Cannot parse head: found control byte 0x1", "X: \x01"],
  ["Cannot parse field: found a folded line", " a"],
  ["Cannot parse field: found white space before the colon", "X : a"],
  ["Cannot parse field: found a line without a colon", "X\r\n"],
  ["Cannot parse field: found a name that is not a token", "X(: a"],
];
for (const [said, line] of SAID) {
  Deno.test(`An error says: ${said}`, () => {
    const decoder = new RequestDecoder();
    const bytes = latin1Bytes(`GET / HTTP/1.1\r\nHost: a.test\r\n${line}`);
    decoder.input.space().set(bytes);
    decoder.input.commit(bytes.length);
    assertEquals(assertThrows(() => decoder.nextHead(), ProtocolError).message, said);
  });
}

function assertShort(error: ProtocolError): void {
  assertMatch(error.message, /found .*~…"/);
  assert(error.message.length < 200, error.message);
}
