/**
 * One worker's share of the work: listeners that accept, filters that serve, clusters that are
 * dialled; how they become those of another configuration; and their orderly end.
 *
 * A reload has two steps. `prepare` makes what is new and can fail; `commit` swaps, and can't. What
 * didn't change is not touched: its sockets, its pools, its connections.
 *
 * @module
 */

import type { ClusterConfig, Config, ListenerConfig } from "../config/model.ts";
import type { AccessLog, Log, Stats, Tallies } from "../observe/mod.ts";
import {
  type AcceptedConn,
  isUnixPath,
  type Listener,
  type Network,
  type SocketAddress,
} from "../runtime/mod.ts";
import { TimerWheel } from "../session/mod.ts";
import { Cluster } from "../upstream/mod.ts";
import { describeCluster } from "./cluster_view.ts";
import { looksFirst } from "./greeting.ts";
import type { LiveChain } from "./live_chain.ts";
import { type LiveChains, liveChains } from "./live_chains.ts";
import { LiveListener } from "./live_listener.ts";
import { type Parts, partsOf } from "./parts.ts";
import { isSame, isSameCluster, keyOfListener, tallyOfListener } from "./same.ts";
import { sharedTallies } from "./shared_limits.ts";
import { wantedNumbers } from "./wanted_numbers.ts";
import type { Bound, ClusterState, Preparation, Worker } from "./worker.ts";

/** How long what was cut off has to unwind; a connection that is being dialled may take longer. */
const UNWIND_MS = 500;

/** What a worker works with. */
export interface DataPlaneOptions {
  readonly network: Network;
  readonly stats: Stats;
  readonly tallies: Tallies;
  readonly log: Log;
  readonly accessLog: AccessLog;
  /** Other workers bind the same ports. */
  readonly sharesPorts: boolean;
  /** Whether it binds what can't be shared: unix sockets. */
  readonly isFirst: boolean;
}

type Socket = Listener | Listener<AcceptedConn>;

/** What is new in a configuration, made and not yet in use. */
interface Prepared {
  readonly config: Config;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Those of the clusters that are new. */
  readonly made: readonly Cluster[];
  /** New sockets, by `keyOfListener`. */
  readonly sockets: ReadonlyMap<string, Socket>;
}

/** The live objects of a configuration. */
export class DataPlane implements Worker {
  readonly #options: DataPlaneOptions;
  readonly #wheel = new TimerWheel();
  #config: Config | null = null;
  /** By `keyOfListener`. */
  #listeners = new Map<string, LiveListener>();
  #clusters: ReadonlyMap<string, Cluster> = new Map();
  #prepared: Prepared | null = null;
  /** Listeners that were taken away and still have connections. */
  readonly #leaving = new Set<LiveListener>();
  /** What ends the drain of each commit. */
  readonly #drains = new Set<() => void>();
  #closesAfterResponse = false;
  #stopping: PromiseWithResolvers<void> | null = null;
  #unwinding: number | undefined;

  /** Serves nobody yet. */
  constructor(options: DataPlaneOptions) {
    this.#options = options;
  }

  async prepare({ config, bound, tallies }: Preparation): Promise<Bound> {
    this.#options.tallies.take(tallies);
    const clusters = new Map<string, Cluster>();
    const made: Cluster[] = [];
    const sockets = new Map<string, Socket>();
    this.#prepared = { config, clusters, made, sockets };
    try {
      for (const cluster of config.clusters) {
        const running = this.#clusters.get(cluster.name);
        const isKept = running !== undefined && isSameCluster(running.config, cluster);
        const used = isKept ? running : this.#makeCluster(cluster);
        if (!isKept) made.push(used);
        clusters.set(cluster.name, used);
      }
      for (const listener of config.listeners) {
        if (!this.#isOurs(listener) || this.#hasSocket(listener)) continue;
        const key = keyOfListener(listener);
        sockets.set(key, await this.#bind(listener, bound.get(key) ?? listener.address));
      }
      await Promise.all(made.map((cluster) => cluster.start()));
    } catch (error) {
      await this.abort();
      throw error;
    }
    return new Map(
      config.listeners.filter((listener) => this.#isOurs(listener)).map((listener) => {
        const key = keyOfListener(listener);
        return [key, sockets.get(key)?.address ?? this.#listeners.get(key)!.address];
      }),
    );
  }

  async commit(drainMs: number): Promise<void> {
    const { config, clusters, sockets } = this.#prepared!;
    this.#prepared = null;
    const before = this.#listeners;
    const partsBefore = partsOf(before.values(), this.#clusters.values());
    const isReform = this.#config !== null && this.#config.frontEnd !== config.frontEnd;
    this.#config = config;
    this.#clusters = clusters;
    this.#listeners = new Map();
    for (const listener of config.listeners) {
      if (!this.#isOurs(listener)) continue;
      const key = keyOfListener(listener);
      const socket = sockets.get(key);
      const live = before.get(key);
      const running = isReform ? undefined : live;
      if (socket === undefined) this.#update(live!, listener, running);
      else this.#open(listener, socket, running);
    }
    this.#discourage();
    for (const { name, tls } of config.clusters) {
      if (tls !== null) clusters.get(name)!.replaceTls(tls);
    }
    const current = new Set(this.#listeners.values());
    for (const gone of before.values()) if (!current.has(gone)) this.#leave(gone);
    const retired = partsBefore.without(partsOf(current, clusters.values()));
    for (const cluster of retired.clusters) cluster.retire();
    this.#drainFor(drainMs, retired);
    // Who is told that it is done finds nothing of before any more.
    await Promise.all(Array.from(this.#leaving, ({ closed }) => closed));
  }

  abort(): Promise<void> {
    const { made = [], sockets } = this.#prepared ?? {};
    this.#prepared = null;
    for (const cluster of made) cluster.close();
    for (const socket of sockets?.values() ?? []) socket.close();
    this.#forgetUnused();
    return Promise.resolve();
  }

  describe(): Promise<readonly ClusterState[]> {
    return Promise.resolve(Array.from(this.#clusters.values(), describeCluster));
  }

  closeAfterResponse(on: boolean): Promise<void> {
    this.#closesAfterResponse = on;
    this.#discourage();
    return Promise.resolve();
  }

  stopAccepting(): Promise<void> {
    for (const listener of this.#listeners.values()) listener.stopAccepting();
    return Promise.resolve();
  }

  async stop(graceMs: number): Promise<void> {
    const cut = setTimeout(() => this.#cut(graceMs), graceMs);
    if (this.#stopping === null) {
      this.#stopping = Promise.withResolvers<void>();
      const all = [...this.#listeners.values(), ...this.#leaving];
      void Promise.all(all.map((listener) => listener.drain())).then(() => this.#end());
    }
    await this.#stopping.promise;
    clearTimeout(cut);
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  #isOurs({ address }: ListenerConfig): boolean {
    return this.#options.isFirst || !isUnixPath(address.host);
  }

  /** On a port, a socket whose connections are looked at first is of another kind. */
  #hasSocket(listener: ListenerConfig): boolean {
    const live = this.#listeners.get(keyOfListener(listener));
    if (live === undefined) return false;
    return isUnixPath(listener.address.host) || looksFirst(live.config) === looksFirst(listener);
  }

  async #bind(listener: ListenerConfig, address: SocketAddress): Promise<Socket> {
    const { network, sharesPorts } = this.#options;
    const isUnix = isUnixPath(address.host);
    const reusePort = sharesPorts && !isUnix;
    // Two can't have a unix socket's path: the one socket has to do for whatever it becomes.
    return isUnix || looksFirst(listener)
      ? await network.listen(address, { inspect: true, reusePort })
      : await network.listen(address, { reusePort });
  }

  #makeCluster(config: ClusterConfig): Cluster {
    return new Cluster(config, { ...this.#options, wheel: this.#wheel });
  }

  #update(live: LiveListener, config: ListenerConfig, running: LiveListener | undefined): void {
    this.#listeners.set(keyOfListener(config), live);
    const next = this.#chains(config, running);
    if (!next.isKept || !isSame(live.config, config)) live.update(config, next);
  }

  #open(config: ListenerConfig, socket: Socket, running: LiveListener | undefined): void {
    const { chains, fallback, sharesRoutes } = this.#chains(config, running);
    const live = new LiveListener(config, socket, {
      ...this.#options,
      wheel: this.#wheel,
      connections: this.#options.tallies.tally(tallyOfListener(config)),
      chains,
      fallback,
      sharesRoutes,
    });
    this.#listeners.set(keyOfListener(config), live);
    live.start();
  }

  #discourage(): void {
    for (const { chains } of this.#listeners.values()) {
      for (const chain of chains) chain.discourage(this.#closesAfterResponse);
    }
  }

  #chains(config: ListenerConfig, running: LiveListener | undefined): LiveChains {
    return liveChains(config, running?.chains as readonly LiveChain[] ?? null, this.#clusters, {
      ...this.#options,
      wheel: this.#wheel,
      form: this.#config!.frontEnd,
    });
  }

  #leave(listener: LiveListener): void {
    this.#leaving.add(listener);
    void listener.drain().then(() => this.#leaving.delete(listener));
  }

  /** What was taken away is ended, and its numbers forgotten, when its time is over. */
  #drainFor(drainMs: number, retired: Parts): void {
    const leaving = [...this.#leaving];
    if (retired.isEmpty && leaving.length === 0) return this.#forgetUnused();
    const finish = () => {
      clearTimeout(timer);
      this.#drains.delete(finish);
      let cut = 0;
      for (const listener of this.#listeners.values()) cut += listener.cut(retired);
      for (const listener of leaving) cut += this.#leaving.has(listener) ? listener.close() : 0;
      if (cut > 0) {
        const fields = { connections: cut, drainMs };
        this.#options.log.info("connections of what was taken away cut off", fields);
      }
      for (const cluster of retired.clusters) cluster.close();
      this.#forgetUnused();
    };
    const timer = setTimeout(finish, drainMs);
    this.#drains.add(finish);
  }

  /** Forgets the numbers of listeners and clusters that are no more, or have never come to be. */
  #forgetUnused(): void {
    if (this.#config === null || this.#drains.size > 0) return;
    const addresses = this.#listeners.values().map(({ address }) => address);
    this.#options.stats.keepOnly(wantedNumbers(this.#config, addresses));
    const tallies = new Set(sharedTallies(this.#config));
    this.#options.tallies.keepOnly((name) => tallies.has(name));
  }

  /** The grace is over: what still runs is ended. */
  #cut(graceMs: number): void {
    this.#options.log.warning("connections cut off, because they had not ended in time", {
      graceMs,
    });
    for (const listener of [...this.#listeners.values(), ...this.#leaving]) listener.close();
    this.#unwinding = setTimeout(() => this.#end(), UNWIND_MS) as unknown as number;
  }

  #end(): void {
    clearTimeout(this.#unwinding);
    for (const finish of this.#drains) finish();
    for (const cluster of this.#clusters.values()) cluster.close();
    this.#wheel[Symbol.dispose]();
    this.#stopping!.resolve();
  }
}
