/**
 * HTTP/1.1 on a downstream connection: one exchange after the other, until either side has enough.
 *
 * @module
 */

import type { HttpFilterConfig, HttpTimeoutsConfig } from "../config/model.ts";
import { ConnError, ProtocolError } from "../errors.ts";
import { reasonPhrase, type RequestHead } from "../http/mod.ts";
import { type AccessLog, type Log, type Stats, WITHOUT_REQUEST } from "../observe/mod.ts";
import type { Conn, Network } from "../runtime/mod.ts";
import { Http1ServerSession, type TimerWheel } from "../session/mod.ts";
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
import { HttpDate } from "./http_date.ts";
import { HttpStats } from "./http_stats.ts";
import { redirectToHttps } from "./https_redirect.ts";
import { sendReply } from "./local_reply.ts";
import { RouteTable } from "./route_table.ts";

/**
 * For the head of plain HTTP on a port for TLS, where no time is configured: as long as the handshake
 * in its place might have taken.
 */
const PLAIN_HEAD_MS = 15_000;

/** Answers one request; true when the connection may carry another. */
type Answer = (session: Http1ServerSession, head: RequestHead) => Promise<boolean>;

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
  /** As configured. */
  readonly config: HttpFilterConfig;
  /** Which route a request takes. */
  readonly routes: RouteTable;
  /** Every cluster that a route names. */
  readonly clusters: ReadonlyMap<string, Cluster>;
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
  readonly #looksAtCertificates: boolean;

  /** Serves nobody yet. */
  constructor(config: HttpFilterConfig, options: HttpFilterOptions) {
    this.config = config;
    this.routes = new RouteTable(config);
    this.clusters = options.clusters;
    this.stats = new HttpStats(options.stats, config.statPrefix);
    this.log = options.log;
    this.accessLog = config.accessLog ? options.accessLog : null;
    this.wheel = options.wheel;
    this.form = options.form;
    this.probe = networkProbe(options.network);
    this.#looksAtCertificates = looksAtCertificates(config);
  }

  /** See `Filter.open`. */
  open(
    conn: Conn,
    { tls, source, destination, ownUris = [], isMisdirected }: Origin,
  ): FilterSession {
    const { config } = this;
    const options = { timeouts: config.timeouts, tls: tls !== null };
    const peer = source.host, ends = { source, destination };
    const unknown: Downstream = { peer, tls: tls !== null, client: NO_CLIENT_CERTIFICATE };
    const chain = tls?.peerCertificates ?? [];
    if (chain.length === 0 || !this.#looksAtCertificates) {
      return this.#open(conn, options, (session, head) => {
        return new Exchange(this, session, { head, downstream: unknown, ends, isMisdirected })
          .run();
      });
    }
    let known: Downstream | null = null;
    return this.#open(conn, options, async (session, head) => {
      known ??= { ...unknown, client: await readClientCertificate(chain, { config, ownUris }) };
      return await new Exchange(this, session, { head, downstream: known, ends, isMisdirected })
        .run();
    });
  }

  /** See `Filter.openPlain`. */
  openPlain(conn: Conn): FilterSession {
    const { timeouts } = this.config;
    const headMs = timeouts.headMs || PLAIN_HEAD_MS;
    return this.#open(conn, { timeouts: { ...timeouts, headMs }, tls: false }, (session, head) => {
      return redirectToHttps(this, session, head);
    });
  }

  #open(
    conn: Conn,
    { timeouts, tls }: { timeouts: HttpTimeoutsConfig; tls: boolean },
    answer: Answer,
  ): FilterSession {
    const { limits } = this.config;
    const session = new Http1ServerSession(conn, { wheel: this.wheel, limits, timeouts });
    return {
      run: () => this.#serve(session, tls, answer),
      drain: () => session.drain(),
      close: () => session.close(),
    };
  }

  async #serve(session: Http1ServerSession, tls: boolean, answer: Answer): Promise<void> {
    const { stats } = this;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    if (tls) stats.cxSslTotal.inc();
    try {
      while (await this.#serveOne(session, answer));
    } finally {
      session.close();
      stats.cxActive.dec();
      stats.cxRxBytes.add(session.reader.bytes);
      stats.cxTxBytes.add(session.writer.bytes);
    }
  }

  /** One request; true when another may follow. */
  async #serveOne(session: Http1ServerSession, answer: Answer): Promise<boolean> {
    try {
      const head = await session.nextRequest();
      if (head === null) return false;
      return await answer(session, head);
    } catch (error) {
      if (error instanceof ProtocolError) return await this.#refuse(session, error);
      if (!(error instanceof ConnError)) throw error;
      this.#lost(session);
      return false;
    }
  }

  /** Answers a head that could not be read: no exchange came of it. */
  async #refuse(session: Http1ServerSession, error: ProtocolError): Promise<boolean> {
    const { stats, log } = this;
    const truncated = error.code === "truncated_head";
    stats.rqTotal.inc();
    stats.cxProtocolError.inc();
    stats.completed(truncated ? 0 : error.status, "DPE");
    log.info("request refused", {
      listener: this.config.statPrefix,
      peer: session.conn.remote.host,
      code: error.code,
      cause: error.message,
    });
    // Envoy answers a request without a Host, alone of them all, with an empty body.
    const body = error.code === "no_host" ? "" : reasonPhrase(error.status);
    this.#logUnread(truncated ? 0 : error.status, body.length);
    // Whoever left in the middle of a head has nobody waiting for an answer.
    if (truncated) return false;
    session.willClose();
    try {
      const date = this.date.current();
      await sendReply(session, { status: error.status, body }, { date, method: null });
      return await session.endExchange();
    } catch (lost) {
      if (!(lost instanceof ConnError)) throw lost;
      return false;
    }
  }

  /** A connection that ended inside of a head, by its own end or by our deadline. */
  #lost(session: Http1ServerSession): void {
    if (session.timeout !== "head") return;
    this.stats.rqTotal.inc();
    this.stats.rqTimeout.inc();
    this.stats.completed(408, null);
    this.#logUnread(408, "request header timeout".length);
  }

  #logUnread(status: number, bytesSent: number): void {
    this.accessLog?.write({
      ...WITHOUT_REQUEST,
      startTime: Date.now(),
      protocol: "HTTP/1.1",
      status,
      flags: status === 408 ? [] : ["DPE"],
      bytesReceived: 0,
      bytesSent,
      durationMs: 0,
    });
  }
}
