/**
 * Which filter chains the native form's short way can say: `tls` and `tcp` with a `host`, and one
 * filter for all that isn't passed on.
 *
 * @module
 */

import { takesAll } from "./filter_chain_match.ts";
import type { FilterChainConfig, ListenerConfig } from "./model.ts";

/** Chains in the order in which the short way reads them; at least one of both. */
export interface ShortChains {
  /** They have one and the same filter: several with TLS, or a plain one. */
  readonly served: readonly FilterChainConfig[];
  /** Passed on as they come, by name. */
  readonly passed: readonly FilterChainConfig[];
}

/** Null where only the long way says the same. */
export function findShortChains(
  { filterChains, defaultFilterChain }: Pick<
    ListenerConfig,
    "filterChains" | "defaultFilterChain"
  >,
): ShortChains | null {
  if (defaultFilterChain !== null || filterChains.length === 0) return null;
  if (filterChains.length === 1 && takesAll(filterChains[0].match)) {
    return { served: filterChains, passed: [] };
  }
  const count = countServed(filterChains);
  const served = filterChains.slice(0, count), passed = filterChains.slice(count);
  const isShort = filterChains.every(({ name }) => name === "") &&
    passed.every(isPassed) && haveOneFilter(served) && haveOneSetting(filterChains) &&
    (passed.length === 0 || served.every(({ filter }) => filter.kind === "http"));
  return isShort ? { served, passed } : null;
}

function countServed(chains: readonly FilterChainConfig[]): number {
  const isPlainHttp = ({ match, tls, filter }: FilterChainConfig) =>
    tls === null && filter.kind === "http" && match.transportProtocol === "raw_buffer" &&
    takesAll({ ...match, transportProtocol: null });
  if (isPlainHttp(chains[0]) && chains.length > 1) return 1;
  const first = chains.findIndex(({ tls, match }) => tls === null || !goesByName(match));
  return first === -1 ? chains.length : first;
}

function isPassed({ match, tls, filter }: FilterChainConfig): boolean {
  return goesByName(match) && tls === null && filter.kind === "tcp";
}

/** By nothing but the name, or by nothing. */
function goesByName(match: FilterChainConfig["match"]): boolean {
  return takesAll({ ...match, serverNames: [] });
}

function haveOneFilter(chains: readonly FilterChainConfig[]): boolean {
  return new Set(chains.map(({ filter }) => JSON.stringify(filter))).size <= 1;
}

/** What the listener says once for either kind of filter. */
function haveOneSetting(chains: readonly FilterChainConfig[]): boolean {
  const settings = chains.map(({ filter }) =>
    JSON.stringify([
      filter.statPrefix,
      filter.accessLog,
      filter.kind === "http" ? filter.timeouts.idleMs : filter.idleTimeoutMs,
    ])
  );
  return new Set(settings).size <= 1;
}
