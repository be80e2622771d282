/**
 * A bound port with the connections that came in through it.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { ConnError, messageOf } from "../errors.ts";
import type { Log, Stats } from "../observe/mod.ts";
import type { Filter, FilterSession } from "../proxy/mod.ts";
import { type Conn, type Listener, showAddress, type SocketAddress } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
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
  readonly #sessions = new Set<FilterSession>();
  /** Connections whose handshake is under way. */
  readonly #greeting = new Set<Conn>();
  #idle: (() => void) | null = null;
  #stopped = false;

  /** Takes over a bound port; accepts from `start()` on. */
  constructor(config: ListenerConfig, listener: Listener, options: LiveListenerOptions) {
    this.config = config;
    this.#listener = listener;
    this.#options = options;
    this.#stats = new ListenerStats(options.stats, showAddress(listener.address));
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
    this.#stopped = true;
    this.#listener.close();
    for (const conn of this.#greeting) conn.close();
    for (const session of this.#sessions) session.drain();
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#idle = resolve);
  }

  /** Ends every connection at once. */
  close(): void {
    this.#stopped = true;
    this.#listener.close();
    for (const conn of this.#greeting) conn.close();
    for (const session of this.#sessions) session.close();
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      try {
        const conn = await this.#listener.accept();
        if (conn === null) return;
        void this.#serve(conn);
      } catch (error) {
        if (this.#stopped) return;
        this.#stats.acceptFailed.inc();
        this.#options.log.error("cannot accept, will try again", {
          listener: this.config.name,
          cause: messageOf(error),
        });
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  async #serve(conn: Conn): Promise<void> {
    const stats = this.#stats;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    let session: FilterSession | null = null;
    try {
      const tls = this.config.filterChains[0].tls !== null;
      if (tls && !await this.#greet(conn)) return;
      if (this.#stopped) return conn.close();
      session = this.#options.filter.open(conn, { tls });
      this.#sessions.add(session);
      await session.run();
    } catch (error) {
      // Nothing that a peer sends may end the process: this is a mistake of ours.
      this.#options.log.error("internal error", {
        listener: this.config.name,
        peer: showAddress(conn.remote),
        cause: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      conn.close();
    } finally {
      if (session !== null) this.#sessions.delete(session);
      stats.cxActive.dec();
      stats.cxDestroy.inc();
      if (this.#sessions.size === 0) this.#idle?.();
    }
  }

  /** Finishes the TLS handshake in time; false when that failed, which is counted and logged. */
  async #greet(conn: Conn): Promise<boolean> {
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
      return true;
    } catch (error) {
      if (!(error instanceof ConnError)) throw error;
      if (late) stats.handshakeTimeout.inc();
      else stats.sslConnectionError.inc();
      // A port scan or a health check that only connects is no news.
      if (error.code === "tls" || late) {
        log.info("handshake failed", {
          listener: this.config.name,
          peer: showAddress(conn.remote),
          cause: late ? `not finished within ${HANDSHAKE_TIMEOUT_MS} ms` : error.message,
        });
      }
      conn.close();
      return false;
    } finally {
      this.#greeting.delete(conn);
      deadline[Symbol.dispose]();
    }
  }
}
