import { RequestDecoder } from "../../src/http1/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { Driver, type Event, latin1Bytes } from "./driver.ts";

/** Storage that counts how often one of its bytes is looked at. */
function counted(capacity: number): { bytes: Uint8Array; looks: () => number } {
  const storage = new Uint8Array(capacity);
  let looks = 0;
  const bytes = new Proxy(storage, {
    get(target, key) {
      if (typeof key === "string" && key.charCodeAt(0) <= 0x39) looks++;
      const found: unknown = Reflect.get(target, key, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
  return { bytes, looks: () => looks };
}

/** Feeds the text byte by byte: what came out, looks at bytes and calls for each byte fed. */
function crawl(text: string): { events: Event[]; looks: number; calls: number } {
  const storage = counted(128 * 1024);
  const decoder = new RequestDecoder();
  decoder.input.bytes = storage.bytes;
  const driver = new Driver(decoder, { pieces: [1] });
  driver.run(latin1Bytes(text));
  return {
    events: driver.events,
    looks: storage.looks() / text.length,
    calls: driver.calls / text.length,
  };
}

const CHUNKED = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";

/** The claim, the bytes, and how often the decoder may look at a byte. */
const LINEAR: readonly (readonly [claim: string, text: string, maxLooks: number])[] = [
  [
    "A head with a long value",
    `GET / HTTP/1.1\r\nHost: a.test\r\nX: ${"a".repeat(50_000)}\r\n\r\n`,
    4,
  ],
  ["A head with a long target", `GET /${"a".repeat(50_000)} HTTP/1.1\r\nHost: a.test\r\n\r\n`, 4],
  [
    "A head with many fields",
    `GET / HTTP/1.1\r\nHost: a.test\r\n${"X: a\r\n".repeat(99)}\r\n`,
    6,
  ],
  [
    "A head of white space",
    `GET / HTTP/1.1\r\nHost: a.test\r\nX: ${" ".repeat(50_000)}\r\n\r\n`,
    6,
  ],
  ["A pipeline of short requests", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(500), 6],
  ["A chunked body of single bytes", `${CHUNKED}${"1\r\na\r\n".repeat(5000)}0\r\n\r\n`, 6],
  ["A large chunk", `${CHUNKED}c350\r\n${"a".repeat(50_000)}\r\n0\r\n\r\n`, 1],
  [
    "A chunked body with zeros before its sizes",
    `${CHUNKED}${"0000000000000001\r\na\r\n".repeat(500)}0\r\n\r\n`,
    20,
  ],
  ["A trailer section with many fields", `${CHUNKED}0\r\n${"X: a\r\n".repeat(100)}\r\n`, 6],
  ["A long trailer", `${CHUNKED}0\r\nX: ${"a".repeat(50_000)}\r\n\r\n`, 4],
];
for (const [claim, text, maxLooks] of LINEAR) {
  Deno.test(`${claim} byte by byte costs at most ${maxLooks} looks at a byte`, () => {
    const { events, looks, calls } = crawl(text);
    assertEquals(events.at(-1), { end: true });
    assert(looks <= maxLooks, `${looks} looks at a byte`);
    assert(calls <= 3, `${calls} calls for a byte`);
  });
}

Deno.test("A chunk's extensions are read again for each byte of their line, 1 KiB at most", () => {
  const chunk = `1;a="${"b".repeat(1017)}"\r\na\r\n`;
  const one = crawl(`${CHUNKED}${chunk}0\r\n\r\n`);
  const two = crawl(`${CHUNKED}${chunk.repeat(2)}0\r\n\r\n`);
  assertEquals([one.events.at(-1), two.events.at(-1)], [{ end: true }, { end: true }]);
  assert(one.looks <= 2 * 1024, `${one.looks} looks at a byte`);
  assert(two.looks <= 1.2 * one.looks, `${two.looks} looks at a byte, not ${one.looks}`);
});

Deno.test("A buffer that is full of pipelined requests is moved once for a whole read", () => {
  const request = latin1Bytes("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(2000));
  const decoder = new RequestDecoder();
  let moved = 0;
  const storage = decoder.input.bytes;
  const copyWithin = storage.copyWithin.bind(storage);
  storage.copyWithin = (target: number, start: number, end?: number) => {
    moved += (end ?? storage.length) - start;
    return copyWithin(target, start, end);
  };
  const driver = new Driver(decoder);
  driver.feed(request);
  assertEquals(driver.events.length, 4000);
  assert(decoder.input.bytes === storage, "the storage grew");
  assert(moved < request.length / 50, `${moved} of ${request.length} bytes were moved`);
});
