/**
 * IP addresses as text and as bytes.
 *
 * @module
 */

/** Reads an IPv4 or IPv6 address: 4 or 16 bytes, or null when it is neither. No brackets, no zone. */
export function ipBytes(text: string): Uint8Array | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split(".");
    const plain = parts.every((part) => Number(part) < 256 && String(Number(part)) === part);
    return plain ? Uint8Array.from(parts, Number) : null;
  }
  const canonical = canonicalIpv6(text);
  if (canonical === null) return null;
  const [left, right = ""] = canonical.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === "" ? [] : right.split(":");
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return Uint8Array.from([...head, ...zeros, ...tail].flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }));
}

/** Writes 4 or 16 bytes as an address, IPv6 in its short form (RFC 5952 §4). */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] << 8) | bytes[at + 1]).toString(16));
  return canonicalIpv6(groups.join(":")) ?? groups.join(":");
}

/** The URL parser knows IPv6 and its short form (URL Standard §3.5). */
function canonicalIpv6(text: string): string | null {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(":")) return null;
  return URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) ?? null;
}
