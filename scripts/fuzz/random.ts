/**
 * Chance that can be had again: the same seed gives the same choices.
 *
 * @module
 */

/** A generator of 32-bit numbers (mulberry32), and what is chosen by them. */
export class Random {
  #state: number;

  /** `seed` is any 32-bit number. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 up to, but without, `bound`; 0 when `bound` is 0. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000 * bound);
  }

  /** One of the choices, of which there is at least one. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}
