/**
 * What a filter chain is for, and whether two chains are for the same: Envoy's `filter_chain_match`
 * as far as names and protocols go.
 *
 * @module
 */

import type { FilterChainConfig, FilterChainMatchConfig, ListenerConfig } from "./model.ts";
import { quote } from "./problem.ts";

/** Two chains that a connection could take with the same right. */
export interface SameMatch {
  /** Index of the earlier chain. */
  readonly first: number;
  /** Index of the later one; the same where a chain says a thing twice. */
  readonly second: number;
  /** The server name that both have, as the later one spells it; null when both take any. */
  readonly serverName: string | null;
  /** The application protocol that both have; null when both take any. */
  readonly applicationProtocol: string | null;
}

/**
 * The key of a server name in look-ups: lower case, a wildcard without its asterisk. Thus
 * `.example.com` is the same as `*.example.com`, as in Envoy.
 */
export function serverNameKey(serverName: string): string {
  const lower = serverName.toLowerCase();
  return lower.startsWith("*.") ? lower.slice(1) : lower;
}

/**
 * True for an asterisk in a name that doesn't begin with one as its whole first label, as in Envoy.
 * One more behind that, as in `*.*.test`, is a plain character.
 */
export function isPartialWildcard(serverName: string): boolean {
  return serverName.includes("*") && !serverName.startsWith("*.");
}

/** The first two chains that overlap, or null: Envoy refuses such a listener. */
export function findSameMatch(matches: readonly FilterChainMatchConfig[]): SameMatch | null {
  const taken = new Map<string, number>();
  for (const [second, match] of matches.entries()) {
    for (const serverName of orAny(match.serverNames)) {
      for (const applicationProtocol of orAny(match.applicationProtocols)) {
        const nameKey = serverName === null ? "" : serverNameKey(serverName);
        const key = JSON.stringify([nameKey, match.transportProtocol, applicationProtocol ?? ""]);
        const first = taken.get(key);
        if (first !== undefined) return { first, second, serverName, applicationProtocol };
        taken.set(key, second);
      }
    }
  }
  return null;
}

/** As `findSameMatch`; nothing where a name or a protocol is empty, which was reported already. */
export function findSameFilledMatch(
  matches: readonly FilterChainMatchConfig[],
): SameMatch | null {
  const words = matches.flatMap((match) => [...match.serverNames, ...match.applicationProtocols]);
  return words.includes("") ? null : findSameMatch(matches);
}

/** What is wrong with two chains that overlap, in words. */
export function showSameMatch(
  { first, second, serverName, applicationProtocol }: SameMatch,
): string {
  const what = [
    ...(serverName === null ? [] : [`the server name ${quote(serverName)}`]),
    ...(applicationProtocol === null ? [] : [`the protocol ${quote(applicationProtocol)}`]),
  ].join(" and ");
  if (first === second) return `${what} is given twice`;
  return `takes the same connections as the filter chain at place ${first + 1}` +
    (what === "" ? "" : `: both have ${what}`);
}

/** True when every connection matches. */
export function takesAll(match: FilterChainMatchConfig): boolean {
  return match.serverNames.length === 0 && match.transportProtocol === null &&
    match.applicationProtocols.length === 0;
}

/** All chains that a connection can come to. */
export function chainsOf(
  { filterChains, defaultFilterChain }: Pick<
    ListenerConfig,
    "filterChains" | "defaultFilterChain"
  >,
): FilterChainConfig[] {
  return defaultFilterChain === null ? filterChains : [...filterChains, defaultFilterChain];
}

function orAny(values: readonly string[]): readonly (string | null)[] {
  return values.length === 0 ? [null] : values;
}
