/**
 * A bound port with the connections that came in through it.
 *
 * @module
 */

import type { ListenerConfig, RouteConfig } from "../config/model.ts";
import { messageOf } from "../errors.ts";
import type { Stats, Tally } from "../observe/mod.ts";
import type { FilterSession } from "../proxy/mod.ts";
import {
  type AcceptedConn,
  type Conn,
  type Listener,
  showAddress,
  type SocketAddress,
} from "../runtime/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import { Episode } from "./episode.ts";
import { type Begun, Greeter, type GreeterOptions } from "./greeter.ts";
import { ownEnds } from "./greeting.ts";
import { ListenerStats } from "./listener_stats.ts";
import type { Chain } from "./live_chain.ts";
import { asksTheSame, keyOfChain } from "./same.ts";

/** How long accepting rests when the process has run out of something, descriptors say. */
const ACCEPT_PAUSE_MS = 100;

/** What a live listener works with. */
export interface LiveListenerOptions extends Omit<GreeterOptions, "stats"> {
  readonly stats: Stats;
  /** Connections that are open, over all who share the port; held against `maxConnections`. */
  readonly connections: Tally;
}

/** What a reload has taken away, of which something may still be in use. */
export interface Retired {
  readonly chains: ReadonlySet<Chain>;
  readonly routes: ReadonlySet<RouteConfig>;
  readonly clusters: ReadonlySet<Cluster>;
}

/** Accepts connections and hands them to the filter, until it is told to stop. */
export class LiveListener {
  #config: ListenerConfig;
  readonly #listener: Listener | Listener<AcceptedConn>;
  readonly #options: LiveListenerOptions;
  readonly #stats: ListenerStats;
  #greeter: Greeter;
  /** Those of earlier configurations that may still be greeting. */
  readonly #formerGreeters = new Set<Greeter>();
  readonly #sessions = new Map<FilterSession, Chain>();
  /** More connections than `maxConnections`. */
  readonly #overflow: Episode;
  /** Too few descriptors. */
  readonly #shortage: Episode;
  #idle: (() => void) | null = null;
  #draining = false;
  #stopped = false;

  /**
   * Takes over a bound port, an inspecting one when `looksFirst` says so; accepts from `start()` on.
   */
  constructor(
    config: ListenerConfig,
    listener: Listener | Listener<AcceptedConn>,
    options: LiveListenerOptions,
  ) {
    this.#config = config;
    this.#listener = listener;
    this.#options = options;
    this.#stats = new ListenerStats(options.stats, showAddress(listener.address));
    this.#greeter = new Greeter(config, { ...options, stats: this.#stats });
    const { log, wheel } = options;
    this.#overflow = new Episode(wheel, (closed) => {
      log.info("no connection too many any more", { listener: this.#config.name, closed });
    });
    this.#shortage = new Episode(wheel, (failures) => {
      log.info("can accept again", { listener: this.#config.name, failures });
    });
  }

  /** As configured now. */
  get config(): ListenerConfig {
    return this.#config;
  }

  /** All of its chains. */
  get chains(): readonly Chain[] {
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

  /**
   * Goes on with another configuration for the same socket. Connections of chains that are among the
   * new ones live on; the others are drained.
   */
  update(
    config: ListenerConfig,
    chains: Pick<GreeterOptions, "chains" | "fallback" | "sharesRoutes">,
  ) {
    this.#formerGreeters.add(this.#greeter);
    this.#config = config;
    this.#greeter = new Greeter(config, { ...this.#options, ...chains, stats: this.#stats });
    for (const [session, chain] of this.#sessions) {
      if (!this.chains.includes(chain)) session.drain();
    }
  }

  /** Ends what still uses something that was taken away; its time is over. Gives how many they were. */
  cut(retired: Retired): number {
    let count = 0;
    for (const [session, chain] of this.#sessions) {
      if (!this.#isStale(session, chain, retired)) continue;
      session.close();
      count++;
    }
    for (const greeter of this.#formerGreeters) greeter.stop();
    this.#formerGreeters.clear();
    return count;
  }

  /** Lets every connection end behind its next response, those that come from now on included. */
  closeAfterResponse(): void {
    this.#draining = true;
    for (const session of this.#sessions.keys()) session.drain();
  }

  /** Lets connections that come from now on live as long as they like again. */
  keepAlive(): void {
    this.#draining = false;
  }

  /** Stops accepting and lets what runs finish; resolves when nothing runs any more. */
  async drain(): Promise<void> {
    this.#stop();
    this.closeAfterResponse();
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#idle = resolve);
  }

  /** Ends every connection at once, and gives how many there were. */
  close(): number {
    this.#stop();
    for (const session of this.#sessions.keys()) session.close();
    return this.#sessions.size;
  }

  #stop(): void {
    this.#stopped = true;
    this.#listener.close();
    this.#greeter.stop();
    for (const greeter of this.#formerGreeters) greeter.stop();
    this.#overflow[Symbol.dispose]();
    this.#shortage[Symbol.dispose]();
  }

  /**
   * A chain that was taken away takes its connections along, but for one whose route is as it was,
   * under a chain that asks the same of it: a WebSocket that nobody has meant.
   */
  #isStale({ uses }: FilterSession, chain: Chain, retired: Retired): boolean {
    if (uses !== null && retired.clusters.has(uses.cluster)) return true;
    if (uses !== null && uses.route !== null && retired.routes.has(uses.route)) return true;
    if (!retired.chains.has(chain)) return false;
    if (uses === null || uses.route === null) return true;
    const key = keyOfChain(chain.config);
    const heir = this.chains.find(({ config }) => keyOfChain(config) === key);
    return heir === undefined || !asksTheSame(heir.config, chain.config);
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
            listener: this.#config.name,
            cause: messageOf(error),
          });
        }
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #isFull(): boolean {
    const { maxConnections } = this.#config;
    return maxConnections > 0 && this.#options.connections.active >= maxConnections;
  }

  /** Envoy counts such a connection here only, too. */
  #turnAway(conn: Conn): void {
    this.#stats.cxOverflow.inc();
    if (this.#overflow.begins()) {
      const { name, maxConnections } = this.#config;
      this.#options.log.warning("too many connections, closing every further one", {
        listener: name,
        limit: maxConnections,
      });
    }
    conn.close();
  }

  async #serve(conn: Conn): Promise<void> {
    const stats = this.#stats;
    const greeter = this.#greeter;
    this.#options.connections.take();
    stats.cxTotal.inc();
    stats.cxActive.inc();
    let session: FilterSession | null = null;
    try {
      const begun = greeter.looksFirst
        ? await greeter.greet(conn as AcceptedConn)
        : greeter.takePlain(conn);
      if (begun === null) return;
      // Without a pause from here on: a stop closes the sessions that it finds.
      session = this.#begin(conn, begun);
      if (session === null) return conn.close();
      this.#sessions.set(session, begun.chain);
      if (this.#draining || !this.chains.includes(begun.chain)) session.drain();
      await session.run();
    } catch (error) {
      // Nothing that a peer sends may end the process: this is a mistake of ours.
      this.#options.log.error("internal error", {
        ...greeter.who(ownEnds(conn)),
        cause: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      conn.close();
    } finally {
      if (session !== null) this.#sessions.delete(session);
      this.#options.connections.release();
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
