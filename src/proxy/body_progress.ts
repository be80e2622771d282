/**
 * How far a body has come.
 *
 * @module
 */

import type { Http1ServerSession, PumpProgress } from "../session/mod.ts";

/** Counts a body's bytes, and keeps the session from taking a body that moves for one that stalls. */
export class BodyProgress implements PumpProgress {
  /** Bytes of the body so far. */
  bytes = 0;
  readonly #session: Http1ServerSession;

  /** For a body to or from that session's client. */
  constructor(session: Http1ServerSession) {
    this.#session = session;
  }

  /** See `PumpProgress`. */
  onBytes(count: number): void {
    this.bytes += count;
  }

  /** See `PumpProgress`. */
  onWait(): void {
    this.#session.touch();
  }
}
