/**
 * The bytes that are ready to be written.
 *
 * @module
 */

import { BufferPool } from "./buffer_pool.ts";

const ENCODER = new TextEncoder();
/** Holds a usual head and a small body, which then leave in one write. 1 MiB a thread is kept. */
const pool = new BufferPool(4 * 1024, 256);
const NONE = new Uint8Array();
/** For text as short as a chunk's size, the encoder's fixed cost is higher than a loop's. */
const MAX_SHORT_CHARS = 16;
/** A body piece that fits in here is copied behind what waits, to save a write. */
const MAX_COALESCED_BYTES = 16 * 1024;

/** Gathers a head and what fits behind it, for one write. It has storage only while something waits. */
export class OutputBuffer {
  #bytes: Uint8Array = NONE;
  #length = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  /** What waits, as a view that is valid until the next append. */
  get pending(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what waits, because it was written. */
  clear(): void {
    this.#length = 0;
  }

  /** Whether that many bytes are better copied here than written on their own. */
  fits(count: number): boolean {
    return this.#length + count <= MAX_COALESCED_BYTES;
  }

  /** Appends text of which each char is one byte (latin1). Fails with a RangeError for another. */
  text(text: string): void {
    this.#need(text.length);
    // 52 ns a chunk rather than 194 on Deno 2.9.6.
    if (text.length <= MAX_SHORT_CHARS) return this.#latin1(text);
    const room = this.#length === 0 ? this.#bytes : this.#bytes.subarray(this.#length);
    // UTF-8's encoder is the fast one, and right as long as every char became one byte.
    const { read, written } = ENCODER.encodeInto(text, room);
    if (read === text.length && written === text.length) {
      this.#length += written;
      return;
    }
    this.#latin1(text);
  }

  /** Appends bytes. */
  append(bytes: Uint8Array): void {
    this.#need(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Gives back storage in which nothing waits. */
  release(): void {
    if (this.#length > 0) return;
    pool.give(this.#bytes);
    this.#bytes = NONE;
  }

  #latin1(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      // Cut down to a byte, U+010A would become a line end.
      if (code > 0xff) throw new RangeError(`Cannot write text: found U+${code.toString(16)}`);
      this.#bytes[this.#length + at] = code;
    }
    this.#length += text.length;
  }

  #need(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const before = this.#bytes;
    this.#bytes = needed <= pool.size
      ? pool.take()
      : new Uint8Array(Math.max(needed, before.length * 2));
    if (this.#length > 0) this.#bytes.set(before.subarray(0, this.#length));
    pool.give(before);
  }
}
