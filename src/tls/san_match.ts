/**
 * Which certificates may come in, by their subject alternative names. The common name never counts.
 *
 * @module
 */

import type { ClientCertificateConfig, SanMatcherConfig } from "../config/model.ts";
import { ipBytes, ipText } from "./ip_address.ts";
import type { CertificateNames } from "./peer_certificate.ts";

/**
 * What is wrong with a client's certificate, which was verified before; null stands for none.
 * `missing`: there has to be one. `wrong_name`: it has none of the names that are asked for.
 * (Envoy: `require_client_certificate` and `match_typed_subject_alt_names`)
 */
export function verifyClientNames(
  { required, sans }: Pick<ClientCertificateConfig, "required" | "sans">,
  leaf: CertificateNames | null,
): "ok" | "missing" | "wrong_name" {
  if (leaf === null) return required ? "missing" : "ok";
  return sans.length === 0 || matchesAnySan(sans, leaf) ? "ok" : "wrong_name";
}

/** Whether one of these is among the certificate's names; false when there are none. */
export function matchesAnySan(
  matchers: readonly SanMatcherConfig[],
  names: CertificateNames,
): boolean {
  return matchers.some((matcher) => matchesSan(matcher, names));
}

/** Whether this is among the certificate's names, of its kind. */
export function matchesSan(
  { kind, value }: SanMatcherConfig,
  { dnsNames, uris, emails, ipAddresses }: CertificateNames,
): boolean {
  switch (kind) {
    case "dns":
      return matchesDns(value.toLowerCase(), dnsNames);
    case "uri":
      return uris.includes(value);
    case "email":
      return emails.includes(value);
    case "ip": {
      const bytes = ipBytes(value);
      return bytes !== null && ipAddresses.includes(ipText(bytes));
    }
  }
}

/**
 * A wildcard in the certificate stands for one whole label, as Envoy has it, so `*.a.test` is good for
 * `b.a.test` and neither for `a.test` nor for `c.b.a.test`. What Envoy takes besides, a star within a
 * label, is no wildcard (RFC 9525 §6.3).
 */
function matchesDns(value: string, dnsNames: readonly string[]): boolean {
  const wildcard = value.replace(/^[^.]+(?=\..)/, "*");
  return dnsNames.some((name) => {
    const lower = name.toLowerCase();
    return lower === value || (lower === wildcard && lower.startsWith("*."));
  });
}
