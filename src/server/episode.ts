/**
 * Trouble that comes by the thousand and is told of twice: when it begins, and when it is over.
 *
 * @module
 */

import type { Deadline, TimerWheel } from "../session/mod.ts";

/** Trouble that hasn't come again by then is over. */
const QUIET_MS = 10_000;

/** One kind of trouble. */
export class Episode implements Disposable {
  readonly #quiet: Deadline;
  #count = 0;

  /** `ended` is told how often it came, 10 s after the last time. */
  constructor(wheel: TimerWheel, ended: (count: number) => void) {
    this.#quiet = wheel.deadline(() => {
      const count = this.#count;
      this.#count = 0;
      ended(count);
    });
  }

  /** It has come; true when that begins an episode. */
  begins(): boolean {
    this.#quiet.set(QUIET_MS);
    return this.#count++ === 0;
  }

  /** Never tells of an end any more. */
  [Symbol.dispose](): void {
    this.#quiet[Symbol.dispose]();
  }
}
