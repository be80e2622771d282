/**
 * Turns a listener that pushes connections into one that is asked for them.
 *
 * @module
 */

import type { Conn } from "./mod.ts";

/** Connections that came in and were not accepted yet, and accepts that wait for one. */
export class AcceptQueue<Accepted extends Conn = Conn> {
  readonly #arrived: Accepted[] = [];
  readonly #waiting: PromiseWithResolvers<Accepted | null>[] = [];
  #closed = false;

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Hands `conn` to whoever waits, or keeps it for the next to ask. */
  push(conn: Accepted): void {
    if (this.#closed) return conn.close();
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(conn);
    else waiting.resolve(conn);
  }

  /** As `Listener.accept`. */
  accept(): Promise<Accepted | null> {
    const conn = this.#arrived.shift();
    if (conn !== undefined) return Promise.resolve(conn);
    if (this.#closed) return Promise.resolve(null);
    const waiting = Promise.withResolvers<Accepted | null>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Fails the accepts that wait. */
  fail(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  /** Closes what nobody accepted, as the kernel does with its backlog; accepts give null. */
  close(): void {
    this.#closed = true;
    for (const conn of this.#arrived.splice(0)) conn.close();
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(null);
  }
}
