/**
 * Writes PROXY headers.
 *
 * @module
 */

import { addressBytes, familyText, mapped } from "./address.ts";
import { type ProxyHeader, V2_SIGNATURE } from "./header.ts";

/** §2.2: version 2, and the command behind it. */
const LOCAL = 0x20, PROXY = 0x21;
/** §2.2: address family and protocol. */
const UNSPECIFIED = 0x00, TCP4 = 0x11, TCP6 = 0x21;

/**
 * The bytes of a header. Where one address is IPv4 and the other IPv6, both are written as IPv6.
 * Whatever has no two IP addresses is `UNKNOWN` in version 1 and LOCAL in version 2, as HAProxy writes
 * it: a receiver may refuse the unspecified family (§2.2), and HAProxy does.
 */
export function encodeProxyHeader(header: ProxyHeader, version: 1 | 2): Uint8Array<ArrayBuffer> {
  const source = header.kind === "proxied" ? addressBytes(header.source.host) : null;
  const destination = header.kind === "proxied" ? addressBytes(header.destination.host) : null;
  if (header.kind !== "proxied" || source === null || destination === null) {
    return version === 1 ? line("UNKNOWN") : block(LOCAL, UNSPECIFIED);
  }
  const isV4 = source.length === 4 && destination.length === 4;
  const hosts = isV4 ? [source, destination] : [mapped(source), mapped(destination)];
  const ports = [header.source.port, header.destination.port];
  if (version === 1) return line(isV4 ? "TCP4" : "TCP6", ...hosts.map(familyText), ...ports);
  const portBytes = ports.flatMap((port) => [port >> 8, port & 0xff]);
  return block(PROXY, isV4 ? TCP4 : TCP6, [...hosts.flatMap((host) => [...host]), ...portBytes]);
}

function line(...words: readonly (string | number)[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`PROXY ${words.join(" ")}\r\n`);
}

function block(
  command: number,
  family: number,
  addresses: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const length = addresses.length;
  return Uint8Array.of(...V2_SIGNATURE, command, family, length >> 8, length & 0xff, ...addresses);
}
