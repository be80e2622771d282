/**
 * The bytes that came and are not consumed yet.
 *
 * @module
 */

/** What a connection that waits holds on to. */
const IDLE_BYTES = 8 * 1024;

/**
 * A buffer that a connection reads into and a decoder consumes from, without a copy between them.
 *
 * A view into it (a piece of a body) is valid until the next `space()`.
 */
export class InputBuffer {
  /** The storage; unread bytes are `bytes[start..end)`. */
  bytes: Uint8Array = new Uint8Array(IDLE_BYTES);
  /** The first unread byte. */
  start = 0;
  /** Behind the last unread byte. */
  end = 0;

  /** How many bytes are unread. */
  get length(): number {
    return this.end - this.start;
  }

  /** Room to read into, never empty; moves or grows what is there when it has to. */
  space(): Uint8Array {
    if (this.start === this.end) {
      this.start = this.end = 0;
      return this.bytes;
    }
    if (this.end === this.bytes.length) {
      if (this.start > 0) {
        this.bytes.copyWithin(0, this.start, this.end);
        this.end -= this.start;
        this.start = 0;
      } else {
        this.#resize(this.bytes.length * 2);
      }
    }
    return this.bytes.subarray(this.end);
  }

  /** Tells that `count` bytes were written to the start of `space()`. */
  commit(count: number): void {
    this.end += count;
  }

  /** Makes the storage at least this large, because a body streams. */
  reserve(capacity: number): void {
    if (this.bytes.length < capacity) this.#resize(capacity);
  }

  /** Gives back storage that an idle connection doesn't need. Only when nothing is unread. */
  release(): void {
    if (this.start === this.end && this.bytes.length > IDLE_BYTES) {
      this.bytes = new Uint8Array(IDLE_BYTES);
      this.start = this.end = 0;
    }
  }

  #resize(capacity: number): void {
    const larger = new Uint8Array(capacity);
    larger.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = larger;
  }
}
