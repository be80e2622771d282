/**
 * The time as HTTP writes it (RFC 9110 §5.6.7).
 *
 * @module
 */

/** Formats the current second once, however often it is asked for. */
export class HttpDate {
  readonly #now: () => number;
  #second = -1;
  #text = "";

  /** `now` gives milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Such as `Sun, 06 Nov 1994 08:49:37 GMT`. */
  current(): string {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
