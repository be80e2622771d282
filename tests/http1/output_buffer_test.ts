import { OutputBuffer } from "../../src/http1/mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { latin1Text } from "./driver.ts";

function pending(out: OutputBuffer): string {
  return latin1Text(out.pending);
}

/** One char for each byte there is. */
const EVERY_BYTE = latin1Text(Uint8Array.from({ length: 256 }, (_, byte) => byte));

Deno.test("OutputBuffer gathers text and bytes in order", () => {
  const out = new OutputBuffer();
  out.text("ab");
  out.append(new Uint8Array([0x63, 0x64]));
  out.text("");
  out.append(new Uint8Array());
  out.text("ef");
  assertEquals([pending(out), out.length], ["abcdef", 6]);
});

Deno.test("OutputBuffer writes each char as one byte (latin1)", () => {
  const out = new OutputBuffer();
  out.text(EVERY_BYTE);
  assertEquals(pending(out), EVERY_BYTE);
});

for (const obsText of ["\xe9", `${"a".repeat(100)}\xff`, `\x80${"a".repeat(5000)}`, EVERY_BYTE]) {
  for (const before of [0, 1, 4000, 4095, 4096]) {
    const what = `${obsText.length} chars of obs-text behind ${before} bytes`;
    Deno.test(`OutputBuffer writes ${what} byte for byte, and goes on behind`, () => {
      const out = new OutputBuffer();
      out.text("b".repeat(before));
      out.text(obsText);
      out.text("c");
      assertEquals(pending(out), `${"b".repeat(before)}${obsText}c`);
    });
  }
}

Deno.test("OutputBuffer refuses a char that is no byte: written, it could be a line end", () => {
  const out = new OutputBuffer();
  out.text("ab");
  assertThrows(() => out.text("x\u010ay"), RangeError);
  assertThrows(() => out.text("\u{1f600}"), RangeError);
  assertEquals(pending(out), "ab");
});

Deno.test("OutputBuffer grows as it must, and keeps what it has", () => {
  const out = new OutputBuffer();
  let expected = "";
  for (let size = 1; size < 100_000; size *= 3) {
    const text = String(size % 10).repeat(size);
    out.text(text);
    out.append(new Uint8Array(size).fill(0x2e));
    expected += text + ".".repeat(size);
  }
  assertEquals(pending(out), expected);
});

Deno.test("OutputBuffer.clear() forgets what waits", () => {
  const out = new OutputBuffer();
  out.text("ab");
  out.clear();
  assertEquals(out.length, 0);
  out.text("c");
  assertEquals(pending(out), "c");
});

Deno.test("OutputBuffer.fits() says yes up to 16 KiB, what waits included", () => {
  const out = new OutputBuffer();
  assertEquals([out.fits(16 * 1024), out.fits(16 * 1024 + 1)], [true, false]);
  out.text("ab");
  assertEquals([out.fits(16 * 1024 - 2), out.fits(16 * 1024 - 1)], [true, false]);
});

Deno.test("OutputBuffer.release() gives storage back when nothing waits", () => {
  const out = new OutputBuffer();
  assertEquals(out.pending.buffer.byteLength, 0);
  out.text("a".repeat(50_000));
  out.release();
  assertEquals(pending(out), "a".repeat(50_000), "something waits");
  out.clear();
  out.release();
  assertEquals(out.pending.buffer.byteLength, 0);
  out.text("ab");
  assertEquals(pending(out), "ab");
});

Deno.test("OutputBuffer keeps its storage as long as what waits fits", () => {
  const out = new OutputBuffer();
  out.text("a");
  const storage = out.pending.buffer;
  out.text("a".repeat(storage.byteLength - 2));
  out.append(new Uint8Array(1));
  assert(out.pending.buffer === storage, "it grew");
  out.clear();
  out.text("a");
  assert(out.pending.buffer === storage, "it was released");
});

Deno.test("OutputBuffer.release() gives storage to the next, and nothing that was in it", () => {
  const first = new OutputBuffer(), second = new OutputBuffer();
  first.text("first");
  const storage = first.pending.buffer;
  first.clear();
  first.release();
  second.text("next");
  assert(second.pending.buffer === storage);
  assertEquals(pending(second), "next");
  first.text("first again");
  assertEquals([pending(first), pending(second)], ["first again", "next"]);
});
