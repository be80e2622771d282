/**
 * Addresses that nobody else has. Workers share their ports, and so would another program's: a second
 * genkan with the same configuration would get half of the connections without a word.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { isUnixPath, type Network } from "../runtime/mod.ts";
import type { Bound } from "./worker.ts";

/**
 * Makes sure that each address which isn't bound yet can be bound, by binding it for a moment without
 * sharing. One whose port we hold on another address can't be tried that way, and needn't: whoever
 * else wanted it would have met us. Fails with the ConnError of one that can't be bound.
 */
export async function claimAddresses(
  network: Network,
  listeners: readonly ListenerConfig[],
  bound: Bound,
): Promise<void> {
  const ports = new Set(bound.values().map(({ port }) => port));
  for (const { address } of listeners) {
    if (address.port === 0 || isUnixPath(address.host) || ports.has(address.port)) continue;
    (await network.listen(address)).close();
  }
}
