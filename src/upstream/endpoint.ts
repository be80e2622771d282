/**
 * One place to send requests to, with the connections to it.
 *
 * @module
 */

import type { UpstreamTlsConfig } from "../config/model.ts";
import { ConnError } from "../errors.ts";
import { type Conn, showAddress, type SocketAddress } from "../runtime/mod.ts";
import { type Deadline, Http1ClientSession, type TimerWheel } from "../session/mod.ts";
import { type CircuitBreakers, overflow } from "./circuit_breakers.ts";
import type { ClusterStats } from "./cluster_stats.ts";
import { Dialer, type DialOptions, type EndpointPlace, type Ends } from "./dialer.ts";
import { waitFor, WaitingLine, type WaitOptions } from "./waiting_line.ts";

/** How often those who wait look whether another endpoint, or another worker, has made room. */
const ROOM_LOOK_MS = 100;

/** What an endpoint needs of its cluster. */
export interface EndpointOptions extends DialOptions {
  readonly wheel: TimerWheel;
  readonly stats: ClusterStats;
  readonly breakers: CircuitBreakers;
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
  /** Requests that wait for a connection. */
  rqPending = 0;
  /** Requests without a whole response. */
  rqError = 0;
  /** Requests with a whole response. */
  rqSuccess = 0;
  /** Requests that took too long. */
  rqTimeout = 0;
  /** Requests that were sent. */
  rqTotal = 0;
  readonly #options: EndpointOptions;
  readonly #dialer: Dialer;
  /** The last one parked is the first one used, so that the others can grow old. */
  readonly #idle: Http1ClientSession[] = [];
  /** All connections: a set of the busy ones would change with each request. */
  readonly #open = new Set<Http1ClientSession>();
  /** Requests for which there was no connection. */
  readonly #waiting = new WaitingLine<Http1ClientSession | null>();
  /** Set while somebody waits. */
  readonly #look: Deadline;
  #connecting = 0;
  /** Whose connections they are, where an endpoint is told; null where it isn't. */
  readonly #owners: WeakMap<Http1ClientSession, string> | null;
  #retired = false;

  /** Dials nothing yet. */
  constructor(place: EndpointPlace, options: EndpointOptions) {
    this.place = place;
    this.#options = options;
    this.#dialer = new Dialer(place, options);
    this.#look = options.wheel.deadline(() => this.#useRoom());
    this.#owners = options.proxyProtocol === null ? null : new WeakMap();
  }

  /** Its share of the traffic. */
  get weight(): number {
    return this.place.weight;
  }

  /** The address that is used now. */
  get address(): SocketAddress {
    return this.#dialer.address;
  }

  /**
   * An idle connection for one request, or null. The request must begin at once: in the meantime the
   * upstream could end the connection, or say something that would pass for the answer.
   */
  takeIdle(ends: Ends | null = null): Http1ClientSession | null {
    const session = ends === null || this.#owners === null
      ? this.#idle.pop()
      : this.#takeIdleOf(ownerOf(ends));
    return session ?? null;
  }

  /**
   * Another connection for one request: a new one, or when the cluster has as many as it may, the
   * first that comes free here; at least one for each endpoint is always made. Whoever waits
   * can give up through what `onWait` is handed, again for each thing that is waited for. The request
   * must begin at once. Fails with a ConnError, or a ProxyError `overflow`, `pending_timeout` (none
   * came free), `route_timeout` (none was made) or `gave_up`.
   */
  async open(wait: WaitOptions = {}, ends: Ends | null = null): Promise<Http1ClientSession> {
    const { stats, breakers } = this.#options;
    if (!breakers.pending.tryTake()) {
      stats.rqPendingOverflow.inc();
      throw overflow("pending requests", breakers.pending.max);
    }
    stats.rqPendingTotal.inc();
    stats.rqPendingActive.inc();
    this.rqPending++;
    const { wheel } = this.#options;
    const { timeoutMs = 0, onWait } = wait;
    const began = wheel.now();
    try {
      this.#useRoom();
      if (this.#waiting.length > 0 || !this.#takePlace()) {
        this.#look.set(ROOM_LOOK_MS);
        stats.cxOverflow.inc();
        const idle = await this.#waiting.wait(wait, wheel);
        if (idle !== null) return idle;
      }
      const left = timeoutMs === 0 ? 0 : Math.max(1, timeoutMs - (wheel.now() - began));
      const onLate = (conn: Conn) => this.#unwanted(conn);
      const conn = await waitFor(this.#connect(ends), { timeoutMs: left, onWait }, {
        wheel,
        onLate,
      });
      const session = new Http1ClientSession(conn, wheel);
      if (ends !== null) this.#owners?.set(session, ownerOf(ends));
      this.#open.add(session);
      return session;
    } finally {
      breakers.pending.release();
      stats.rqPendingActive.dec();
      this.rqPending--;
    }
  }

  /** Gives a connection back: it idles when it can be used again, else it is closed. */
  release(session: Http1ClientSession): void {
    // Who waits is another client, for whom this connection wasn't made.
    const isOthers = this.#owners !== null && this.#waiting.length > 0;
    if (!session.reusable || this.#retired || isOthers) return this.#close(session);
    this.#idle.push(session);
    session.park(() => {
      const at = this.#idle.indexOf(session);
      // Closed by us already, when it was retired.
      if (at < 0) return;
      this.#idle.splice(at, 1);
      this.#close(session);
    });
    if (this.#waiting.length > 0) this.#waiting.admit(this.takeIdle());
  }

  /**
   * A new connection that belongs to the caller, who tells `closed` when it is gone. Fails with a
   * ConnError, or a ProxyError `overflow`.
   */
  async connect(ends: Ends | null = null): Promise<Conn> {
    const { stats, breakers: { connections } } = this.#options;
    if (!connections.tryTake()) {
      stats.cxOverflow.inc();
      throw overflow("connections", connections.max);
    }
    return await this.#connect(ends);
  }

  /** Makes the connection that the circuit breaker has counted. */
  async #connect(ends: Ends | null): Promise<Conn> {
    const { stats } = this.#options;
    this.#connecting++;
    try {
      const conn = await this.#dialer.dial(ends).finally(() => this.#connecting--);
      this.cxTotal++;
      this.cxActive++;
      stats.cxTotal.inc();
      stats.cxActive.inc();
      if (this.#options.tls !== null) stats.sslHandshake.inc();
      return conn;
    } catch (error) {
      this.cxConnectFail++;
      stats.cxConnectFail.inc();
      if (error instanceof ConnError) {
        if (error.code === "timeout") stats.cxConnectTimeout.inc();
        if (error.code === "tls") stats.sslConnectionError.inc();
      }
      this.#freed();
      throw error;
    }
  }

  /** A connection that was made for a request that has left. */
  #unwanted(conn: Conn): void {
    conn.close();
    this.closed({ received: 0, sent: 0 });
  }

  /** Tells that a connection of `connect()` was closed, after so many bytes. */
  closed(bytes: { received: number; sent: number }): void {
    const { stats } = this.#options;
    this.cxActive--;
    stats.cxActive.dec();
    stats.cxDestroy.inc();
    stats.cxRxBytes.add(bytes.received);
    stats.cxTxBytes.add(bytes.sent);
    this.#freed();
  }

  /** Uses other certificates for connections from now on. */
  replaceTls(tls: UpstreamTlsConfig): void {
    this.#dialer.replaceTls(tls);
  }

  /** Closes idle connections now, and busy ones when they are given back. */
  retire(): void {
    this.#retired = true;
    for (const session of this.#idle.splice(0)) this.#close(session);
  }

  /** Closes everything now. */
  close(): void {
    this.retire();
    for (const session of this.#open) session.close();
  }

  /** Takes the place of a connection, if there is room, or none here at all. */
  #takePlace(): boolean {
    const { connections } = this.#options.breakers;
    if (connections.tryTake()) return true;
    if (this.cxActive + this.#connecting > 0) return false;
    connections.take();
    return true;
  }

  /** There is one connection less: who waits longest may make another. */
  #freed(): void {
    this.#options.breakers.connections.release();
    if (this.#waiting.length > 0 && this.#takePlace()) this.#waiting.admit(null);
  }

  /** As many of those who wait make a connection as there is room for. */
  #useRoom(): void {
    const { connections } = this.#options.breakers;
    while (this.#waiting.length > 0 && connections.tryTake()) this.#waiting.admit(null);
    if (this.#waiting.length > 0) this.#look.set(ROOM_LOOK_MS);
  }

  #close(session: Http1ClientSession): void {
    this.#open.delete(session);
    session.close();
    this.closed({ received: session.reader.bytes, sent: session.writer.bytes });
  }

  /** A connection that was made for a client says so for as long as it is open. */
  #takeIdleOf(owner: string): Http1ClientSession | undefined {
    const at = this.#idle.findLastIndex((session) => this.#owners!.get(session) === owner);
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0];
  }
}

function ownerOf({ source, destination }: Ends): string {
  return `${showAddress(source)} ${showAddress(destination)}`;
}
