/**
 * Which names a certificate is good for, as clients see it (RFC 9525 §6.3).
 *
 * @module
 */

import type { CertificateInfo } from "./certificate.ts";
import { ipBytes, ipText } from "./ip_address.ts";

/**
 * True when clients that ask for `host` take the certificate. `host` is a DNS name, an IP address, or
 * a pattern with a star in front (`*.a.test`, `*-x.a.test`), which a wildcard alone covers. A
 * wildcard stands for one whole label: `*.a.test` covers `b.a.test`, neither `a.test` nor
 * `c.b.a.test`.
 */
export function coversHost(info: CertificateInfo, host: string): boolean {
  const ip = ipBytes(host);
  if (ip !== null) return info.ipAddresses.includes(ipText(ip));
  const name = withoutDot(host.toLowerCase());
  const wildcard = name.replace(/^[^.]*\./, "*.");
  return info.dnsNames.some((dnsName) => {
    const covered = withoutDot(dnsName.toLowerCase());
    return covered.startsWith("*.")
      ? covered === wildcard && hasTwoDots(covered)
      : covered === name;
  });
}

/** OpenSSL and rustls take no wildcard right below a top-level name. */
function hasTwoDots(name: string): boolean {
  return name.indexOf(".") !== name.lastIndexOf(".");
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
