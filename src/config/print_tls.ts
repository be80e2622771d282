/**
 * The TLS of the model → native YAML.
 *
 * @module
 */

import { isName } from "./address.ts";
import type {
  CertificateConfig,
  DownstreamTlsConfig,
  PemSource,
  UpstreamTlsConfig,
} from "./model.ts";
import type { Mapping } from "./print_values.ts";
import { formatSan } from "./san.ts";

/** A listener's or a chain's `tls`. */
export function printDownstreamTls(tls: DownstreamTlsConfig, kind: "http" | "tcp"): Mapping {
  const offered = kind === "http" ? "http/1.1" : "";
  const client = tls.clientCertificate;
  return {
    certificates: tls.certificates.map(printCertificate),
    client_certificates: client === null ? undefined : {
      required: client.required ? undefined : "off",
      ca: printPem(client.ca),
      crl: client.crl === null ? undefined : printPem(client.crl),
      sans: listOf(client.sans.map(formatSan)),
    },
    alpn: tls.alpn.join() === offered ? undefined : tls.alpn,
    min_version: tls.minVersion ?? undefined,
    max_version: tls.maxVersion ?? undefined,
    ciphers: listOf(tls.ciphers),
  };
}

const VERIFY = { full: undefined, chain: "insecure_chain_only", none: "insecure_none" } as const;

/** A cluster's `tls`; `hosts` are its endpoints'. */
export function printUpstreamTls(tls: UpstreamTlsConfig, hosts: readonly string[]): Mapping | true {
  const names = new Set(hosts.map((host) => isName(host) ? host : null));
  const [inferred = null] = names;
  const isInferred = names.size <= 1 && inferred === tls.serverName;
  const mapping: Mapping = {
    ca: tls.ca === null ? undefined : printPem(tls.ca),
    server_name: isInferred ? undefined : tls.serverName ?? "",
    verify_name: tls.verifyName ?? undefined,
    verify: VERIFY[tls.verify],
    client_certificate: tls.certificate === null ? undefined : printCertificate(tls.certificate),
    sans: listOf(tls.sans.map(formatSan)),
    alpn: listOf(tls.alpn),
    min_version: tls.minVersion ?? undefined,
    max_version: tls.maxVersion ?? undefined,
    ciphers: listOf(tls.ciphers),
  };
  return Object.values(mapping).every((value) => value === undefined) ? true : mapping;
}

function printCertificate({ chain, key }: CertificateConfig): Mapping {
  return { cert: printPem(chain), key: printPem(key) };
}

function printPem({ path, pem }: PemSource): string {
  return path ?? pem;
}

function listOf(items: readonly string[]): readonly string[] | undefined {
  return items.length === 0 ? undefined : items;
}
