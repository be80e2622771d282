/**
 * What a PROXY header says, and what both versions begin with.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { SocketAddress } from "../runtime/mod.ts";

/**
 * `proxied`: the connection is somebody else's, who connected from `source` to `destination`, both
 * IP addresses. `local`: it is the proxy's own, such as a health check. `unknown`: it is somebody
 * else's, but from no TCP over IP. For the last two, the connection's own addresses hold.
 */
export type ProxyHeader =
  | {
    readonly kind: "proxied";
    readonly source: SocketAddress;
    readonly destination: SocketAddress;
  }
  | { readonly kind: "local" }
  | { readonly kind: "unknown" };

/** What every header of version 1 begins with (§2.1). */
export const V1_PREFIX: Uint8Array = new TextEncoder().encode("PROXY ");
/** What every header of version 2 begins with (§2.2). */
export const V2_SIGNATURE: Uint8Array = new TextEncoder().encode("\r\n\r\n\0\r\nQUIT\n");
/** The signature, version and command, family and protocol, and the length of what follows. */
export const V2_FIXED_BYTES = 16;

/** The error for bytes that are no PROXY header; `found` completes "found …". */
export function badHeader(found: string): ProtocolError {
  return new ProtocolError("bad_proxy_header", `Cannot read PROXY header: found ${found}`);
}
