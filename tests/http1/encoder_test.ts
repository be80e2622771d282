import { type Framing, HeaderMap } from "../../src/http/mod.ts";
import {
  CHUNK_END,
  encodeChunkStart,
  encodeRequestHead,
  encodeResponseHead,
  LAST_CHUNK,
  OutputBuffer,
} from "../../src/http1/mod.ts";
import { assertEquals } from "../assert.ts";
import { latin1Text } from "./driver.ts";

const HEADERS = HeaderMap.of(["host", "a.test"], ["x-a", ""], ["x-a", "\xe9"]);

function written(write: (out: OutputBuffer) => void): string {
  const out = new OutputBuffer();
  write(out);
  return latin1Text(out.pending);
}

Deno.test("A request's head is its line, its fields in order, an empty line (RFC 9112 §2.1)", () => {
  const head = {
    method: "GET",
    target: "/a?b",
    headers: HEADERS,
    framing: { kind: "none" },
  } as const;
  assertEquals(
    written((out) => encodeRequestHead(out, head)),
    "GET /a?b HTTP/1.1\r\nhost: a.test\r\nx-a: \r\nx-a: \xe9\r\n\r\n",
  );
});

Deno.test("A response's head is its line, its fields in order, an empty line (RFC 9112 §2.1)", () => {
  const head = {
    status: 404,
    reason: "Not Found",
    headers: HEADERS,
    framing: { kind: "none" },
  } as const;
  assertEquals(
    written((out) => encodeResponseHead(out, head)),
    "HTTP/1.1 404 Not Found\r\nhost: a.test\r\nx-a: \r\nx-a: \xe9\r\n\r\n",
  );
});

Deno.test("An empty reason keeps the space before it (RFC 9112 §4)", () => {
  const head = {
    status: 200,
    reason: "",
    headers: new HeaderMap(),
    framing: { kind: "none" },
  } as const;
  assertEquals(written((out) => encodeResponseHead(out, head)), "HTTP/1.1 200 \r\n\r\n");
});

/** The claim, the framing, the field that says it. */
const FRAMINGS: readonly (readonly [claim: string, framing: Framing, field: string])[] = [
  [
    "A length is told by Content-Length (RFC 9112 §6.2)",
    { kind: "length", size: 12 },
    "content-length: 12\r\n",
  ],
  ["A length of 0 is told (RFC 9110 §8.6)", { kind: "length", size: 0 }, "content-length: 0\r\n"],
  [
    "The largest length is told in digits",
    { kind: "length", size: Number.MAX_SAFE_INTEGER },
    "content-length: 9007199254740991\r\n",
  ],
  [
    "chunked is told by Transfer-Encoding (RFC 9112 §6.1)",
    { kind: "chunked" },
    "transfer-encoding: chunked\r\n",
  ],
  ["No body is told by no field (RFC 9112 §6.3)", { kind: "none" }, ""],
  ["A body until the connection's end is told by no field (RFC 9112 §6.3)", { kind: "eof" }, ""],
];
for (const [claim, framing, field] of FRAMINGS) {
  Deno.test(claim, () => {
    const headers = new HeaderMap();
    assertEquals(
      written((out) => encodeResponseHead(out, { status: 200, reason: "OK", headers, framing })),
      `HTTP/1.1 200 OK\r\n${field}\r\n`,
    );
    assertEquals(
      written((out) => encodeRequestHead(out, { method: "PUT", target: "/", headers, framing })),
      `PUT / HTTP/1.1\r\n${field}\r\n`,
    );
  });
}

Deno.test("A chunk is its size in hexadecimal, its data, and CRLF (RFC 9112 §7.1)", () => {
  const chunks = written((out) => {
    encodeChunkStart(out, 1);
    out.text(`a${CHUNK_END}`);
    encodeChunkStart(out, 0xabcde);
    out.text(LAST_CHUNK);
  });
  assertEquals(chunks, "1\r\na\r\nabcde\r\n0\r\n\r\n");
});

Deno.test("A head goes behind what waits", () => {
  const text = written((out) => {
    out.text("before");
    encodeRequestHead(out, {
      method: "GET",
      target: "/",
      headers: HEADERS,
      framing: { kind: "none" },
    });
  });
  assertEquals(text.startsWith("beforeGET / HTTP/1.1\r\n"), true);
});
