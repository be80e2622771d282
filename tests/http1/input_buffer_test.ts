import { InputBuffer } from "../../src/http1/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { latin1Bytes, latin1Text } from "./driver.ts";

function push(input: InputBuffer, text: string): void {
  const bytes = latin1Bytes(text);
  input.space().set(bytes);
  input.commit(bytes.length);
}

function unread(input: InputBuffer): string {
  return latin1Text(input.bytes.subarray(input.start, input.end));
}

/** A buffer with `count` unread bytes at its very end, behind `consumed` that were read. */
function full(consumed: number): InputBuffer {
  const input = new InputBuffer();
  input.space();
  for (let at = 0; at < input.bytes.length; at++) input.bytes[at] = at % 251;
  input.commit(input.bytes.length);
  input.start += consumed;
  return input;
}

Deno.test("InputBuffer keeps what was committed until it is consumed", () => {
  const input = new InputBuffer();
  push(input, "abc");
  push(input, "def");
  assertEquals([unread(input), input.length], ["abcdef", 6]);
  input.start += 4;
  assertEquals([unread(input), input.length], ["ef", 2]);
});

Deno.test("InputBuffer.space() alone takes nothing in", () => {
  const input = new InputBuffer();
  input.space().set([1, 2, 3]);
  assertEquals(input.length, 0);
});

Deno.test("InputBuffer.space() is all of the storage when nothing is unread", () => {
  const input = full(0);
  input.start = input.end;
  assertEquals(input.space().length, input.bytes.length);
  assertEquals([input.start, input.end], [0, 0]);
});

Deno.test("InputBuffer.space() moves what is unread to the front when there is room", () => {
  const input = full(1000);
  const before = unread(input), capacity = input.bytes.length;
  assertEquals(input.space().length, 1000);
  assertEquals([input.start, input.bytes.length], [0, capacity]);
  assertEquals(unread(input), before);
});

Deno.test("InputBuffer.space() doubles the storage when all of it is unread", () => {
  const input = full(0);
  const before = unread(input), capacity = input.bytes.length;
  assertEquals(input.space().length, capacity);
  assertEquals(input.bytes.length, 2 * capacity);
  assertEquals(unread(input), before);
});

Deno.test("InputBuffer.space() is never empty, whatever was consumed", () => {
  for (const consumed of [0, 1, 2, 100, full(0).bytes.length]) {
    assert(full(consumed).space().length > 0, `${consumed}`);
  }
});

Deno.test("InputBuffer.reserve() grows the storage and keeps what is unread", () => {
  const input = full(1000);
  const before = unread(input);
  input.reserve(64 * 1024);
  assertEquals([input.bytes.length, input.start, unread(input)], [64 * 1024, 0, before]);
});

Deno.test("InputBuffer.reserve() keeps storage that is large enough", () => {
  const input = new InputBuffer();
  const bytes = input.space();
  input.reserve(bytes.length - 1);
  input.reserve(bytes.length);
  assert(input.bytes === bytes);
});

Deno.test("InputBuffer.reserve() leaves a view that was given out as it was", () => {
  const input = new InputBuffer();
  push(input, "abc");
  const view = input.bytes.subarray(0, 3);
  input.start = 3;
  input.reserve(64 * 1024);
  push(input, "xyz");
  assertEquals(latin1Text(view), "abc");
});

Deno.test("InputBuffer has no storage before it is read into", () => {
  assertEquals(new InputBuffer().bytes.length, 0);
});

Deno.test("InputBuffer.release() gives storage back when nothing is unread", () => {
  const input = new InputBuffer();
  input.reserve(64 * 1024);
  push(input, "abc");
  input.release();
  assertEquals([unread(input), input.bytes.length], ["abc", 64 * 1024], "something is unread");
  input.start = input.end;
  input.release();
  assertEquals([input.length, input.bytes.length], [0, 0]);
  push(input, "def");
  assertEquals(unread(input), "def");
});

Deno.test("InputBuffer.add() takes many bytes over where nothing is unread, and else copies them behind", () => {
  const input = new InputBuffer();
  const first = latin1Bytes("ab" + "c".repeat(999));
  input.add(first);
  assert(input.bytes === first);
  input.start += 999;
  input.add(latin1Bytes("defg"));
  assertEquals([unread(input), first.length], ["ccdefg", 1001]);
  input.add(latin1Bytes("h".repeat(20_000)));
  assertEquals(unread(input), "ccdefg" + "h".repeat(20_000));
  input.start += 10;
  input.add(latin1Bytes("i".repeat(30_000)));
  assertEquals(unread(input), "h".repeat(19_996) + "i".repeat(30_000));
});

Deno.test("InputBuffer.add() copies few bytes, behind each other or to where nothing is unread any more", () => {
  const input = new InputBuffer();
  const few = latin1Bytes("a".repeat(1000));
  input.add(few);
  const { bytes } = input;
  assert(bytes !== few);
  input.start += 999;
  input.add(latin1Bytes("bcd"));
  assertEquals([unread(input), input.bytes === bytes], ["abcd", true]);
  input.start = input.end;
  input.add(latin1Bytes("ef"));
  assertEquals([unread(input), input.start, input.bytes === bytes], ["ef", 0, true]);
});

Deno.test("InputBuffer.add() writes few bytes to storage of its own, not to what it took over", () => {
  const input = new InputBuffer();
  const many = latin1Bytes("a".repeat(2000));
  input.add(many);
  input.start = input.end;
  input.add(latin1Bytes("bc"));
  assertEquals([unread(input), latin1Text(many)], ["bc", "a".repeat(2000)]);
});

Deno.test("InputBuffer.space() has room behind bytes that were taken over, be they few or none", () => {
  const input = new InputBuffer();
  input.add(latin1Bytes("a".repeat(2000)));
  input.start = 2000;
  assert(input.space().length >= 8 * 1024);
  input.commit(0);
  input.add(latin1Bytes("de"));
  push(input, "f");
  assertEquals(unread(input), "def");
});

Deno.test("InputBuffer.release() keeps storage that somebody is to write into", () => {
  const input = new InputBuffer(), other = new InputBuffer();
  const lent = input.space();
  input.release();
  assert(input.bytes === lent);
  assert(other.space() !== lent);
  lent.set([1, 2, 3]);
  input.commit(3);
  assertEquals([...input.bytes.subarray(input.start, input.end)], [1, 2, 3]);
});

Deno.test("InputBuffer.release() gives storage to the next, small or large, and nothing that was in it", () => {
  for (const isLarge of [false, true]) {
    const first = new InputBuffer(), second = new InputBuffer();
    if (isLarge) first.reserve();
    const storage = first.space().fill(7);
    first.commit(1000);
    first.start = first.end;
    first.release();
    if (isLarge) second.reserve();
    second.space()[0] = 1;
    second.commit(1);
    assert(second.bytes === storage);
    assertEquals(second.bytes.subarray(second.start, second.end), Uint8Array.of(1));
  }
});
