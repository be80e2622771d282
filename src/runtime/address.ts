/**
 * Addresses as text.
 *
 * @module
 */

import type { SocketAddress } from "./mod.ts";

/** `127.0.0.1:80`, `[::1]:80`, `localhost:80`. */
export function showAddress(address: SocketAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Whether `host` is an IP address rather than a name. */
export function isIpAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}
