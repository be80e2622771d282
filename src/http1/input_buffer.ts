/**
 * The bytes that came and are not consumed yet.
 *
 * @module
 */

/** What a connection that waits holds on to. */
const IDLE_BYTES = 8 * 1024;
/** What a body that streams is read with: 8 KiB costs half as much again (docs/performance.md). */
const STREAM_BYTES = 64 * 1024;

/**
 * Storage of bodies that have ended, for those to come: to make it anew for each, and clear it, costs
 * as much as to read it full. Of what a connection left in it, another never sees a byte: whatever is
 * given out was written by that connection's own reads.
 */
const spares: Uint8Array[] = [];
/** 1 MiB a thread. */
const MAX_SPARES = 16;

/**
 * A buffer that a connection reads into and a decoder consumes from, without a copy between them.
 *
 * A view into it (a piece of a body) is valid until the next `space()`.
 */
export class InputBuffer {
  readonly #idle: Uint8Array = new Uint8Array(IDLE_BYTES);
  /** The storage; unread bytes are `bytes[start..end)`. */
  bytes: Uint8Array = this.#idle;
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
        this.#moveTo(new Uint8Array(this.bytes.length * 2));
      }
    }
    return this.bytes.subarray(this.end);
  }

  /** Tells that `count` bytes were written to the start of `space()`. */
  commit(count: number): void {
    this.end += count;
  }

  /** Makes the storage at least this large, because a body streams. */
  reserve(capacity = STREAM_BYTES): void {
    if (this.bytes.length >= capacity) return;
    const spare = capacity === STREAM_BYTES ? spares.pop() : undefined;
    this.#moveTo(spare ?? new Uint8Array(capacity));
  }

  /** Gives back storage that an idle connection doesn't need. Only when nothing is unread. */
  release(): void {
    if (this.start !== this.end || this.bytes === this.#idle) return;
    if (this.bytes.length === STREAM_BYTES && spares.length < MAX_SPARES) spares.push(this.bytes);
    this.bytes = this.#idle;
    this.start = this.end = 0;
  }

  #moveTo(larger: Uint8Array): void {
    larger.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = larger;
  }
}
