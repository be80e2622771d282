/**
 * Whether a client's certificate has one of the names that a listener asks for.
 *
 * @module
 */

import type { ClientCertificateConfig, SanMatcherConfig } from "../config/model.ts";
import type { TlsInfo } from "../runtime/mod.ts";
import { type CertificateInfo, parseCertificates } from "../tls/certificate.ts";
import { ipBytes, ipText } from "../tls/ip_address.ts";
import { encodePem } from "../tls/pem.ts";

/** True when any name will do, and when one of those that are wanted is there. */
export function hasWantedName({ sans }: ClientCertificateConfig, info: TlsInfo): boolean {
  if (sans.length === 0) return true;
  const [leaf] = info.peerCertificates;
  if (leaf === undefined) return false;
  const [{ info: names }] = parseCertificates(encodePem("CERTIFICATE", leaf));
  return sans.some((san) => hasName(names, san));
}

function hasName(names: CertificateInfo, { kind, value }: SanMatcherConfig): boolean {
  switch (kind) {
    case "dns":
      return names.dnsNames.some((name) => isFor(name.toLowerCase(), value));
    case "uri":
      return names.uris.includes(value);
    case "email":
      return names.emails.includes(value);
    case "ip": {
      const bytes = ipBytes(value);
      return bytes !== null && names.ipAddresses.includes(ipText(bytes));
    }
  }
}

/** A wildcard in the certificate stands for one label. */
function isFor(name: string, wanted: string): boolean {
  if (!name.startsWith("*.")) return name === wanted;
  return wanted.indexOf(".") > 0 && wanted.slice(wanted.indexOf(".")) === name.slice(1);
}
