/**
 * Version 2, a binary header (§2.2): 16 bytes, the addresses, and extensions that are skipped.
 *
 * @module
 */

import { addressText } from "./address.ts";
import { badHeader, type ProxyHeader, V2_FIXED_BYTES, V2_SIGNATURE } from "./header.ts";

/** A client's certificate may be in an extension, and a name or two. nginx has the same limit. */
const MAX_HEADER_BYTES = 4096;

const VERSION = 2;
const LOCAL = 0, PROXY = 1;
const STREAM = 1;
const DATAGRAM = 2;

/** By address family: bytes of an address and of a port. */
const FAMILIES = [null, { host: 4, port: 2 }, { host: 16, port: 2 }, { host: 108, port: 0 }];
/** The last of them: AF_UNIX. */
const UNIX = 3;

/** Reads a header whose signature is there; null when more is needed. */
export function parseV2(bytes: Uint8Array): { header: ProxyHeader; size: number } | null {
  const [versionAndCommand, familyAndProtocol, high, low] = bytes.subarray(V2_SIGNATURE.length);
  const left = bytes.length - V2_SIGNATURE.length;
  if (left === 0) return null;
  const version = versionAndCommand >> 4, command = versionAndCommand & 15;
  if (version !== VERSION) throw badHeader(`version ${version}`);
  if (command !== LOCAL && command !== PROXY) throw badHeader(`command ${command}`);
  if (left === 1) return null;
  const family = familyAndProtocol >> 4, protocol = familyAndProtocol & 15;
  // §2.2: of a LOCAL header even the family is ignored.
  if (command === PROXY && (family > UNIX || protocol > DATAGRAM)) {
    throw badHeader(`family ${family} with protocol ${protocol}`);
  }
  if (left < 4) return null;
  const size = V2_FIXED_BYTES + (high << 8 | low);
  if (size > MAX_HEADER_BYTES) throw badHeader(`${size} bytes, more than ${MAX_HEADER_BYTES}`);
  const layout = command === PROXY && protocol !== 0 ? FAMILIES[family] : null;
  const extensions = V2_FIXED_BYTES + (layout === null ? 0 : 2 * (layout.host + layout.port));
  if (size < extensions) throw badHeader(`${size} bytes, which can't hold its addresses`);
  if (bytes.length < size) return null;
  if (command === LOCAL) return { header: { kind: "local" }, size };
  // §2.2: without a family or a protocol, nobody can tell addresses from extensions.
  if (layout === null) return { header: { kind: "unknown" }, size };
  checkExtensions(bytes.subarray(extensions, size));
  // §2.2: what isn't supported counts as unspecified. A stream doesn't carry a datagram's addresses.
  if (family === UNIX || protocol !== STREAM) return { header: { kind: "unknown" }, size };
  return { header: parseAddresses(bytes.subarray(V2_FIXED_BYTES, extensions), layout.host), size };
}

/** Source and destination, then the ports of both. */
function parseAddresses(block: Uint8Array, hostBytes: number): ProxyHeader {
  const view = new DataView(block.buffer, block.byteOffset);
  return {
    kind: "proxied",
    source: {
      host: addressText(block.subarray(0, hostBytes)),
      port: view.getUint16(2 * hostBytes),
    },
    destination: {
      host: addressText(block.subarray(hostBytes, 2 * hostBytes)),
      port: view.getUint16(2 * hostBytes + 2),
    },
  };
}

/** Each has a byte of type, two of length, and its value (§2.2); together they fill the header. */
function checkExtensions(bytes: Uint8Array): void {
  let at = 0;
  while (at + 3 <= bytes.length) at += 3 + (bytes[at + 1] << 8 | bytes[at + 2]);
  if (at !== bytes.length) throw badHeader("an extension that breaks off");
}
