/**
 * HTTP/1.1 on downstream connections: what they share, and what a reload changes under them.
 *
 * @module
 */

import type { HttpFilterConfig } from "../config/model.ts";
import type { AccessLog, Log, Stats } from "../observe/mod.ts";
import type { RequestHead } from "../http/mod.ts";
import type { Conn, Network } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import {
  looksAtCertificates,
  NO_CLIENT_CERTIFICATE,
  readClientCertificate,
} from "./client_certificate.ts";
import { Exchange } from "./exchange.ts";
import { type ConfigForm, networkProbe, type Probe } from "./explain/mod.ts";
import type { Filter, FilterSession, Origin } from "./filter.ts";
import type { Downstream } from "./forward_request.ts";
import { type Answer, HttpConnection } from "./http_connection.ts";
import { HttpDate } from "./http_date.ts";
import { HttpStats } from "./http_stats.ts";
import { redirectToHttps } from "./https_redirect.ts";
import { RouteTable } from "./route_table.ts";

/**
 * For the head of plain HTTP on a port for TLS, where no time is configured: as long as the handshake
 * in its place might have taken.
 */
const PLAIN_HEAD_MS = 15_000;

/** What a reload may change under an HTTP filter. */
export interface HttpFilterUpdate {
  /** Differs from the filter's own in nothing but `virtualHosts`. */
  readonly config: HttpFilterConfig;
  /** Every cluster that a route names. */
  readonly clusters: ReadonlyMap<string, Cluster>;
}

/** What an HTTP filter works with. */
export interface HttpFilterOptions {
  /** Holds every deadline. */
  readonly wheel: TimerWheel;
  /** Where the numbers are made. */
  readonly stats: Stats;
  /** Told what goes wrong. */
  readonly log: Log;
  /** Takes a line a request. */
  readonly accessLog: AccessLog;
  /** Every cluster that a route names. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Which form the configuration has: explanations use its words. */
  readonly form: ConfigForm;
  /** Tries an endpoint, to explain what is wrong with it. */
  readonly network: Pick<Network, "connect">;
}

/** One HTTP filter, live: what its exchanges share. */
export class HttpFilter implements Filter {
  /** `http.<prefix>.*`. */
  readonly stats: HttpStats;
  /** Told what goes wrong. */
  readonly log: Log;
  /** Null when this filter doesn't log its requests. */
  readonly accessLog: AccessLog | null;
  /** The current date for responses. */
  readonly date: HttpDate = new HttpDate(Date.now);
  /** Holds every deadline. */
  readonly wheel: TimerWheel;
  /** Which form the configuration has. */
  readonly form: ConfigForm;
  /** Tries an endpoint, to explain what is wrong with it. */
  readonly probe: Probe;
  /**
   * Whether each response is its connection's last, so that clients go elsewhere; whoever comes is
   * served all the same, and a connection that idles is left alone. May be taken back.
   * (Envoy: `/healthcheck/fail`, `/drain_listeners?graceful`)
   */
  discourages = false;
  #config: HttpFilterConfig;
  #routes: RouteTable;
  #clusters: ReadonlyMap<string, Cluster>;
  #looksAtCertificates: boolean;

  /** Serves nobody yet. */
  constructor(config: HttpFilterConfig, options: HttpFilterOptions) {
    this.#config = config;
    this.#routes = new RouteTable(config);
    this.#clusters = options.clusters;
    this.#looksAtCertificates = looksAtCertificates(config);
    this.stats = new HttpStats(options.stats, config.statPrefix);
    this.log = options.log;
    this.accessLog = config.accessLog ? options.accessLog : null;
    this.wheel = options.wheel;
    this.form = options.form;
    this.probe = networkProbe(options.network);
  }

  /** As configured; of what is in it, `update()` changes the virtual hosts alone. */
  get config(): HttpFilterConfig {
    return this.#config;
  }

  /** Which route the next request takes. An exchange looks once, and keeps what it found. */
  get routes(): RouteTable {
    return this.#routes;
  }

  /** Every cluster that a route of `routes` names. */
  get clusters(): ReadonlyMap<string, Cluster> {
    return this.#clusters;
  }

  /**
   * Has other routes and clusters from the next request on, on connections that are open too.
   * Exchanges that have begun keep their own. Changes to anything else than the virtual hosts want
   * another filter: of limits, timeouts and the like connections keep what they were opened with.
   */
  update({ config, clusters }: HttpFilterUpdate): void {
    // No exchange sees half of it: each reads all of these without a pause.
    this.#config = config;
    this.#routes = new RouteTable(config);
    this.#clusters = clusters;
    this.#looksAtCertificates = looksAtCertificates(config);
  }

  /** See `Filter.open`. */
  open(
    conn: Conn,
    { tls, source, destination, ownUris = [], isMisdirected }: Origin,
  ): FilterSession {
    const { config } = this;
    const peer = source.host, ends = { source, destination };
    const unknown: Downstream = { peer, tls: tls !== null, client: NO_CLIENT_CERTIFICATE };
    const answerTo = (connection: HttpConnection, head: RequestHead, downstream: Downstream) =>
      new Exchange(this, connection, { head, downstream, ends, isMisdirected }).run();
    let answer: Answer = (connection, head) => answerTo(connection, head, unknown);
    const chain = tls?.peerCertificates ?? [];
    if (chain.length > 0) {
      let known: Downstream | null = null;
      answer = async (connection, head) => {
        // Asked anew each time: it may take an update before anybody looks.
        if (!this.#looksAtCertificates) return await answerTo(connection, head, unknown);
        known ??= { ...unknown, client: await readClientCertificate(chain, { config, ownUris }) };
        return await answerTo(connection, head, known);
      };
    }
    return new HttpConnection(this, conn, {
      timeouts: config.timeouts,
      tls: tls !== null,
      answer,
    });
  }

  /** See `Filter.openPlain`. */
  openPlain(conn: Conn): FilterSession {
    const { timeouts } = this.config;
    const headMs = timeouts.headMs || PLAIN_HEAD_MS;
    return new HttpConnection(this, conn, {
      timeouts: { ...timeouts, headMs },
      tls: false,
      answer: ({ session }, head) => redirectToHttps(this, session, head),
    });
  }
}
