/**
 * A bound port with the connections that came in through it.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { ConnError, messageOf, PemError, ProtocolError } from "../errors.ts";
import type { Log, LogFields, Stats } from "../observe/mod.ts";
import type { FilterSession, Origin } from "../proxy/mod.ts";
import {
  type AcceptedConn,
  type Conn,
  type Listener,
  type ServerTls,
  showAddress,
  type SocketAddress,
  type TlsInfo,
} from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import type { ClientHello } from "../tls/client_hello.ts";
import { readPeerCertificate } from "../tls/peer_certificate.ts";
import { verifyClientNames } from "../tls/san_match.ts";
import type { Ends } from "../upstream/mod.ts";
import { AddressSet } from "./address_set.ts";
import { Episode } from "./episode.ts";
import { FilterChainTable } from "./filter_chain_table.ts";
import { looksFirst, ownEnds, readBeginning, readEnds } from "./greeting.ts";
import { ListenerStats } from "./listener_stats.ts";
import type { LiveChain } from "./live_chain.ts";
import type { TlsTerminator } from "./tls_terminator.ts";

/** A client that hasn't finished its handshake by then is cut off. */
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** How long accepting rests when the process has run out of something, descriptors say. */
const ACCEPT_PAUSE_MS = 100;

/** What a live listener works with. */
export interface LiveListenerOptions {
  /** In the order of the configuration. */
  readonly chains: readonly LiveChain[];
  /** Takes what no chain matches. */
  readonly fallback: LiveChain | null;
  /** Whether a request may be for any of the chains, whichever took its connection. */
  readonly sharesRoutes: boolean;
  readonly wheel: TimerWheel;
  readonly stats: Stats;
  readonly log: Log;
}

/** A connection that a chain takes. */
interface Begun extends Origin {
  readonly chain: LiveChain;
  /** Plain HTTP came where TLS was expected. */
  readonly isPlain: boolean;
}

/** Accepts connections and hands them to the filter, until it is told to stop. */
export class LiveListener {
  readonly config: ListenerConfig;
  readonly #listener: Listener | Listener<AcceptedConn>;
  readonly #options: LiveListenerOptions;
  readonly #stats: ListenerStats;
  readonly #looksFirst: boolean;
  /** Whether anybody wants to know what a client says first. */
  readonly #readsHello: boolean;
  readonly #trusted: AddressSet | null;
  readonly #chains: FilterChainTable<LiveChain>;
  readonly #sessions = new Set<FilterSession>();
  /** Connections whose handshake is under way. */
  readonly #greeting = new Set<Conn>();
  /** More connections than `maxConnections`. */
  readonly #overflow: Episode;
  /** Too few descriptors. */
  readonly #shortage: Episode;
  /** Connections that are open. */
  #open = 0;
  #idle: (() => void) | null = null;
  #stopped = false;

  /**
   * Takes over a bound port, an inspecting one when `looksFirst` says so; accepts from `start()` on.
   */
  constructor(
    config: ListenerConfig,
    listener: Listener | Listener<AcceptedConn>,
    options: LiveListenerOptions,
  ) {
    this.config = config;
    this.#listener = listener;
    this.#options = options;
    const { chains, fallback } = options;
    this.#looksFirst = looksFirst(config);
    this.#readsHello = config.inspectTls || [...chains, fallback].some((chain) => chain?.tls);
    this.#trusted = config.proxyProtocol && new AddressSet(config.proxyProtocol.trusted);
    this.#chains = new FilterChainTable(
      chains.map((value) => ({ match: value.config.match, value })),
      fallback,
    );
    this.#stats = new ListenerStats(options.stats, showAddress(listener.address));
    const { log, wheel } = options;
    const { name } = config;
    this.#overflow = new Episode(wheel, (closed) => {
      log.info("no connection too many any more", { listener: name, closed });
    });
    this.#shortage = new Episode(wheel, (failures) => {
      log.info("can accept again", { listener: name, failures });
    });
  }

  /** All of its chains. */
  get chains(): readonly LiveChain[] {
    const { chains, fallback } = this.#options;
    return fallback === null ? chains : [...chains, fallback];
  }

  /** Where it is bound. */
  get address(): SocketAddress {
    return this.#listener.address;
  }

  /** Accepts until it is stopped. */
  start(): void {
    void this.#acceptAll();
  }

  /** Stops accepting and lets what runs finish; resolves when nothing runs any more. */
  async drain(): Promise<void> {
    this.#stop();
    for (const session of this.#sessions) session.drain();
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#idle = resolve);
  }

  /** Ends every connection at once. */
  close(): void {
    this.#stop();
    for (const session of this.#sessions) session.close();
  }

  #stop(): void {
    this.#stopped = true;
    this.#listener.close();
    for (const conn of this.#greeting) conn.close();
    this.#overflow[Symbol.dispose]();
    this.#shortage[Symbol.dispose]();
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      try {
        const conn = await this.#listener.accept();
        if (conn === null) return;
        if (this.#isFull()) this.#turnAway(conn);
        else void this.#serve(conn);
      } catch (error) {
        if (this.#stopped) return;
        this.#stats.acceptFailed.inc();
        if (this.#shortage.begins()) {
          this.#options.log.error("cannot accept, will try again", {
            listener: this.config.name,
            cause: messageOf(error),
          });
        }
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #isFull(): boolean {
    const { maxConnections } = this.config;
    return maxConnections > 0 && this.#open >= maxConnections;
  }

  /** Envoy counts such a connection here only, too. */
  #turnAway(conn: Conn): void {
    this.#stats.cxOverflow.inc();
    if (this.#overflow.begins()) {
      const { name, maxConnections } = this.config;
      this.#options.log.warning("too many connections, closing every further one", {
        listener: name,
        limit: maxConnections,
      });
    }
    conn.close();
  }

  async #serve(conn: Conn): Promise<void> {
    const stats = this.#stats;
    this.#open++;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    let session: FilterSession | null = null;
    try {
      const begun = this.#looksFirst
        ? await this.#greet(conn as AcceptedConn)
        : this.#beginPlain(conn);
      if (begun === null) return;
      // Without a pause from here on: a stop closes the sessions that it finds.
      session = this.#begin(conn, begun);
      if (session === null) return conn.close();
      this.#sessions.add(session);
      await session.run();
    } catch (error) {
      // Nothing that a peer sends may end the process: this is a mistake of ours.
      this.#options.log.error("internal error", {
        ...this.#who(ownEnds(conn)),
        cause: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      conn.close();
    } finally {
      if (session !== null) this.#sessions.delete(session);
      this.#open--;
      stats.cxActive.dec();
      stats.cxDestroy.inc();
      if (this.#sessions.size === 0) this.#idle?.();
    }
  }

  /** Nothing is known of the connection, and nothing has to be. */
  #beginPlain(conn: Conn): Begun | null {
    const chain = this.#choose(null);
    if (chain !== null) return { chain, tls: null, isPlain: false, ...ownEnds(conn) };
    this.#unmatched(ownEnds(conn), null);
    conn.close();
    return null;
  }

  /** Hands the connection over; null when nobody takes it. */
  #begin(conn: Conn, { chain: { filter }, isPlain, ...origin }: Begun): FilterSession | null {
    if (this.#stopped) return null;
    if (!isPlain) return filter.open(conn, origin);
    this.#stats.notTls.inc();
    this.#options.log.info("plain HTTP on a TLS port", {
      ...this.#who(origin),
      code: "plain_http_on_tls_port",
    });
    return filter.openPlain!(conn);
  }

  /**
   * Reads what stands at a connection's beginning, finds the chain that takes it, and finishes the
   * TLS handshake; null when that failed, which is counted and logged.
   */
  async #greet(conn: AcceptedConn): Promise<Begun | null> {
    let late = false;
    const deadline = this.#options.wheel.deadline(() => {
      late = true;
      conn.close();
    });
    deadline.set(HANDSHAKE_TIMEOUT_MS);
    this.#greeting.add(conn);
    let ends = ownEnds(conn);
    try {
      if (this.#trusted !== null) ends = await readEnds(conn, this.#trusted);
      const begins = this.#readsHello ? await readBeginning(conn) : "other";
      const hello = typeof begins === "string" ? null : begins;
      const chain = this.#choose(hello);
      if (chain === null) this.#unmatched(ends, hello);
      else if (chain.tls === null) return { chain, ...ends, tls: null, isPlain: false };
      else if (hello !== null) {
        const shown = chain.tls.choose(hello);
        const tls = await this.#secure(conn, ends, { terminator: chain.tls, shown: shown.tls });
        const isMisdirected = this.#guard(chain, hello);
        const { uris: ownUris } = shown;
        if (tls !== null) return { chain, ...ends, tls, ownUris, isMisdirected, isPlain: false };
      } else if (begins === "http" && chain.filter.openPlain !== undefined) {
        return { chain, ...ends, tls: null, isPlain: true };
      } else this.#notTls(ends, begins === "http" ? " but plain HTTP" : "");
    } catch (error) {
      this.#failed(ends, error, late);
    } finally {
      this.#greeting.delete(conn);
      deadline[Symbol.dispose]();
    }
    conn.close();
    return null;
  }

  /**
   * See `Origin.isMisdirected`. The native form's chains share their routes; in Envoy's form, each has
   * its own and serves what it says.
   */
  #guard(chain: LiveChain, { alpn }: ClientHello): Origin["isMisdirected"] {
    if (!this.#options.sharesRoutes || !this.chains.some(asksForCertificate)) return undefined;
    return (host) => {
      const other = this.#chains.match({ serverName: host, isTls: true, alpn });
      return other !== null && other !== chain && asksForCertificate(other);
    };
  }

  /** Envoy: without its `tls_inspector`, nothing is known of the client. */
  #choose(hello: ClientHello | null): LiveChain | null {
    const { serverName = null, alpn = [] } = this.config.inspectTls && hello || {};
    return this.#chains.match({
      serverName,
      alpn,
      isTls: this.config.inspectTls && hello !== null,
    });
  }

  #unmatched(ends: Ends, hello: ClientHello | null): void {
    this.#stats.noFilterChainMatch.inc();
    this.#options.log.info("no filter chain takes the connection", {
      ...this.#who(ends),
      code: "no_filter_chain",
      serverName: hello?.serverName ?? null,
    });
  }

  /** Null when the client's certificate is for none of the names that are wanted. */
  async #secure(
    conn: AcceptedConn,
    ends: Ends,
    { terminator, shown }: { terminator: TlsTerminator; shown: ServerTls },
  ): Promise<TlsInfo | null> {
    const info = await conn.startTls(shown);
    this.#stats.handshake(info);
    const { clientCertificate } = terminator.config;
    if (clientCertificate === null) return info;
    const [leaf] = info.peerCertificates;
    const names = leaf === undefined ? null : readPeerCertificate(leaf);
    const verdict = verifyClientNames(clientCertificate, names);
    if (verdict === "ok") return info;
    // A missing one ends the handshake itself; this is for a runtime that would let it pass.
    if (verdict === "missing") this.#stats.failVerifyNoCert.inc();
    else this.#stats.failVerifySan.inc();
    this.#options.log.info("client certificate refused", {
      ...this.#who(ends),
      code: verdict === "missing" ? "tls_client_certificate_required" : "tls_wrong_name",
      cause: "Cannot accept the client's certificate: found none that has a name that is wanted",
    });
    return null;
  }

  #notTls(ends: Ends, what: string): void {
    this.#stats.sslConnectionError.inc();
    this.#stats.notTls.inc();
    this.#options.log.info("handshake failed", {
      ...this.#who(ends),
      code: "tls_not_tls",
      cause: `Cannot finish the TLS handshake: the client does not speak TLS${what}`,
    });
  }

  #failed(ends: Ends, error: unknown, late: boolean): void {
    const stats = this.#stats;
    const { log } = this.#options;
    if (error instanceof ProtocolError) {
      stats.listenerFilterError.inc();
      const { code, message } = error;
      return log.info("connection refused", { ...this.#who(ends), code, cause: message });
    }
    if (error instanceof PemError) {
      // The TLS library takes the client's certificate, and nobody here can say whose it is.
      stats.failVerifyError.inc();
      const fields = { code: "tls_other", cause: error.message };
      return log.info("client certificate refused", { ...this.#who(ends), ...fields });
    }
    if (!(error instanceof ConnError)) throw error;
    if (late) stats.handshakeTimeout.inc();
    else stats.handshakeFailed(error);
    // A port scan or a health check that only connects is no news.
    if (error.code !== "tls" && !late) return;
    log.info("handshake failed", {
      ...this.#who(ends),
      code: late ? "handshake_timeout" : `tls_${error.reason ?? "other"}`,
      cause: late ? `not finished within ${HANDSHAKE_TIMEOUT_MS} ms` : error.message,
    });
  }

  /** The client, even where a proxy in front has connected in its place. */
  #who({ source }: Pick<Ends, "source">): LogFields {
    return { listener: this.config.name, peer: showAddress(source) };
  }
}

function asksForCertificate({ tls }: LiveChain): boolean {
  return tls !== null && tls.config.clientCertificate !== null;
}
