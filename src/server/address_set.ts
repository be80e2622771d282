/**
 * Networks, and whether an address lies in one of them (RFC 4632, RFC 4291 §2.3).
 *
 * @module
 */

import { ipBytes } from "../tls/ip_address.ts";

interface Subnet {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Addresses, by networks such as `10.0.0.0/8` and `fd00::/8`. */
export class AddressSet {
  readonly #networks: readonly Subnet[];

  /** An address without a length stands for itself. Each one was checked before. */
  constructor(networks: readonly string[]) {
    this.#networks = networks.map((text) => {
      const [address, bits] = text.split("/");
      const bytes = ipBytes(address)!;
      return { bytes, bits: bits === undefined ? bytes.length * 8 : Number(bits) };
    });
  }

  /** Whether an IP address is among them; an IPv4 one that IPv6 sockets show as `::ffff:…` counts. */
  has(address: string): boolean {
    const bytes = ipBytes(address.replace(/^::ffff:(?=\d+\.)/i, ""));
    return bytes !== null && this.#networks.some((network) => contains(network, bytes));
  }
}

function contains({ bytes, bits }: Subnet, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) if (bytes[at] !== address[at]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  const mask = 0xff << (8 - rest) & 0xff;
  return (bytes[whole] & mask) === (address[whole] & mask);
}
