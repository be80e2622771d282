/**
 * What all adapters do with addresses: print them, tell them from names, and answer for localhost.
 *
 * @module
 */

import type { SocketAddress } from "./mod.ts";

/** `127.0.0.1:80`, `[::1]:80`, `localhost:80`, `unix:/run/app.sock`. */
export function showAddress(address: SocketAddress): string {
  if (isUnixPath(address.host)) return `unix:${address.host}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Whether `host` is the path of a unix socket rather than a name or an IP address. */
export function isUnixPath(host: string): boolean {
  return host.startsWith("/");
}

/** Whether `host` is an IP address rather than a name or a path. */
export function isIpAddress(host: string): boolean {
  if (isUnixPath(host)) return false;
  return host.includes(":") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * What a runtime reports as an address. A listener on `::` sees IPv4 peers as `::ffff:192.0.2.1`
 * (RFC 4291 §2.5.5.2); everyone who reads `remote` wants `192.0.2.1`.
 */
export function socketAddress(host: string, port: number): SocketAddress {
  const mapped = host.startsWith("::ffff:") && host.includes(".");
  return { host: mapped ? host.slice("::ffff:".length) : host, port };
}

/**
 * The addresses of a host that no resolver has to be asked for: an IP address or a path is its own, and
 * localhost with all names below it is the loopback of both families (RFC 6761 §6.3). Null for the
 * rest.
 */
export function knownAddresses(host: string): string[] | null {
  if (isIpAddress(host) || isUnixPath(host)) return [host];
  return /(^|\.)localhost\.?$/i.test(host) ? ["127.0.0.1", "::1"] : null;
}
