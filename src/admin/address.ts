/**
 * An address in Envoy's two spellings.
 *
 * @module
 */

import type { SocketAddress } from "../runtime/mod.ts";

/** `127.0.0.1:443`, `[::1]:443`. */
export function addressText({ host, port }: SocketAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Envoy's `config.core.v3.Address`. */
export function addressJson({ host, port }: SocketAddress): unknown {
  return { socket_address: { address: host, port_value: port } };
}
