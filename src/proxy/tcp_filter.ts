/**
 * Bytes in, bytes out: what Envoy calls `tcp_proxy`.
 *
 * @module
 */

import type { TcpFilterConfig } from "../config/model.ts";
import { ConnError } from "../errors.ts";
import {
  type AccessLog,
  type Counter,
  type Gauge,
  type Log,
  type Stats,
  WITHOUT_REQUEST,
} from "../observe/mod.ts";
import { type Conn, showAddress } from "../runtime/mod.ts";
import type { Deadline, TimerWheel } from "../session/mod.ts";
import type { Cluster, Endpoint } from "../upstream/mod.ts";
import { connectFailure, failureFields } from "./failure.ts";
import type { Filter, FilterSession } from "./filter.ts";
import { relay } from "./relay.ts";

/** What a TCP filter works with. */
export interface TcpFilterOptions {
  /** Holds every deadline. */
  readonly wheel: TimerWheel;
  /** Where the numbers are made. */
  readonly stats: Stats;
  /** Told what goes wrong. */
  readonly log: Log;
  /** Takes a line a connection. */
  readonly accessLog: AccessLog;
  /** The cluster that it leads to. */
  readonly cluster: Cluster;
}

/** One TCP filter, live. */
export class TcpFilter implements Filter {
  readonly #config: TcpFilterConfig;
  readonly #options: TcpFilterOptions;
  readonly #cxTotal: Counter;
  readonly #cxActive: Gauge;
  readonly #rxBytes: Counter;
  readonly #txBytes: Counter;
  readonly #idleTimeouts: Counter;

  /** Serves nobody yet. */
  constructor(config: TcpFilterConfig, options: TcpFilterOptions) {
    this.#config = config;
    this.#options = options;
    const scope = options.stats.scope("tcp", config.statPrefix);
    this.#cxTotal = scope.counter("downstream_cx_total");
    this.#cxActive = scope.gauge("downstream_cx_active");
    this.#rxBytes = scope.counter("downstream_cx_rx_bytes_total");
    this.#txBytes = scope.counter("downstream_cx_tx_bytes_total");
    this.#idleTimeouts = scope.counter("idle_timeout");
  }

  /** See `Filter.open`. */
  open(conn: Conn): FilterSession {
    const { wheel } = this.#options;
    const session = new TcpSession(conn, wheel, this.#config.idleTimeoutMs);
    return {
      run: () => this.#serve(session),
      // Nobody but the two ends knows when a stream of bytes has said enough.
      drain: () => {},
      close: () => session.close(),
    };
  }

  async #serve(session: TcpSession): Promise<void> {
    this.#cxTotal.inc();
    this.#cxActive.inc();
    const startTime = Date.now();
    const started = performance.now();
    const outcome = await this.#connectAndRelay(session);
    session.close();
    this.#cxActive.dec();
    this.#rxBytes.add(session.received);
    this.#txBytes.add(session.sent);
    if (session.idled) this.#idleTimeouts.inc();
    if (!this.#config.accessLog) return;
    this.#options.accessLog.write({
      ...WITHOUT_REQUEST,
      startTime,
      status: 0,
      flags: outcome.flag === null ? [] : [outcome.flag],
      bytesReceived: session.received,
      bytesSent: session.sent,
      durationMs: Math.round(performance.now() - started),
      upstreamHost: outcome.endpoint === null ? null : showAddress(outcome.endpoint.address),
    });
  }

  async #connectAndRelay(
    session: TcpSession,
  ): Promise<{ endpoint: Endpoint | null; flag: "UH" | "UF" | null }> {
    const { cluster, log } = this.#options;
    const endpoint = cluster.pick();
    if (endpoint === null) {
      cluster.stats.noneHealthy.inc();
      return { endpoint, flag: "UH" };
    }
    let upstream: Conn;
    try {
      upstream = await endpoint.connect();
    } catch (error) {
      if (!(error instanceof ConnError)) throw error;
      log.warning("upstream failed", failureFields(connectFailure(error), { cluster, endpoint }));
      return { endpoint, flag: "UF" };
    }
    try {
      await session.relay(upstream);
    } finally {
      upstream.close();
      endpoint.closed({ received: session.sent, sent: session.received });
    }
    return { endpoint, flag: null };
  }
}

/** One downstream connection with its upstream one. */
class TcpSession {
  /** Bytes from downstream. */
  received = 0;
  /** Bytes to downstream. */
  sent = 0;
  /** True when the idle timeout ended it. */
  idled = false;
  readonly #downstream: Conn;
  readonly #idleTimeoutMs: number;
  readonly #deadline: Deadline;
  #upstream: Conn | null = null;
  #closed = false;

  constructor(downstream: Conn, wheel: TimerWheel, idleTimeoutMs: number) {
    this.#downstream = downstream;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#deadline = wheel.deadline(() => {
      this.idled = true;
      this.close();
    });
  }

  /** Carries bytes both ways until both have ended, or either side fails. */
  async relay(upstream: Conn): Promise<void> {
    this.#upstream = upstream;
    if (this.#closed) return upstream.close();
    this.#deadline.set(this.#idleTimeoutMs);
    await Promise.all([
      this.#oneWay(this.#downstream, upstream, (count) => {
        this.received += count;
        this.#deadline.set(this.#idleTimeoutMs);
      }),
      this.#oneWay(upstream, this.#downstream, (count) => {
        this.sent += count;
        this.#deadline.set(this.#idleTimeoutMs);
      }),
    ]);
  }

  close(): void {
    this.#closed = true;
    this.#deadline[Symbol.dispose]();
    this.#downstream.close();
    this.#upstream?.close();
  }

  async #oneWay(from: Conn, to: Conn, onBytes: (count: number) => void): Promise<void> {
    try {
      await relay(from, to, { onBytes });
    } catch (error) {
      if (!(error instanceof ConnError)) throw error;
      // Half of a stream that failed is of no use to the other half.
      this.close();
    }
  }
}
