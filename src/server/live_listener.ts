/**
 * A bound port with the connections that came in through it.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { messageOf } from "../errors.ts";
import type { Stats } from "../observe/mod.ts";
import type { FilterSession } from "../proxy/mod.ts";
import {
  type AcceptedConn,
  type Conn,
  type Listener,
  showAddress,
  type SocketAddress,
} from "../runtime/mod.ts";
import { Episode } from "./episode.ts";
import { type Begun, Greeter, type GreeterOptions } from "./greeter.ts";
import { ownEnds } from "./greeting.ts";
import { ListenerStats } from "./listener_stats.ts";
import type { LiveChain } from "./live_chain.ts";

/** How long accepting rests when the process has run out of something, descriptors say. */
const ACCEPT_PAUSE_MS = 100;

/** What a live listener works with. */
export interface LiveListenerOptions extends Omit<GreeterOptions, "stats"> {
  readonly stats: Stats;
}

/** Accepts connections and hands them to the filter, until it is told to stop. */
export class LiveListener {
  readonly config: ListenerConfig;
  readonly #listener: Listener | Listener<AcceptedConn>;
  readonly #options: LiveListenerOptions;
  readonly #stats: ListenerStats;
  readonly #greeter: Greeter;
  readonly #sessions = new Set<FilterSession>();
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
    this.#stats = new ListenerStats(options.stats, showAddress(listener.address));
    this.#greeter = new Greeter(config, { ...options, stats: this.#stats });
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
    return this.#greeter.all;
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
    this.#greeter.stop();
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
      const begun = this.#greeter.looksFirst
        ? await this.#greeter.greet(conn as AcceptedConn)
        : this.#greeter.takePlain(conn);
      if (begun === null) return;
      // Without a pause from here on: a stop closes the sessions that it finds.
      session = this.#begin(conn, begun);
      if (session === null) return conn.close();
      this.#sessions.add(session);
      await session.run();
    } catch (error) {
      // Nothing that a peer sends may end the process: this is a mistake of ours.
      this.#options.log.error("internal error", {
        ...this.#greeter.who(ownEnds(conn)),
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
  #begin(conn: Conn, { chain: { filter }, isPlain, ...origin }: Begun): FilterSession | null {
    if (this.#stopped) return null;
    if (!isPlain) return filter.open(conn, origin);
    this.#stats.notTls.inc();
    this.#options.log.info("plain HTTP on a TLS port", {
      ...this.#greeter.who(origin),
      code: "plain_http_on_tls_port",
    });
    return filter.openPlain!(conn);
  }
}
