/**
 * A bound port with the connections that came in through it.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { messageOf, stackOf } from "../errors.ts";
import type { Stats, Tally } from "../observe/mod.ts";
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
import type { Chain } from "./live_chain.ts";
import type { Parts } from "./parts.ts";

/** How long accepting rests when the process has run out of something, descriptors say. */
const ACCEPT_PAUSE_MS = 100;
/** How long a listener that stops goes on accepting: what the kernel has taken in comes by then. */
const BACKLOG_MS = 20;
/** How long it waits for handshakes that have begun. */
const GREETING_MS = 1_000;

/** What a live listener works with. */
export interface LiveListenerOptions extends Omit<GreeterOptions, "stats"> {
  readonly stats: Stats;
  /** Connections that are open, over all who share the port; held against `maxConnections`. */
  readonly connections: Tally;
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
  /** Connections that are open. */
  #open = 0;
  #draining = false;
  #stopsAccepting = false;
  /** Nobody comes any more. */
  #closed = false;
  readonly #closing = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

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

  /** Who begins with the connections that come now. */
  get greeter(): Greeter {
    return this.#greeter;
  }

  /** Where it is bound. */
  get address(): SocketAddress {
    return this.#listener.address;
  }

  /** Resolves when nobody can connect any more; what runs may take longer. */
  get closed(): Promise<void> {
    return this.#closing.promise;
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
  cut(retired: Parts): number {
    let count = 0;
    for (const [session, chain] of this.#sessions) {
      if (!retired.areUsedBy(session, chain, this.chains)) continue;
      session.close();
      count++;
    }
    for (const greeter of this.#formerGreeters) {
      if (!retired.greeters.has(greeter)) continue;
      greeter.stop();
      this.#formerGreeters.delete(greeter);
    }
    return count;
  }

  /** Takes in what the kernel has taken in, and nobody else; who is there may stay. */
  stopAccepting(): void {
    if (this.#stopsAccepting) return;
    this.#stopsAccepting = true;
    this.#timers.add(setTimeout(() => this.#closePort(), BACKLOG_MS));
  }

  /**
   * Stops accepting and lets what runs finish; resolves when nothing runs any more. Connections that
   * the kernel has taken in, or that are being greeted, get their one answer, too.
   */
  async drain(): Promise<void> {
    if (!this.#draining) {
      this.#draining = true;
      for (const session of this.#sessions.keys()) session.drain();
      this.stopAccepting();
      this.#timers.add(setTimeout(() => this.#stopGreeting(), GREETING_MS));
    }
    await this.#ended.promise;
  }

  /** Ends every connection at once, and gives how many there were. */
  close(): number {
    const count = this.#open;
    this.#draining = true;
    this.#stopGreeting();
    for (const session of this.#sessions.keys()) session.close();
    this.#closePort();
    return count;
  }

  #closePort(): void {
    this.#closed = true;
    this.#listener.close();
    this.#closing.resolve();
    this.#endWhenEmpty();
  }

  #stopGreeting(): void {
    this.#greeter.stop();
    for (const greeter of this.#formerGreeters) greeter.stop();
  }

  #endWhenEmpty(): void {
    if (!this.#closed || this.#open > 0) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#overflow[Symbol.dispose]();
    this.#shortage[Symbol.dispose]();
    this.#ended.resolve();
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      try {
        const conn = await this.#listener.accept();
        if (conn === null) return;
        const { maxConnections } = this.#config;
        if (!this.#options.connections.tryTake(maxConnections || Infinity)) this.#turnAway(conn);
        else void this.#serve(conn);
      } catch (error) {
        if (this.#closed) return;
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

  /** The connection was counted. */
  async #serve(conn: Conn): Promise<void> {
    const stats = this.#stats;
    const greeter = this.#greeter;
    this.#open++;
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
      this.#sessions.set(session, begun.chain);
      if (this.#draining || !this.#isCurrent(begun.chain, greeter)) session.drain();
      await session.run();
    } catch (error) {
      // Nothing that a peer sends may end the process: this is a mistake of ours.
      this.#options.log.error("internal error", {
        ...greeter.who(ownEnds(conn)),
        cause: stackOf(error),
      });
      conn.close();
    } finally {
      if (session !== null) this.#sessions.delete(session);
      this.#options.connections.release();
      stats.cxActive.dec();
      stats.cxDestroy.inc();
      this.#open--;
      this.#endWhenEmpty();
    }
  }

  /** Whether a chain that a greeter has chosen serves still. */
  #isCurrent(chain: Chain, by: Greeter): boolean {
    return by === this.#greeter || this.chains.includes(chain);
  }

  #begin(conn: Conn, { chain: { filter }, isPlain, ...origin }: Begun): FilterSession {
    if (!isPlain) return filter.open(conn, origin);
    this.#stats.notTls.inc();
    this.#options.log.info("plain HTTP on a TLS port", {
      ...this.#greeter.who(origin),
      code: "plain_http_on_tls_port",
    });
    return filter.openPlain!(conn);
  }
}
