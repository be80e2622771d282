/**
 * Version 1, a line of text (§2.1): `PROXY TCP4 192.0.2.1 198.51.100.7 56324 443`.
 *
 * @module
 */

import type { SocketAddress } from "../runtime/mod.ts";
import { ipBytes } from "../tls/ip_address.ts";
import { badHeader, type ProxyHeader, V1_PREFIX } from "./header.ts";
import { addressText } from "./address.ts";

/** §2.1: the longest line, its CRLF included. */
const MAX_LINE_BYTES = 107;

const CR = 0x0d, LF = 0x0a;

/** Reads a header whose first word is there; null when more is needed. */
export function parseV1(bytes: Uint8Array): { header: ProxyHeader; size: number } | null {
  const end = lineEnd(bytes);
  if (end === null) return null;
  const line = String.fromCharCode(...bytes.subarray(V1_PREFIX.length, end));
  return { header: parseLine(line), size: end + 2 };
}

/** Where the CRLF is; null when it is to come. */
function lineEnd(bytes: Uint8Array): number | null {
  const count = Math.min(bytes.length, MAX_LINE_BYTES);
  for (let at = V1_PREFIX.length; at < count; at++) {
    const byte = bytes[at];
    if (byte === LF && bytes[at - 1] === CR) return at - 1;
    // §2.1: the text is ASCII, and neither CR nor LF alone ends a line.
    const isText = byte >= 0x20 && byte < 0x7f;
    if (bytes[at - 1] === CR || !(isText || byte === CR)) {
      throw badHeader("a byte that can't be in its line");
    }
  }
  if (bytes.length >= MAX_LINE_BYTES) {
    throw badHeader(`a line of more than ${MAX_LINE_BYTES} bytes`);
  }
  return null;
}

function parseLine(line: string): ProxyHeader {
  // §2.1: what follows UNKNOWN means nothing.
  if (/^UNKNOWN(?: |$)/.test(line)) return { kind: "unknown" };
  const words = line.split(" ");
  const [protocol, source, destination, sourcePort, destinationPort] = words;
  const addressBytes = protocol === "TCP4" ? 4 : protocol === "TCP6" ? 16 : null;
  if (addressBytes === null) throw badHeader("a protocol other than TCP4, TCP6 or UNKNOWN");
  if (words.length !== 5) throw badHeader(`${words.length} words behind PROXY in place of 5`);
  return {
    kind: "proxied",
    source: parseAddress(source, sourcePort, addressBytes),
    destination: parseAddress(destination, destinationPort, addressBytes),
  };
}

function parseAddress(host: string, port: string, addressBytes: 4 | 16): SocketAddress {
  const bytes = ipBytes(host);
  if (bytes?.length !== addressBytes) throw badHeader("an address that isn't of its protocol");
  // §2.1: no zeros in front, which some take for octal numbers.
  if (!/^(?:0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535) throw badHeader("a bad port");
  return { host: addressText(bytes), port: Number(port) };
}
