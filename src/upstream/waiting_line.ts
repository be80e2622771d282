/**
 * Those who wait for something that there is only so much of, first come, first served.
 *
 * @module
 */

import { ProxyError } from "../errors.ts";
import type { TimerWheel } from "../session/mod.ts";

/** How somebody waits. */
export interface WaitOptions {
  /** Milliseconds after which the wait fails with `pending_timeout`; 0, or none given, for no limit. */
  readonly timeoutMs?: number;
  /** Handed what ends the wait with `gave_up`. */
  readonly onWait?: (giveUp: () => void) => void;
}

/** A line of waiting. */
export class WaitingLine<T> {
  readonly #places = new Set<(given: T) => void>();

  /** How many wait. */
  get length(): number {
    return this.#places.size;
  }

  /** Waits for its turn. Fails with a ProxyError. */
  async wait({ timeoutMs = 0, onWait }: WaitOptions, wheel: TimerWheel): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // At once, so that nothing is given to who has left.
    const leave = (error: ProxyError) => {
      if (this.#places.delete(resolve)) reject(error);
    };
    using deadline = wheel.deadline(() => {
      leave(new ProxyError("pending_timeout", { source: "upstream", message: TOO_LONG }));
    });
    deadline.set(timeoutMs);
    this.#places.add(resolve);
    onWait?.(() => leave(new ProxyError("gave_up", { source: "downstream" })));
    return await promise;
  }

  /** Gives it to whoever waits longest; somebody does. */
  admit(given: T): void {
    const [first] = this.#places;
    this.#places.delete(first);
    first(given);
  }
}

const TOO_LONG = "Cannot get a connection: found none free within the route's timeout";
