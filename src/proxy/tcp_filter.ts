/**
 * Bytes in, bytes out: what Envoy calls `tcp_proxy`.
 *
 * @module
 */

import type { TcpFilterConfig } from "../config/model.ts";
import { ConnError, ProxyError } from "../errors.ts";
import {
  type AccessLog,
  type Counter,
  type Gauge,
  type Log,
  type Stats,
  WITHOUT_REQUEST,
} from "../observe/mod.ts";
import { type Conn, showAddress } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import type { Cluster, Endpoint, Ends } from "../upstream/mod.ts";
import { connectFailure, describeFailure, failureFields, type ResponseFlag } from "./failure.ts";
import type { Filter, FilterSession, Uses } from "./filter.ts";
import { Tunnel } from "./tunnel.ts";

/** What a reload may change under a TCP filter. */
export interface TcpFilterUpdate {
  /** Has the filter's own `statPrefix`. */
  readonly config: TcpFilterConfig;
  /** The cluster that it leads to. */
  readonly cluster: Cluster;
}

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

/** What a connection began with. */
interface Passage extends TcpFilterUpdate {
  readonly ends: Ends;
}

/** One TCP filter, live. */
export class TcpFilter implements Filter {
  readonly #options: TcpFilterOptions;
  /** What the next connection begins with. */
  #current: TcpFilterUpdate;
  readonly #cxTotal: Counter;
  readonly #cxActive: Gauge;
  readonly #rxBytes: Counter;
  readonly #txBytes: Counter;
  readonly #idleTimeouts: Counter;

  /** Serves nobody yet. */
  constructor(config: TcpFilterConfig, options: TcpFilterOptions) {
    this.#current = { config, cluster: options.cluster };
    this.#options = options;
    const scope = options.stats.scope("tcp", config.statPrefix);
    this.#cxTotal = scope.counter("downstream_cx_total");
    this.#cxActive = scope.gauge("downstream_cx_active");
    this.#rxBytes = scope.counter("downstream_cx_rx_bytes_total");
    this.#txBytes = scope.counter("downstream_cx_tx_bytes_total");
    this.#idleTimeouts = scope.counter("idle_timeout");
  }

  /** Leads elsewhere from the next connection on; those that are open stay with what they have. */
  update(update: TcpFilterUpdate): void {
    this.#current = update;
  }

  /** See `Filter.open`. */
  open(conn: Conn, ends: Ends): FilterSession {
    const { config, cluster } = this.#current;
    const tunnel = new Tunnel(conn, this.#options.wheel, config.idleTimeoutMs);
    let uses: Uses | null = null;
    return {
      get uses() {
        return uses;
      },
      run: async () => {
        uses = { route: null, cluster };
        try {
          await this.#serve(tunnel, { config, cluster, ends });
        } finally {
          uses = null;
        }
      },
      // Nobody but the two ends knows when a stream of bytes has said enough.
      drain: () => {},
      close: () => tunnel.close(),
    };
  }

  async #serve(tunnel: Tunnel, { config, cluster, ends }: Passage): Promise<void> {
    this.#cxTotal.inc();
    this.#cxActive.inc();
    const startTime = Date.now();
    const started = performance.now();
    const outcome = await this.#connectAndRelay(tunnel, cluster, ends);
    tunnel.close();
    this.#cxActive.dec();
    this.#rxBytes.add(tunnel.received);
    this.#txBytes.add(tunnel.sent);
    if (!config.accessLog) return;
    this.#options.accessLog.write({
      ...WITHOUT_REQUEST,
      startTime,
      status: 0,
      flags: outcome.flag === null ? [] : [outcome.flag],
      bytesReceived: tunnel.received,
      bytesSent: tunnel.sent,
      durationMs: Math.round(performance.now() - started),
      upstreamHost: outcome.endpoint === null ? null : showAddress(outcome.endpoint.address),
    });
  }

  async #connectAndRelay(
    tunnel: Tunnel,
    cluster: Cluster,
    ends: Ends,
  ): Promise<{ endpoint: Endpoint | null; flag: ResponseFlag | null }> {
    const { log } = this.#options;
    const endpoint = cluster.pick();
    if (endpoint === null) {
      cluster.stats.noneHealthy.inc();
      return { endpoint, flag: "UH" };
    }
    let upstream: Conn;
    try {
      upstream = await endpoint.connect(ends);
    } catch (error) {
      if (!(error instanceof ConnError || error instanceof ProxyError)) throw error;
      const failure = error instanceof ProxyError ? error : connectFailure(error);
      log.warning("upstream failed", failureFields(failure, { cluster, endpoint }));
      return {
        endpoint,
        flag: describeFailure(failure, { retried: false }).flag,
      };
    }
    try {
      if (await tunnel.run(upstream) === "idle") this.#idleTimeouts.inc();
    } finally {
      endpoint.closed({ received: tunnel.sent, sent: tunnel.received });
    }
    return { endpoint, flag: null };
  }
}
