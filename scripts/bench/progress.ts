/**
 * How far a run is, and about how long it takes from now on.
 *
 * @module
 */

/** Seconds between two lines, so that a terminal isn't full of them. */
const EVERY_SECONDS = 10;

/** Work in seconds as it was planned, and the time that it really takes. */
export class Progress {
  readonly #now: () => number;
  readonly #print: (line: string) => void;
  #planned = 0;
  #done = 0;
  #skipped = 0;
  #began: number | null = null;
  #printed = -Infinity;

  /** `now` is in milliseconds. */
  constructor({ now, print }: { now: () => number; print: (line: string) => void }) {
    this.#now = now;
    this.#print = print;
  }

  /** Work of so many seconds is to be done. */
  plan(seconds: number): void {
    this.#began ??= this.#now();
    this.#planned += seconds;
  }

  /** Work that was planned won't be done. */
  skip(seconds: number): void {
    this.#skipped += seconds;
  }

  /** Work that was planned is done, as `what` tells. */
  did(seconds: number, what: string): void {
    this.#done += seconds;
    const now = this.#now();
    if (now - this.#printed < EVERY_SECONDS * 1000) return;
    this.#printed = now;
    const took = (now - (this.#began ?? now)) / 1000 / this.#done;
    const left = (this.#planned - this.#skipped - this.#done) * took;
    this.#print(`${what}; ${showDuration(left)} left of these tables`);
  }
}

/** Seconds as `40 s` or `3 min`. */
export function showDuration(seconds: number): string {
  return seconds < 90 ? `${Math.max(0, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}
