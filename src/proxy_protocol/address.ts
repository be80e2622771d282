/**
 * Addresses as they stand in PROXY headers.
 *
 * @module
 */

import { ipBytes, ipText } from "../tls/ip_address.ts";

/** RFC 4291 §2.5.5.2: `::ffff:0:0/96`, in which IPv6 sockets hold IPv4 addresses. */
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** The text of 4 or 16 bytes; a mapped IPv4 address as the IPv4 address that it is. */
export function addressText(bytes: Uint8Array): string {
  const isMapped = bytes.length === 16 && MAPPED.every((byte, at) => bytes[at] === byte);
  return ipText(isMapped ? bytes.subarray(MAPPED.length) : bytes);
}

/** The text of 4 or 16 bytes in their family; a mapped address as RFC 5952 §5 has it. */
export function familyText(bytes: Uint8Array): string {
  const text = addressText(bytes);
  return bytes.length === 16 && !text.includes(":") ? `::ffff:${text}` : text;
}

/** The bytes of an address; null for what is none. A zone (RFC 4007 §11) is left out. */
export function addressBytes(host: string): Uint8Array | null {
  return ipBytes(host.replace(/%.*$/, ""));
}

/** The 16 bytes of an address of either family. */
export function mapped(bytes: Uint8Array): Uint8Array {
  return bytes.length === 16 ? bytes : Uint8Array.of(...MAPPED, ...bytes);
}
