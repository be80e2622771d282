/**
 * One place to send requests to, with the connections to it.
 *
 * @module
 */

import type { UpstreamTlsConfig } from "../config/model.ts";
import { ConnError } from "../errors.ts";
import type { Conn, ConnectTls, Network, SocketAddress } from "../runtime/mod.ts";
import { Http1ClientSession, type TimerWheel } from "../session/mod.ts";
import type { ClusterStats } from "./cluster_stats.ts";

/** What an endpoint needs of its cluster. */
export interface EndpointOptions {
  readonly network: Network;
  readonly wheel: TimerWheel;
  readonly stats: ClusterStats;
  readonly connectTimeoutMs: number;
  readonly tls: UpstreamTlsConfig | null;
}

/** Where an endpoint is and how much of the traffic it takes. */
export interface EndpointPlace {
  /** Tried in turn, beginning with the one that worked last; at least one. */
  readonly addresses: readonly SocketAddress[];
  /** The name they were resolved from; empty for an address. */
  readonly hostname: string;
  /** 1 or more. */
  readonly weight: number;
}

/** An endpoint and its pool. The counters are for the admin's `/clusters`. */
export class Endpoint {
  /** Where it is. */
  readonly place: EndpointPlace;
  /** Connections that are open. */
  cxActive = 0;
  /** Connections that could not be made. */
  cxConnectFail = 0;
  /** Connections that were made. */
  cxTotal = 0;
  /** Requests that wait for the end of their response. */
  rqActive = 0;
  /** Requests without a whole response. */
  rqError = 0;
  /** Requests with a whole response. */
  rqSuccess = 0;
  /** Requests that took too long. */
  rqTimeout = 0;
  /** Requests that were sent. */
  rqTotal = 0;
  readonly #options: EndpointOptions;
  readonly #tls: ConnectTls | null;
  /** The last one parked is the first one used, so that the others can grow old. */
  readonly #idle: Http1ClientSession[] = [];
  readonly #busy = new Set<Http1ClientSession>();
  #preferred = 0;
  #retired = false;

  /** Dials nothing yet. */
  constructor(place: EndpointPlace, options: EndpointOptions) {
    this.place = place;
    this.#options = options;
    this.#tls = options.tls === null ? null : connectTls(options.tls, place);
  }

  /** Its share of the traffic. */
  get weight(): number {
    return this.place.weight;
  }

  /** The address that is used now. */
  get address(): SocketAddress {
    return this.place.addresses[this.#preferred];
  }

  /**
   * An idle connection for one request, or null. The request must begin at once: in the meantime the
   * upstream could end the connection, or say something that would pass for the answer.
   */
  takeIdle(): Http1ClientSession | null {
    const session = this.#idle.pop();
    if (session === undefined) return null;
    this.#busy.add(session);
    return session;
  }

  /** A new connection for one request. Fails with a ConnError. */
  async open(): Promise<Http1ClientSession> {
    const session = new Http1ClientSession(await this.connect(), this.#options.wheel);
    this.#busy.add(session);
    return session;
  }

  /** Gives a connection back: it idles when it can be used again, else it is closed. */
  release(session: Http1ClientSession): void {
    this.#busy.delete(session);
    if (!session.reusable || this.#retired) return this.#close(session);
    this.#idle.push(session);
    session.park(() => {
      const at = this.#idle.indexOf(session);
      // Closed by us already, when it was retired.
      if (at < 0) return;
      this.#idle.splice(at, 1);
      this.#close(session);
    });
  }

  /** A new connection that belongs to the caller, who tells `closed` when it is gone. */
  async connect(): Promise<Conn> {
    const { stats } = this.#options;
    try {
      const conn = await this.#dial();
      this.cxTotal++;
      this.cxActive++;
      stats.cxTotal.inc();
      stats.cxActive.inc();
      if (this.#tls !== null) stats.sslHandshake.inc();
      return conn;
    } catch (error) {
      this.cxConnectFail++;
      stats.cxConnectFail.inc();
      if (error instanceof ConnError) {
        if (error.code === "timeout") stats.cxConnectTimeout.inc();
        if (error.code === "tls") stats.sslConnectionError.inc();
      }
      throw error;
    }
  }

  /** Tells that a connection of `connect()` was closed, after so many bytes. */
  closed(bytes: { received: number; sent: number }): void {
    const { stats } = this.#options;
    this.cxActive--;
    stats.cxActive.dec();
    stats.cxDestroy.inc();
    stats.cxRxBytes.add(bytes.received);
    stats.cxTxBytes.add(bytes.sent);
  }

  /** Closes idle connections now, and busy ones when they are given back. */
  retire(): void {
    this.#retired = true;
    for (const session of this.#idle.splice(0)) this.#close(session);
  }

  /** Closes everything now. */
  close(): void {
    this.retire();
    for (const session of this.#busy) session.close();
  }

  #close(session: Http1ClientSession): void {
    session.close();
    this.closed({ received: session.reader.bytes, sent: session.writer.bytes });
  }

  /** Several addresses stand for one server (the loopback families): whichever listens will do. */
  async #dial(): Promise<Conn> {
    const { network, connectTimeoutMs } = this.#options;
    const { addresses } = this.place;
    for (let turn = 0;; turn++) {
      const at = (this.#preferred + turn) % addresses.length;
      try {
        const conn = await network.connect(addresses[at], {
          timeoutMs: connectTimeoutMs,
          tls: this.#tls,
        });
        this.#preferred = at;
        return conn;
      } catch (error) {
        const elsewhere = error instanceof ConnError &&
          (error.code === "refused" || error.code === "unreachable" ||
            error.code === "address_not_available");
        if (!elsewhere || turn + 1 >= addresses.length) throw error;
      }
    }
  }
}

function connectTls(tls: UpstreamTlsConfig, place: EndpointPlace): ConnectTls {
  // Addresses are dialled, so the name that was meant must be told for the check.
  const meant = tls.serverName === null && place.hostname !== "" ? place.hostname : null;
  return {
    serverName: tls.serverName,
    verifyName: tls.verifyName ?? meant,
    verify: tls.verify,
    ca: tls.ca?.pem ?? null,
    alpn: tls.alpn,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
  };
}
