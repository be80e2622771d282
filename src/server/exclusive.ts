/**
 * Addresses that nobody else has. Workers share their ports, and so would another program's: a second
 * genkan with the same configuration would get half of the connections without a word.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { isUnixPath, type Listener, type Network } from "../runtime/mod.ts";
import { keyOfListener } from "./same.ts";
import type { Bound } from "./worker.ts";

/**
 * Makes sure that each address which isn't bound yet can be bound, by binding them all for a moment
 * without sharing. Fails with the ConnError of one that can't.
 */
export async function claimAddresses(
  network: Network,
  listeners: readonly ListenerConfig[],
  bound: Bound,
): Promise<void> {
  const claimed: Listener[] = [];
  try {
    for (const listener of listeners) {
      const { address } = listener;
      const isFree = address.port === 0 || isUnixPath(address.host);
      if (isFree || bound.has(keyOfListener(listener))) continue;
      claimed.push(await network.listen(address));
    }
  } finally {
    for (const listener of claimed) listener.close();
  }
}
