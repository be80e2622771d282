/**
 * Requests to switch protocols (RFC 9110 §7.8).
 *
 * @module
 */

import type { RequestHead } from "../http/mod.ts";

/**
 * Whether a request asks for another protocol. `nominated` is what its Connection field names: an
 * Upgrade field that isn't among it is not meant for us. An offer of h2c alone, which curl makes, may
 * be ignored (RFC 7540 §3.2) and is, as Envoy does.
 */
export function asksToUpgrade({ headers }: RequestHead, nominated: readonly string[]): boolean {
  if (!nominated.includes("upgrade")) return false;
  const protocols = headers.joined("upgrade")?.toLowerCase().split(",") ?? [];
  return protocols.some((protocol) => protocol.trim() !== "h2c");
}
