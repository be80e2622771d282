/**
 * How far a body has come.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { BodyPace, Http1ServerSession, PumpProgress } from "../session/mod.ts";

/** Counts a body's bytes, and keeps the session from taking a body that moves for one that stalls. */
export class BodyProgress implements PumpProgress {
  /** Bytes of the body so far. */
  bytes = 0;
  /** Whose client it comes from or goes to. */
  protected readonly session: Http1ServerSession;

  /** For a body to or from that session's client. */
  constructor(session: Http1ServerSession) {
    this.session = session;
  }

  /** See `PumpProgress`. */
  onBytes(count: number): void {
    this.bytes += count;
  }

  /** See `PumpProgress`. */
  onWrite(): void {
    this.session.touch();
  }

  /** See `PumpProgress`. */
  onWait(): void {
    this.session.touch();
  }
}

/** A request's body, which the client may send only so much of, and not at any pace. */
export class UploadProgress extends BodyProgress {
  /** Bytes that it may have; then 413. */
  limit = Infinity;
  #pace: BodyPace | null = null;

  /** See `PumpProgress`. Fails with a ProtocolError. */
  override onBytes(count: number): void {
    super.onBytes(count);
    this.#pace?.arrived();
    if (this.bytes > this.limit) throw bodyTooLarge(this.limit);
  }

  /** See `PumpProgress`. While the upstream holds the body back, the client can't be late with it. */
  override onWrite(): void {
    this.session.awaitBody(Infinity);
  }

  /** See `PumpProgress`. */
  override onWait(): void {
    this.#pace ??= this.session.bodyPace();
    this.session.awaitBody(this.#pace?.wait(this.bytes) ?? Infinity);
  }
}

/** RFC 9110 §15.5.14. */
export function bodyTooLarge(limit: number): ProtocolError {
  return new ProtocolError("body_too_large", `Cannot take body: found over ${limit} bytes`, {
    status: 413,
  });
}
