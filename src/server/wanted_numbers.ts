/**
 * Which numbers a configuration has; those of what a reload took away are forgotten.
 *
 * @module
 */

import { chainsOf } from "../config/filter_chain_match.ts";
import type { Config } from "../config/model.ts";
import { type ScopeKind, statOwner } from "../observe/mod.ts";
import { showAddress, type SocketAddress } from "../runtime/mod.ts";

/** For `Stats.keepOnly`. `addresses` are where the listeners are bound. */
export function wantedNumbers(
  { listeners, clusters }: Config,
  addresses: Iterable<SocketAddress>,
): (kind: ScopeKind, owner: string) => boolean {
  const filters = listeners.flatMap(chainsOf).map(({ filter }) => filter);
  const wanted = new Set([
    ...Array.from(addresses, (address) => `listener ${statOwner(showAddress(address))}`),
    ...filters.map(({ kind, statPrefix }) => `${kind} ${statOwner(statPrefix)}`),
    ...clusters.map(({ name }) => `cluster ${statOwner(name)}`),
  ]);
  return (kind, owner) => kind === "server" || wanted.has(`${kind} ${owner}`);
}
