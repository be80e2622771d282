import { ProtocolError } from "../../src/errors.ts";
import { END, NEED_DATA, RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { decodeRequests, decodeResponses, Driver, latin1Bytes, summary } from "./driver.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc";
const CHUNKED =
  "PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Deno.test("Pipelined requests come out in order (RFC 9112 §9.3.2)", () => {
  const events = summary(decodeRequests(GET + POST + CHUNKED + GET));
  assertEquals(events, [
    ...["GET /", "end"],
    ...["POST /", "body abc", "end"],
    ...["PUT /", "body abc", "end"],
    ...["GET /", "end"],
  ]);
});

Deno.test("A thousand pipelined requests come out (RFC 9112 §9.3.2)", () => {
  assertEquals(decodeRequests(POST.repeat(1000)).length, 3000);
});

Deno.test("A request before a broken one comes out whole", () => {
  const events = summary(decodeRequests(`${POST}GET / HTTP/9.9\r\n\r\n`));
  assertEquals(events, ["POST /", "body abc", "end", "error bad_version"]);
});

Deno.test("Responses follow the methods that they answer (RFC 9112 §6.3)", () => {
  const bodiless = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  const events = decodeResponses(bodiless + OK, { methods: ["HEAD", "GET"] });
  assertEquals(summary(events), ["200", "end", "200", "body ok", "end"]);
});

Deno.test("Informational heads come before the final one (RFC 9110 §15.2)", () => {
  const bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: </a>\r\n\r\n" + OK;
  assertEquals(summary(decodeResponses(bytes)), ["100", "103", "200", "body ok", "end"]);
});

Deno.test("An informational head leaves the method expected (RFC 9110 §15.2)", () => {
  const bytes = "HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n";
  assertEquals(summary(decodeResponses(bytes, { methods: ["HEAD"] })), ["100", "200", "end"]);
});

Deno.test("101 ends HTTP: what follows stays in the buffer (RFC 9110 §15.2.2)", () => {
  const decoder = new ResponseDecoder();
  fill(decoder, "HTTP/1.1 101 \r\nUpgrade: x\r\n\r\n\x81\x00");
  const head = decoder.nextHead();
  assertEquals(head !== NEED_DATA && head.status, 101);
  assertEquals(decoder.done, true);
  assertEquals(decoder.nextBody(), END);
  assertEquals(decoder.input.length, 2);
});

Deno.test("A decoder is idle until the first byte of a message comes", () => {
  const decoder = new RequestDecoder();
  assertEquals(decoder.idle, true);
  fill(decoder, "G");
  assertEquals(decoder.nextHead(), NEED_DATA);
  assertEquals(decoder.idle, false);
});

Deno.test("A decoder isn't idle with the next message in its buffer", () => {
  const decoder = new RequestDecoder();
  fill(decoder, GET + GET);
  decoder.nextHead();
  assertEquals([decoder.done, decoder.idle], [true, false]);
  decoder.reset();
  assertEquals([decoder.done, decoder.idle], [false, false]);
  decoder.nextHead();
  decoder.reset();
  assertEquals(decoder.idle, true);
});

Deno.test("A message without a body is done with its head (RFC 9112 §6.3)", () => {
  for (const request of [GET, POST.replace("3", "0"), "OPTIONS * HTTP/1.0\r\n\r\n"]) {
    const decoder = new RequestDecoder();
    fill(decoder, request);
    decoder.nextHead();
    assertEquals(decoder.done, true, request);
  }
  for (const [response, method] of [[OK, "HEAD"], [OK.replace("200", "304"), "GET"]]) {
    const decoder = new ResponseDecoder();
    decoder.expect(method);
    fill(decoder, response);
    decoder.nextHead();
    assertEquals(decoder.done, true, response);
  }
});

Deno.test("Waiting changes nothing: asking again gives the same answer", () => {
  const decoder = new RequestDecoder();
  fill(decoder, POST.slice(0, -1));
  decoder.nextHead();
  decoder.nextBody();
  assertEquals([decoder.nextBody(), decoder.nextBody()], [NEED_DATA, NEED_DATA]);
  fill(decoder, "c");
  assertEquals(decoder.nextBody(), latin1Bytes("c"));
});

Deno.test("A decoder that failed stays failed, whatever comes", () => {
  const decoder = new RequestDecoder();
  fill(decoder, "GET / HTTP/9.9\r\n\r\n");
  assertEquals(assertThrows(() => decoder.nextHead(), ProtocolError).code, "bad_version");
  fill(decoder, GET);
  for (const again of [decoder.nextHead, decoder.nextBody, decoder.reset]) {
    const error = assertThrows(() => again.call(decoder), ProtocolError);
    assertEquals(error.code, "failed_before");
  }
});

Deno.test("The end of a connection that failed before is no second error", () => {
  const decoder = new RequestDecoder();
  fill(decoder, "\0");
  assertThrows(() => decoder.nextHead(), ProtocolError);
  decoder.endOfInput(true);
});

Deno.test("To ask out of turn is a mistake of the caller's, not of the peer's", () => {
  const decoder = new RequestDecoder();
  const reset = assertThrows(() => decoder.reset(), Error);
  assertEquals([reset.name, reset.message], ["Error", "decoder is at head, not at done"]);
  assertEquals(assertThrows(() => decoder.nextBody(), Error).name, "Error");
  fill(decoder, POST);
  decoder.nextHead();
  assertEquals(assertThrows(() => decoder.nextHead(), Error).name, "Error");
  assertEquals(assertThrows(() => decoder.reset(), Error).name, "Error");
});

Deno.test("A decoder gives back storage between messages, and keeps it within one", () => {
  const driver = new Driver(new RequestDecoder());
  const { input } = driver.decoder;
  const idle = input.bytes.length;
  driver.feed(latin1Bytes(`${GET.slice(0, -2)}X: ${"a".repeat(5 * idle)}`));
  assert(input.bytes.length > 5 * idle);
  driver.feed(latin1Bytes("\r\n\r\n"));
  assertEquals(summary(driver.events), ["GET /", "end"]);
  assertEquals(input.bytes.length, idle);
});

function fill(decoder: RequestDecoder | ResponseDecoder, text: string): void {
  const bytes = latin1Bytes(text);
  decoder.input.space().set(bytes);
  decoder.input.commit(bytes.length);
}
