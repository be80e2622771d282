/**
 * Some endpoints that do the same, and the choice among them.
 *
 * @module
 */

import type { ClusterConfig, UpstreamTlsConfig } from "../config/model.ts";
import { messageOf } from "../errors.ts";
import type { Log, Stats, Tallies } from "../observe/mod.ts";
import type { Network } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import { CircuitBreakers } from "./circuit_breakers.ts";
import { ClusterStats } from "./cluster_stats.ts";
import { discover, type Discovered, needsResolver } from "./discovery.ts";
import type { EndpointPlace } from "./dialer.ts";
import { Endpoint } from "./endpoint.ts";
import { RoundRobin } from "./round_robin.ts";

/** Envoy's default for `dns_refresh_rate`. */
const DNS_REFRESH_MS = 5000;
/** How long a start waits for a resolver. */
const MAX_START_MS = 5000;

/** What a cluster works with. */
export interface ClusterOptions {
  /** Resolves and dials. */
  readonly network: Network;
  /** Holds every deadline. */
  readonly wheel: TimerWheel;
  /** Where the numbers are made. */
  readonly stats: Stats;
  /** What its limits are counted on, with other workers; none given, this thread alone counts. */
  readonly tallies?: Tallies;
  /** Told what goes wrong. */
  readonly log: Log;
}

/** One cluster, live. */
export class Cluster {
  /** As configured. */
  readonly config: ClusterConfig;
  /** `cluster.<name>.*`. */
  readonly stats: ClusterStats;
  /** What it takes at a time. */
  readonly breakers: CircuitBreakers;
  #endpoints: readonly Endpoint[] = [];
  #turns = new RoundRobin<Endpoint>([]);
  #places: Discovered["places"] = [];
  /** The names that didn't resolve the last time. */
  #failing: ReadonlySet<string> = new Set();
  #tls: UpstreamTlsConfig | null;
  #closed = false;
  readonly #refresh;
  readonly #options: ClusterOptions;

  /** Has no endpoints before `start()`. */
  constructor(config: ClusterConfig, options: ClusterOptions) {
    this.config = config;
    this.stats = new ClusterStats(options.stats, config.name);
    this.breakers = new CircuitBreakers(config, { stats: this.stats, tallies: options.tallies });
    this.#options = options;
    this.#tls = config.tls;
    this.#refresh = options.wheel.deadline(() => void this.#discover());
  }

  /** The endpoints it has now. */
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /**
   * Finds the endpoints; a name that doesn't resolve is logged and asked for again. A resolver that
   * is silent is waited for no longer than 5 s: what it gives later is taken then.
   */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using patience = this.#options.wheel.deadline(resolve);
    patience.set(MAX_START_MS);
    void this.#discover().then(resolve);
    await promise;
  }

  /** The endpoint whose turn it is, or null when there is none. */
  pick(): Endpoint | null {
    return this.#turns.pick();
  }

  /** The TLS in use; null for none. */
  get tls(): UpstreamTlsConfig | null {
    return this.#tls;
  }

  /** Uses other certificates for connections from now on, if they are others. */
  replaceTls(tls: UpstreamTlsConfig): void {
    if (JSON.stringify(tls) === JSON.stringify(this.#tls)) return;
    this.#tls = tls;
    for (const endpoint of this.#endpoints) endpoint.replaceTls(tls);
  }

  /** Looks for endpoints no more, closes idle connections, and busy ones when they are given back. */
  retire(): void {
    this.#closed = true;
    this.#refresh[Symbol.dispose]();
    for (const endpoint of this.#endpoints) endpoint.retire();
  }

  /** Closes every connection. */
  close(): void {
    this.#closed = true;
    this.#refresh[Symbol.dispose]();
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  async #discover(): Promise<void> {
    const { config, stats } = this;
    const { network, log } = this.#options;
    const { places, failures } = await discover(config, network, this.#places);
    if (this.#closed) return;
    (failures.length === 0 ? stats.updateSuccess : stats.updateFailure).inc();
    this.#places = places;
    this.#replace(places.flat());
    for (const { name, cause } of failures) {
      if (this.#failing.has(name)) continue;
      log.warning("cannot resolve", { cluster: config.name, name, cause: messageOf(cause) });
    }
    this.#failing = new Set(failures.map(({ name }) => name));
    if (needsResolver(config)) this.#refresh.set(config.dnsRefreshMs ?? DNS_REFRESH_MS);
  }

  /** Endpoints that stay keep their connections and counters. */
  #replace(places: readonly EndpointPlace[]): void {
    const before = new Map(this.#endpoints.map((endpoint) => [keyOf(endpoint.place), endpoint]));
    if (places.length === before.size && places.every((place) => before.has(keyOf(place)))) return;
    const { network, wheel } = this.#options;
    const { config: { connectTimeoutMs, proxyProtocol }, stats, breakers } = this;
    const tls = this.#tls;
    this.#endpoints = places.map((place) => {
      const kept = before.get(keyOf(place));
      before.delete(keyOf(place));
      if (kept !== undefined) return kept;
      return new Endpoint(place, {
        network,
        wheel,
        stats,
        breakers,
        connectTimeoutMs,
        tls,
        proxyProtocol,
      });
    });
    for (const gone of before.values()) gone.retire();
    this.#turns = new RoundRobin(this.#endpoints);
    stats.membershipTotal.set(places.length);
    stats.membershipHealthy.set(places.length);
  }
}

function keyOf({ addresses, hostname, weight }: EndpointPlace): string {
  const shown = addresses.map(({ host, port }) => `${host} ${port}`);
  return [...shown, hostname, weight].join("|");
}
