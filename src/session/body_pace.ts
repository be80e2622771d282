/**
 * Whether a request's body comes fast enough.
 *
 * A client that sends a byte now and then never idles, and would hold its connection and an
 * upstream's for as long as it likes. So a body has a time to come in that grows with what came
 * (as with Apache's `RequestReadTimeout body=20,MinRate=500`). Time in which nobody reads, because
 * the upstream holds the body back, is not the client's and isn't counted.
 *
 * @module
 */

/** What every body gets, however slow its beginning. */
const GRACE_MS = 20_000;

/** Keeps the time of one body. */
export class BodyPace {
  readonly #rate: number;
  readonly #now: () => number;
  #waitedMs = 0;
  #since = NaN;

  /** `rate` is in bytes a second; `now` gives milliseconds on a clock that never jumps. */
  constructor(rate: number, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Begins to wait, `bytes` having come; how many milliseconds more may come late. At least 1. */
  wait(bytes: number): number {
    this.#since = this.#now();
    return Math.max(1, GRACE_MS + bytes * 1000 / this.#rate - this.#waitedMs);
  }

  /** What was waited for has come. */
  arrived(): void {
    if (Number.isNaN(this.#since)) return;
    this.#waitedMs += this.#now() - this.#since;
    this.#since = NaN;
  }
}
