import { assertEquals } from "../assert.ts";
import { decodeRequests, decodeResponses, errorOf, summary } from "./driver.ts";

const MAX_HEAD_BYTES = 60 * 1024;

/** A request whose head has that many bytes. */
function requestOf(bytes: number): string {
  const rest = "GET / HTTP/1.1\r\nHost: a.test\r\nX: \r\n\r\n";
  return rest.replace("X: ", `X: ${"a".repeat(bytes - rest.length)}`);
}

/** A request with that many fields, Host among them. */
function requestWith(fields: number): string {
  return `GET / HTTP/1.1\r\nHost: a.test\r\n${"X: a\r\n".repeat(fields - 1)}\r\n`;
}

for (const pieces of [[], [1], [8191, 2], [MAX_HEAD_BYTES - 1]]) {
  const how = pieces.length === 0 ? "at once" : `in pieces of ${pieces.join(" and ")}`;

  Deno.test(`A head of 60 KiB is taken (Envoy's max_request_headers_kb), ${how}`, () => {
    const events = decodeRequests(requestOf(MAX_HEAD_BYTES), { pieces });
    assertEquals(summary(events), ["GET /", "end"]);
  });

  Deno.test(`A head of 60 KiB and a byte is answered 431 (RFC 6585 §5), ${how}`, () => {
    const events = decodeRequests(requestOf(MAX_HEAD_BYTES + 1), { pieces });
    assertEquals(errorOf(events), "431 head_too_large");
  });
}

Deno.test("A head that never ends is answered 431 at 60 KiB, not later", () => {
  const endless = `GET /${"a".repeat(MAX_HEAD_BYTES)}`;
  assertEquals(decodeRequests(endless.slice(0, MAX_HEAD_BYTES - 1)), []);
  assertEquals(errorOf(decodeRequests(endless.slice(0, MAX_HEAD_BYTES))), "431 head_too_large");
});

Deno.test("What follows a head doesn't count against its limit", () => {
  const request = requestOf(MAX_HEAD_BYTES);
  assertEquals(summary(decodeRequests(request + request)), ["GET /", "end", "GET /", "end"]);
});

Deno.test("A control byte within 60 KiB is a 400 though the head is too long as well", () => {
  const bytes = requestOf(MAX_HEAD_BYTES + 100).replace("X: a", "X: \0");
  for (const pieces of [[], [1]]) {
    assertEquals(errorOf(decodeRequests(bytes, { pieces })), "400 bad_line");
  }
});

Deno.test("100 fields are taken (Envoy's max_headers_count)", () => {
  assertEquals(summary(decodeRequests(requestWith(100))), ["GET /", "end"]);
});

Deno.test("101 fields are answered 431 (RFC 6585 §5)", () => {
  assertEquals(errorOf(decodeRequests(requestWith(101))), "431 head_too_large");
});

Deno.test("The 101st field is refused at its end, not at the head's", () => {
  const head = requestWith(101);
  assertEquals(decodeRequests(head.slice(0, -3)), []);
  assertEquals(errorOf(decodeRequests(head.slice(0, -2))), "431 head_too_large");
});

Deno.test("A response's head has the same limits", () => {
  const long = `HTTP/1.1 200 OK\r\nX: ${"a".repeat(MAX_HEAD_BYTES)}\r\n\r\n`;
  assertEquals(errorOf(decodeResponses(long)), "431 head_too_large");
  const many = `HTTP/1.1 200 OK\r\n${"X: a\r\n".repeat(101)}\r\n`;
  assertEquals(errorOf(decodeResponses(many)), "431 head_too_large");
});

Deno.test("A trailer section has the same limits", () => {
  const start = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  const long = `${start}X: ${"a".repeat(MAX_HEAD_BYTES)}\r\n\r\n`;
  assertEquals(errorOf(decodeRequests(long)), "431 head_too_large");
  const many = `${start}${"X: a\r\n".repeat(101)}\r\n`;
  assertEquals(errorOf(decodeRequests(many)), "431 head_too_large");
});
