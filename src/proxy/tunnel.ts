/**
 * Two streams of bytes tied together: a passed-through connection, or one that was upgraded.
 *
 * @module
 */

import type { ByteStream, Deadline, TimerWheel } from "../session/mod.ts";
import { relay } from "./relay.ts";

/** How a tunnel ended. `closed` is our own `close()`. */
export type TunnelEnd = "done" | "idle" | "closed" | "downstream_lost" | "upstream_lost";

/** A downstream stream, and once there is one the upstream stream that it is tied to. */
export class Tunnel {
  /** Bytes from downstream. */
  received = 0;
  /** Bytes to downstream. */
  sent = 0;
  readonly #downstream: ByteStream;
  readonly #idleMs: number;
  readonly #deadline: Deadline;
  #upstream: ByteStream | null = null;
  #end: TunnelEnd = "done";
  #cause: unknown = null;
  #closed = false;

  /** `idleMs` without a byte either way end it; 0 for no limit. */
  constructor(downstream: ByteStream, wheel: TimerWheel, idleMs: number) {
    this.#downstream = downstream;
    this.#idleMs = idleMs;
    this.#deadline = wheel.deadline(() => this.#cut("idle"));
  }

  /** What the side that was lost failed with; null when none was. */
  get cause(): unknown {
    return this.#cause;
  }

  /**
   * Carries bytes both ways, each direction to its own end, until both have ended or either side
   * fails; then both are closed.
   */
  async run(upstream: ByteStream): Promise<TunnelEnd> {
    this.#upstream = upstream;
    if (this.#closed) {
      upstream.close();
      return this.#end;
    }
    this.#deadline.set(this.#idleMs);
    await Promise.all([
      this.#oneWay(this.#downstream, upstream, (count) => this.received += count),
      this.#oneWay(upstream, this.#downstream, (count) => this.sent += count),
    ]);
    this.#cut("done");
    return this.#end;
  }

  /** Ends both directions at once. */
  close(): void {
    this.#cut("closed");
  }

  async #oneWay(from: ByteStream, to: ByteStream, count: (bytes: number) => void): Promise<void> {
    const onBytes = (bytes: number) => {
      count(bytes);
      this.#deadline.set(this.#idleMs);
    };
    const result = await relay(from, to, { onBytes });
    if (result.kind === "done") return;
    // Half of a stream that failed is of no use to the other half.
    const lost = (result.kind === "read_failed") ? from : to;
    this.#cut(lost === this.#downstream ? "downstream_lost" : "upstream_lost", result.error);
  }

  #cut(end: TunnelEnd, cause: unknown = null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end = end;
    this.#cause = cause;
    this.#deadline[Symbol.dispose]();
    this.#downstream.close();
    this.#upstream?.close();
  }
}
