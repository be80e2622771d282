/**
 * The parts that serve a configuration, and which of them a reload has taken away.
 *
 * @module
 */

import type { RouteConfig } from "../config/model.ts";
import type { FilterSession } from "../proxy/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import type { Greeter } from "./greeter.ts";
import { type Chain, targetOf } from "./live_chain.ts";
import type { LiveListener } from "./live_listener.ts";
import { asksTheSame, keyOfChain } from "./same.ts";

/** All that a connection may be using. */
export class Parts {
  /** Handshakes take no time of their own: those that began before are given up. */
  readonly greeters: ReadonlySet<Greeter>;
  readonly clusters: ReadonlySet<Cluster>;
  readonly #chains: ReadonlySet<Chain>;
  readonly #routes: ReadonlySet<RouteConfig>;
  /** The names of the clusters that chains pass bytes on to. */
  readonly #targets: ReadonlyMap<Chain, string | null>;

  /** See `partsOf`. */
  constructor(parts: {
    greeters: ReadonlySet<Greeter>;
    clusters: ReadonlySet<Cluster>;
    chains: ReadonlySet<Chain>;
    routes: ReadonlySet<RouteConfig>;
    targets: ReadonlyMap<Chain, string | null>;
  }) {
    this.greeters = parts.greeters;
    this.clusters = parts.clusters;
    this.#chains = parts.chains;
    this.#routes = parts.routes;
    this.#targets = parts.targets;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    const all = [this.greeters, this.clusters, this.#chains, this.#routes, this.#targets];
    return all.every(({ size }) => size === 0);
  }

  /** Those that aren't among `later`, and of chains that lead elsewhere since, where they led. */
  without(later: Parts): Parts {
    return new Parts({
      greeters: this.greeters.difference(later.greeters),
      clusters: this.clusters.difference(later.clusters),
      chains: this.#chains.difference(later.#chains),
      routes: this.#routes.difference(later.#routes),
      targets: new Map(
        this.#targets.entries().filter(([chain, target]) => target !== targetOf(chain)),
      ),
    });
  }

  /**
   * Whether a session of `chain` uses any. A chain takes its connections along, but for one whose
   * route is not among these, when one of `successors` asks the same of it: a WebSocket that nobody
   * has meant.
   */
  areUsedBy({ uses }: FilterSession, chain: Chain, successors: readonly Chain[]): boolean {
    if (uses !== null && this.clusters.has(uses.cluster)) return true;
    if (uses !== null && uses.route !== null && this.#routes.has(uses.route)) return true;
    // A chain that was given back what it had before leads there again.
    const target = this.#targets.get(chain);
    const isOn = uses !== null && target === uses.cluster.config.name;
    if (isOn && target !== targetOf(chain)) return true;
    if (!this.#chains.has(chain)) return false;
    if (uses === null || uses.route === null) return true;
    const key = keyOfChain(chain.config);
    const heir = successors.find(({ config }) => keyOfChain(config) === key);
    return heir === undefined || !asksTheSame(heir.config, chain.config);
  }
}

/** All parts of these listeners and clusters, as they are now. */
export function partsOf(listeners: Iterable<LiveListener>, clusters: Iterable<Cluster>): Parts {
  const all = [...listeners];
  const chains = all.flatMap(({ chains }) => chains);
  const routes = chains.flatMap(({ config: { filter } }) =>
    filter.kind === "http" ? filter.virtualHosts.flatMap(({ routes }) => routes) : []
  );
  return new Parts({
    greeters: new Set(all.map(({ greeter }) => greeter)),
    clusters: new Set(clusters),
    chains: new Set(chains),
    routes: new Set(routes),
    targets: new Map(chains.map((chain) => [chain, targetOf(chain)])),
  });
}
