/**
 * Sees a connection from its first byte to its filter chain, TLS handshake included.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { ConnError, PemError, ProtocolError } from "../errors.ts";
import type { Log, LogFields } from "../observe/mod.ts";
import type { Origin } from "../proxy/mod.ts";
import {
  type AcceptedConn,
  type Conn,
  type ServerTls,
  showAddress,
  type TlsInfo,
} from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import type { ClientHello } from "../tls/client_hello.ts";
import { readPeerCertificate } from "../tls/peer_certificate.ts";
import { verifyClientNames } from "../tls/san_match.ts";
import type { Ends } from "../upstream/mod.ts";
import { AddressSet } from "./address_set.ts";
import { FilterChainTable } from "./filter_chain_table.ts";
import { looksFirst, ownEnds, readBeginning, readEnds } from "./greeting.ts";
import type { ListenerStats } from "./listener_stats.ts";
import type { Chain } from "./live_chain.ts";
import type { TlsTerminator } from "./tls_terminator.ts";

/** A client that hasn't finished its handshake by then is cut off. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** What a greeter works with. */
export interface GreeterOptions {
  /** In the order of the configuration. */
  readonly chains: readonly Chain[];
  /** Takes what no chain matches. */
  readonly fallback: Chain | null;
  /** Whether a request may be for any of the chains, whichever took its connection. */
  readonly sharesRoutes: boolean;
  readonly wheel: TimerWheel;
  readonly stats: ListenerStats;
  readonly log: Log;
}

/** A connection that a chain takes. */
export interface Begun extends Origin {
  readonly chain: Chain;
  /** Plain HTTP came where TLS was expected. */
  readonly isPlain: boolean;
}

/** Greets the connections of one listener. */
export class Greeter {
  /** All chains. */
  readonly all: readonly Chain[];
  /** Whether `greet` is needed; otherwise `takePlain` will do. */
  readonly looksFirst: boolean;
  readonly #config: ListenerConfig;
  readonly #options: GreeterOptions;
  /** Whether a request may belong to a chain that asks for certificates, while another took it. */
  readonly #guardsHosts: boolean;
  /** Whether anybody wants to know what a client says first. */
  readonly #readsHello: boolean;
  readonly #trusted: AddressSet | null;
  readonly #chains: FilterChainTable<Chain>;
  /** Connections that are being greeted. */
  readonly #greeting = new Set<Conn>();

  /** Greets nobody yet. */
  constructor(config: ListenerConfig, options: GreeterOptions) {
    const { chains, fallback, sharesRoutes } = options;
    this.#config = config;
    this.#options = options;
    this.all = fallback === null ? chains : [...chains, fallback];
    this.looksFirst = looksFirst(config);
    this.#readsHello = config.inspectTls || this.all.some(({ tls }) => tls !== null);
    this.#guardsHosts = sharesRoutes && this.all.some(asksForCertificate);
    this.#trusted = config.proxyProtocol && new AddressSet(config.proxyProtocol.trusted);
    this.#chains = new FilterChainTable(
      chains.map((value) => ({ match: value.config.match, value })),
      fallback,
    );
  }

  /** Closes whatever is being greeted. */
  stop(): void {
    for (const conn of this.#greeting) conn.close();
  }

  /**
   * For a connection of which nothing has to be known; null when no chain takes it, and then it is
   * closed, counted and logged.
   */
  takePlain(conn: Conn): Begun | null {
    const chain = this.#choose(null);
    if (chain !== null) return { chain, tls: null, isPlain: false, ...ownEnds(conn) };
    this.#unmatched(ownEnds(conn), null);
    conn.close();
    return null;
  }

  /**
   * Reads what stands at a connection's beginning, finds the chain that takes it, and finishes the
   * TLS handshake; null when that failed, which is counted and logged.
   */
  async greet(conn: AcceptedConn): Promise<Begun | null> {
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
  #guard(chain: Chain, { alpn }: ClientHello): Origin["isMisdirected"] {
    if (!this.#guardsHosts) return undefined;
    return (host) => {
      const other = this.#chains.match({ serverName: host, isTls: true, alpn });
      return other !== null && other !== chain && asksForCertificate(other);
    };
  }

  /** Envoy: without its `tls_inspector`, nothing is known of the client. */
  #choose(hello: ClientHello | null): Chain | null {
    const { serverName = null, alpn = [] } = this.#config.inspectTls && hello || {};
    return this.#chains.match({
      serverName,
      alpn,
      isTls: this.#config.inspectTls && hello !== null,
    });
  }

  #unmatched(ends: Ends, hello: ClientHello | null): void {
    this.#options.stats.noFilterChainMatch.inc();
    this.#options.log.info("no filter chain takes the connection", {
      ...this.who(ends),
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
    this.#options.stats.handshake(info);
    const { clientCertificate } = terminator.config;
    if (clientCertificate === null) return info;
    const [leaf] = info.peerCertificates;
    const names = leaf === undefined ? null : readPeerCertificate(leaf);
    const verdict = verifyClientNames(clientCertificate, names);
    if (verdict === "ok") return info;
    // A missing one ends the handshake itself; this is for a runtime that would let it pass.
    if (verdict === "missing") this.#options.stats.failVerifyNoCert.inc();
    else this.#options.stats.failVerifySan.inc();
    this.#options.log.info("client certificate refused", {
      ...this.who(ends),
      code: verdict === "missing" ? "tls_client_certificate_required" : "tls_wrong_name",
      cause: "Cannot accept the client's certificate: found none that has a name that is wanted",
    });
    return null;
  }

  #notTls(ends: Ends, what: string): void {
    this.#options.stats.sslConnectionError.inc();
    this.#options.stats.notTls.inc();
    this.#options.log.info("handshake failed", {
      ...this.who(ends),
      code: "tls_not_tls",
      cause: `Cannot finish the TLS handshake: the client does not speak TLS${what}`,
    });
  }

  #failed(ends: Ends, error: unknown, late: boolean): void {
    const stats = this.#options.stats;
    const { log } = this.#options;
    if (error instanceof ProtocolError) {
      stats.listenerFilterError.inc();
      const { code, message } = error;
      return log.info("connection refused", { ...this.who(ends), code, cause: message });
    }
    if (error instanceof PemError) {
      // The TLS library takes the client's certificate, and nobody here can say whose it is.
      stats.failVerifyError.inc();
      const fields = { code: "tls_other", cause: error.message };
      return log.info("client certificate refused", { ...this.who(ends), ...fields });
    }
    if (!(error instanceof ConnError)) throw error;
    if (late) stats.handshakeTimeout.inc();
    else stats.handshakeFailed(error);
    // A port scan or a health check that only connects is no news.
    if (error.code !== "tls" && !late) return;
    log.info("handshake failed", {
      ...this.who(ends),
      code: late ? "handshake_timeout" : `tls_${error.reason ?? "other"}`,
      cause: late ? `not finished within ${HANDSHAKE_TIMEOUT_MS} ms` : error.message,
    });
  }

  /** The client, even where a proxy in front has connected in its place. */
  who({ source }: Pick<Ends, "source">): LogFields {
    return { listener: this.#config.name, peer: showAddress(source) };
  }
}

function asksForCertificate({ tls }: Chain): boolean {
  return tls !== null && tls.config.clientCertificate !== null;
}
