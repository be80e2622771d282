/**
 * Waiting for a connection: for one that comes free, first come, first served, or for one that is
 * being made.
 *
 * @module
 */

import { ProxyError } from "../errors.ts";
import type { TimerWheel } from "../session/mod.ts";

/** How somebody waits. */
export interface WaitOptions {
  /** Milliseconds after which the wait fails; 0, or none given, for no limit. */
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

  /** Waits for its turn. Fails with a ProxyError `pending_timeout` or `gave_up`. */
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
    onWait?.(() => leave(gaveUp()));
    return await promise;
  }

  /** Gives it to whoever waits longest; somebody does. */
  admit(given: T): void {
    const [first] = this.#places;
    this.#places.delete(first);
    first(given);
  }
}

/** Whoever takes what comes after nobody waits for it any more. */
interface Patience<T> {
  readonly wheel: TimerWheel;
  readonly onLate: (given: T) => void;
}

/**
 * Waits for what can't be called off. Fails as that does, or with a ProxyError `route_timeout` or
 * `gave_up`.
 */
export async function waitFor<T>(
  coming: Promise<T>,
  { timeoutMs = 0, onWait }: WaitOptions,
  { wheel, onLate }: Patience<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let waiting = true;
  const leave = (error: ProxyError) => {
    waiting = false;
    reject(error);
  };
  using deadline = wheel.deadline(() => {
    leave(new ProxyError("route_timeout", { source: "upstream", message: NOT_CONNECTED }));
  });
  deadline.set(timeoutMs);
  onWait?.(() => leave(gaveUp()));
  coming.then((given) => waiting ? resolve(given) : onLate(given), reject);
  return await promise;
}

function gaveUp(): ProxyError {
  return new ProxyError("gave_up", { source: "downstream" });
}

const NOT_CONNECTED = "Cannot connect: found no connection within the route's timeout";
const TOO_LONG = "Cannot get a connection: found none free within the route's timeout";
