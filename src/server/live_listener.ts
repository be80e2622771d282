/**
 * A bound port with the connections that came in through it.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { ConnError, messageOf } from "../errors.ts";
import type { Log, LogFields, Stats } from "../observe/mod.ts";
import type { Filter, FilterSession } from "../proxy/mod.ts";
import {
  type Conn,
  type Listener,
  showAddress,
  type SocketAddress,
  type TlsInfo,
} from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import { Episode } from "./episode.ts";
import { ListenerStats } from "./listener_stats.ts";

/** A client that hasn't finished its handshake by then is cut off. */
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** How long accepting rests when the process has run out of something, descriptors say. */
const ACCEPT_PAUSE_MS = 100;

/** What a live listener works with. */
export interface LiveListenerOptions {
  readonly filter: Filter;
  readonly wheel: TimerWheel;
  readonly stats: Stats;
  readonly log: Log;
}

/** Accepts connections and hands them to the filter, until it is told to stop. */
export class LiveListener {
  readonly config: ListenerConfig;
  readonly #listener: Listener;
  readonly #options: LiveListenerOptions;
  readonly #stats: ListenerStats;
  readonly #isTls: boolean;
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

  /** Takes over a bound port; accepts from `start()` on. */
  constructor(config: ListenerConfig, listener: Listener, options: LiveListenerOptions) {
    this.config = config;
    this.#listener = listener;
    this.#options = options;
    this.#isTls = config.filterChains[0].tls !== null;
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
      const tls = this.#isTls ? await this.#greet(conn) : null;
      if (tls === "failed") return;
      // Without a pause from here on: a stop closes the sessions that it finds.
      session = this.#begin(conn, tls);
      if (session === null) return conn.close();
      this.#sessions.add(session);
      await session.run();
    } catch (error) {
      // Nothing that a peer sends may end the process: this is a mistake of ours.
      this.#options.log.error("internal error", {
        ...this.#who(conn),
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

  /** Hands the connection over; null when nobody takes it. */
  #begin(conn: Conn, tls: TlsInfo | null): FilterSession | null {
    const { filter, log } = this.#options;
    if (this.#stopped) return null;
    if (!this.#isTls || tls !== null) {
      return filter.open(conn, { tls, source: conn.remote, destination: conn.local });
    }
    this.#stats.notTls.inc();
    log.info("plain HTTP on a TLS port", this.#who(conn));
    return filter.openPlain?.(conn) ?? null;
  }

  /**
   * Waits for the TLS handshake; null when plain HTTP came in its place, `failed` when neither did in
   * time, which is counted and logged.
   */
  async #greet(conn: Conn): Promise<TlsInfo | null | "failed"> {
    const stats = this.#stats;
    const { wheel, log } = this.#options;
    let late = false;
    const deadline = wheel.deadline(() => {
      late = true;
      conn.close();
    });
    deadline.set(HANDSHAKE_TIMEOUT_MS);
    this.#greeting.add(conn);
    try {
      const info = await conn.handshake();
      if (info !== null) stats.handshake(info);
      return info;
    } catch (error) {
      if (!(error instanceof ConnError)) throw error;
      if (late) stats.handshakeTimeout.inc();
      else stats.sslConnectionError.inc();
      if (error.reason === "not_tls") stats.notTls.inc();
      // A port scan or a health check that only connects is no news.
      if (error.code === "tls" || late) {
        log.info("handshake failed", {
          ...this.#who(conn),
          cause: late ? `not finished within ${HANDSHAKE_TIMEOUT_MS} ms` : error.message,
        });
      }
      conn.close();
      return "failed";
    } finally {
      this.#greeting.delete(conn);
      deadline[Symbol.dispose]();
    }
  }

  #who(conn: Conn): LogFields {
    return { listener: this.config.name, peer: showAddress(conn.remote) };
  }
}
