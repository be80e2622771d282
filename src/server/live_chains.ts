/**
 * A listener's filter chains, those of the configuration before among them where they can go on.
 *
 * @module
 */

import { chainsOf } from "../config/filter_chain_match.ts";
import type { FilterChainConfig, ListenerConfig } from "../config/model.ts";
import type { Cluster } from "../upstream/mod.ts";
import { LiveChain, type LiveChainOptions } from "./live_chain.ts";
import { goesOn, keepRoutes, keyOfChain } from "./same.ts";

/** All chains of a listener. */
export interface LiveChains {
  /** In the order of the configuration. */
  readonly chains: readonly LiveChain[];
  /** Takes what no chain matches. */
  readonly fallback: LiveChain | null;
  /** See `GreeterOptions.sharesRoutes`. */
  readonly sharesRoutes: boolean;
  /** Whether they are the same objects as before. */
  readonly isKept: boolean;
}

/**
 * Chains that go on keep their live objects, and so their connections; the others are made.
 * `running` are those of the configuration before, null where there are none.
 */
export function liveChains(
  config: ListenerConfig,
  running: readonly LiveChain[] | null,
  clusters: ReadonlyMap<string, Cluster>,
  options: LiveChainOptions,
): LiveChains {
  const known = new Map(running?.map((chain) => [keyOfChain(chain.config), chain]));
  let isKept = running?.length === chainsOf(config).length;
  const make = (next: FilterChainConfig): LiveChain => {
    const before = known.get(keyOfChain(next));
    if (before !== undefined && goesOn(before.config, next)) {
      before.update(next, clusters);
      return before;
    }
    isKept = false;
    return new LiveChain(withKnownRoutes(next, before?.config), clusters, options);
  };
  const chains = config.filterChains.map(make);
  const fallback = config.defaultFilterChain && make(config.defaultFilterChain);
  return { chains, fallback, sharesRoutes: options.form !== "envoy", isKept };
}

function withKnownRoutes(
  next: FilterChainConfig,
  running: FilterChainConfig | undefined,
): FilterChainConfig {
  if (next.filter.kind !== "http" || running?.filter.kind !== "http") return next;
  return { ...next, filter: keepRoutes(running.filter, next.filter) };
}
