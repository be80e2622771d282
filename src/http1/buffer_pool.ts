/**
 * Storage that connections take while there is something in it, and give back.
 *
 * @module
 */

/**
 * Buffers of one size, as many as a thread's connections need at a time. One that is taken holds what
 * another connection left in it: only what was written since may be read.
 *
 * To make a buffer, and clear it, costs as much as to fill it; and the one that was given back last is
 * the one that the processor still has at hand.
 */
export class BufferPool {
  /** Bytes of each. */
  readonly size: number;
  readonly #max: number;
  readonly #free: Uint8Array[] = [];

  /** Keeps up to `max` of them. */
  constructor(size: number, max: number) {
    this.size = size;
    this.#max = max;
  }

  /** One that nobody uses. */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(this.size);
  }

  /** Takes one back that nobody uses any more; one of another size is dropped. */
  give(buffer: Uint8Array): void {
    if (buffer.length === this.size && this.#free.length < this.#max) this.#free.push(buffer);
  }
}
