import { peek, type PeekableStream, spokenProtocol } from "../../src/runtime/peek.ts";
import { assertEquals } from "../assert.ts";

/** A stream to which the test delivers, with the part of Node's streams that is peeked at. */
class Stream implements PeekableStream {
  #bytes: number[] = [];
  readonly #listeners = new Set<() => void>();

  /** What is in the stream, as a reader would find it. */
  get waiting(): readonly number[] {
    return this.#bytes;
  }

  /** How many wait for bytes. */
  get listeners(): number {
    return this.#listeners.size;
  }

  on(_event: "readable", listener: () => void): void {
    this.#listeners.add(listener);
  }

  off(_event: "readable", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  read(): Uint8Array | null {
    const bytes = this.#bytes.splice(0);
    return bytes.length === 0 ? null : Uint8Array.from(bytes);
  }

  unshift(bytes: Uint8Array): void {
    this.#bytes.unshift(...bytes);
  }

  /** Bytes come in, or, without any, the end. */
  deliver(...bytes: number[]): void {
    this.#bytes.push(...bytes);
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Says the third byte, once it is there. */
const third = (bytes: Uint8Array) => bytes.length < 3 ? null : bytes[2];

Deno.test("peek() gathers pieces until there is a verdict, and puts all of them back", () => {
  const stream = new Stream();
  const told: number[] = [];
  peek(stream, third, (verdict) => told.push(verdict));
  stream.deliver(1);
  stream.deliver(2);
  assertEquals([told, stream.waiting, stream.listeners], [[], [], 1]);
  stream.deliver(3, 4);
  assertEquals([told, stream.waiting, stream.listeners], [[3], [1, 2, 3, 4], 0]);
});

Deno.test("peek() has put the bytes back when it tells the verdict", () => {
  const stream = new Stream();
  let found: readonly number[] = [];
  peek(stream, third, () => found = [...stream.waiting]);
  stream.deliver(1, 2, 3);
  assertEquals(found, [1, 2, 3]);
});

Deno.test("peek() gives no verdict on a stream that ends before there is one", () => {
  const stream = new Stream();
  peek(stream, third, () => {
    throw new Error("a verdict on nothing");
  });
  stream.deliver();
  stream.deliver(1);
  stream.deliver();
  assertEquals(stream.listeners, 1);
});

Deno.test("A request begins with a letter, and TLS with anything else", () => {
  const spoken = (text: string) => spokenProtocol(new TextEncoder().encode(text));
  for (const request of ["GET / HTTP/1.1", "get", "Zap", "aB", "PRI * HTTP/2.0"]) {
    assertEquals(spoken(request), "http", request);
  }
  for (const other of ["\x16\x03\x01", "\x80", "\0", "@", "[", "`", "{", "\r\n", "1", " GET"]) {
    assertEquals(spoken(other), "tls", other);
  }
});
