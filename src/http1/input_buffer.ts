/**
 * The bytes that came and are not consumed yet.
 *
 * @module
 */

import { BufferPool } from "./buffer_pool.ts";

/** Holds a usual head. 1 MiB a thread is kept. */
const small = new BufferPool(8 * 1024, 128);
/** For a body that streams: 8 KiB costs half as much again (docs/performance.md). 1 MiB is kept. */
const large = new BufferPool(64 * 1024, 16);

const NONE = new Uint8Array();
/**
 * So few bytes are cheaper to copy than to be cut up where they are: JavaScriptCore keeps them within
 * the array itself, and has to move them out before there can be a view of them.
 */
const MAX_COPIED_BYTES = 1000;

/**
 * A buffer that a connection reads into and a decoder consumes from, without a copy between them. It
 * has storage only while there is something in it, or on its way.
 *
 * A view into it (a piece of a body) is valid until the next `space()`, `add()` or `release()`.
 */
export class InputBuffer {
  /** The storage; unread bytes are `bytes[start..end)`. */
  bytes: Uint8Array = NONE;
  /** The first unread byte. */
  start = 0;
  /** Behind the last unread byte. */
  end = 0;
  /** Whether somebody is to write into `space()`. */
  #isLent = false;
  /** Whether the storage came by `add()`, and so is none of the pools'. */
  #isForeign = false;

  /** How many bytes are unread. */
  get length(): number {
    return this.end - this.start;
  }

  /** Room to read into, never empty; moves or grows what is there when it has to. */
  space(): Uint8Array {
    this.#isLent = true;
    if (this.start === this.end) {
      this.#beginAnew();
      return this.bytes;
    }
    if (this.end === this.bytes.length) {
      if (this.start > 0) {
        this.bytes.copyWithin(0, this.start, this.end);
        this.end -= this.start;
        this.start = 0;
      } else {
        this.#moveTo(new Uint8Array(this.bytes.length * 2));
      }
    }
    return this.bytes.subarray(this.end);
  }

  /** Tells that `count` bytes were written to the start of `space()`. */
  commit(count: number): void {
    this.#isLent = false;
    this.end += count;
  }

  /**
   * Adds bytes that came elsewhere, and are the buffer's now: large ones without a copy when nothing
   * is unread.
   */
  add(bytes: Uint8Array): void {
    if (this.start === this.end) {
      if (bytes.length > MAX_COPIED_BYTES) return this.#takeOver(bytes);
      this.#beginAnew();
    }
    const needed = this.length + bytes.length;
    if (this.start + needed > this.bytes.length) {
      this.#moveTo(
        needed <= small.size ? small.take() : new Uint8Array(Math.max(needed, 2 * this.length)),
      );
    }
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Makes the storage at least this large, because a body streams. */
  reserve(capacity: number = large.size): void {
    if (this.bytes.length >= capacity) return;
    this.#moveTo(capacity === large.size ? large.take() : new Uint8Array(capacity));
  }

  /** Gives back storage in which nothing is unread, and into which nobody is to write. */
  release(): void {
    if (this.start !== this.end || this.#isLent || this.bytes === NONE) return;
    this.#moveTo(NONE);
  }

  /** Nothing is unread: what comes is written to the storage's beginning. */
  #beginAnew(): void {
    if (this.bytes.length < small.size) this.#moveTo(small.take());
    this.start = this.end = 0;
  }

  #takeOver(bytes: Uint8Array): void {
    this.#moveTo(bytes);
    this.end = bytes.length;
    this.#isForeign = true;
  }

  #moveTo(other: Uint8Array): void {
    const { bytes } = this;
    // A view costs as much as some hundred bytes to copy: none when nothing is to be moved.
    if (this.start < this.end) other.set(bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = other;
    if (!this.#isForeign) {
      small.give(bytes);
      large.give(bytes);
    }
    this.#isForeign = false;
  }
}
