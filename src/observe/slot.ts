/**
 * The memory that numbers are kept in: slots of `Float64Array`s over shared memory. A slot is handed
 * out once and never moves, so whoever counts keeps it, and another thread can read along.
 *
 * A slot starts as -0 and any write makes it another number (-0 + 0 is 0), so that "never used"
 * costs nothing to keep.
 *
 * @module
 */

import type { Counter, Gauge } from "./stats.ts";

const SLOTS_PER_CHUNK = 64; // 512 bytes: most scopes need one
const UNUSED = -0;

/** One number. Counting is one addition into a typed array: 1.5 ns on Deno and on Bun. */
export class Slot implements Counter, Gauge {
  readonly #cells: Float64Array<SharedArrayBuffer>;
  readonly #at: number;

  /** The one at index `at`; its memory may be another thread's. */
  constructor(cells: Float64Array<SharedArrayBuffer>, at: number) {
    this.#cells = cells;
    this.#at = at;
  }

  /** Where it is, for another thread. */
  get place(): { cells: SharedArrayBuffer; at: number } {
    return { cells: this.#cells.buffer, at: this.#at };
  }

  /** What it stands at. */
  get value(): number {
    return this.#cells[this.#at] + 0; // -0 + 0 is 0
  }

  /** Whether it was ever written. */
  get used(): boolean {
    return !Object.is(this.#cells[this.#at], UNUSED);
  }

  /** Adds one. */
  inc(): void {
    this.#cells[this.#at] += 1;
  }

  /** Takes one away. */
  dec(): void {
    this.#cells[this.#at] -= 1;
  }

  /** Adds `n`. */
  add(n: number): void {
    this.#cells[this.#at] += n;
  }

  /** Puts it at `value`. */
  set(value: number): void {
    this.#cells[this.#at] = value + 0;
  }
}

/** Hands out the slots of one scope, a chunk at a time: a scope that is dropped leaves nothing. */
export class Slots {
  #chunk = new Float64Array(new SharedArrayBuffer(0));
  #next = 0;

  /** One that nobody has had. */
  take(): Slot {
    if (this.#next === this.#chunk.length) {
      this.#chunk = new Float64Array(new SharedArrayBuffer(SLOTS_PER_CHUNK * 8)).fill(UNUSED);
      this.#next = 0;
    }
    return new Slot(this.#chunk, this.#next++);
  }
}
