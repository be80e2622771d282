/**
 * TLS in the JSON form of Envoy's v3 messages.
 *
 * No key leaves here: a private key is `[redacted]` whether it came from a file or inline, and of a
 * certificate's PEM only the CERTIFICATE blocks are shown, since one file may hold both.
 *
 * @module
 */

import type {
  CertificateConfig,
  ClientCertificateConfig,
  ClusterConfig,
  DownstreamTlsConfig,
  PemSource,
  SanMatcherConfig,
  UpstreamTlsConfig,
} from "../config/model.ts";
import { isIpAddress, type TlsVersion } from "../runtime/mod.ts";
import { extension, type Json } from "./envoy_extension.ts";

/** Envoy's `DownstreamTlsContext`. */
export function downstreamTlsJson(tls: DownstreamTlsConfig): Json {
  return extension(
    "envoy.transport_sockets.tls",
    "transport_sockets.tls.v3.DownstreamTlsContext",
    {
      common_tls_context: {
        ...tlsParamsJson(tls),
        tls_certificates: tls.certificates.map(certificateJson),
        ...(tls.clientCertificate !== null && {
          validation_context: clientValidationJson(tls.clientCertificate),
        }),
        ...alpnJson(tls.alpn),
      },
      ...(tls.clientCertificate?.required && { require_client_certificate: true }),
    },
  );
}

function certificateJson({ chain, key }: CertificateConfig): Json {
  return {
    certificate_chain: certificatesJson(chain),
    private_key: key.path === null ? { inline_string: "[redacted]" } : { filename: "[redacted]" },
  };
}

function clientValidationJson({ ca, crl, sans }: ClientCertificateConfig): Json {
  return {
    trusted_ca: certificatesJson(ca),
    // A list isn't secret, but inline it is long; where it is from says enough.
    ...(crl !== null && {
      crl: crl.path === null ? { inline_string: "[left out]" } : { filename: crl.path },
    }),
    ...sansJson(sans),
  };
}

const SAN_TYPES = { dns: "DNS", uri: "URI", email: "EMAIL", ip: "IP_ADDRESS" } as const;

function sansJson(sans: readonly SanMatcherConfig[]): Json {
  if (sans.length === 0) return {};
  return {
    match_typed_subject_alt_names: sans.map(({ kind, value }) => ({
      san_type: SAN_TYPES[kind],
      matcher: { exact: value },
    })),
  };
}

/** A cluster's `transport_socket`; nothing for a plain one. */
export function upstreamTransportJson(
  { tls, proxyProtocol }: Pick<ClusterConfig, "tls" | "proxyProtocol">,
): Json {
  const inner = tls === null ? null : upstreamTlsJson(tls);
  if (proxyProtocol === null) return inner === null ? {} : { transport_socket: inner };
  const rawBuffer = () =>
    extension(
      "envoy.transport_sockets.raw_buffer",
      "transport_sockets.raw_buffer.v3.RawBuffer",
      {},
    );
  return {
    transport_socket: extension(
      "envoy.transport_sockets.upstream_proxy_protocol",
      "transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
      {
        config: { version: proxyProtocol.toUpperCase() },
        transport_socket: inner ?? rawBuffer(),
      },
    ),
  };
}

function upstreamTlsJson(tls: UpstreamTlsConfig): Json {
  return extension("envoy.transport_sockets.tls", "transport_sockets.tls.v3.UpstreamTlsContext", {
    common_tls_context: {
      ...tlsParamsJson(tls),
      ...(tls.certificate !== null && { tls_certificates: [certificateJson(tls.certificate)] }),
      ...(tls.verify !== "none" && { validation_context: validationJson(tls) }),
      ...alpnJson(tls.alpn),
    },
    ...(tls.serverName !== null && { sni: tls.serverName }),
  });
}

/**
 * The name check is against the server name; without one, against the address that is dialled,
 * which Envoy has no words for. The system's roots it has a word for, but doesn't implement it.
 */
function validationJson({ verify, ca, serverName, verifyName, sans }: UpstreamTlsConfig): Json {
  const trusted = ca === null ? { system_root_certs: {} } : { trusted_ca: certificatesJson(ca) };
  const name = verifyName ?? serverName;
  const named: readonly SanMatcherConfig[] = verify !== "full" || name === null
    ? []
    : [{ kind: isIpAddress(name) ? "ip" : "dns", value: name }];
  // Envoy takes a certificate with any of them, where genkan wants the name and one of the others.
  return { ...trusted, ...sansJson(sans.length > 0 ? sans : named) };
}

function tlsParamsJson(
  { minVersion, maxVersion, ciphers }: Pick<
    DownstreamTlsConfig,
    "minVersion" | "maxVersion" | "ciphers"
  >,
): Json {
  if (minVersion === null && maxVersion === null && ciphers.length === 0) return {};
  return {
    tls_params: {
      ...(minVersion !== null && { tls_minimum_protocol_version: versionJson(minVersion) }),
      ...(maxVersion !== null && { tls_maximum_protocol_version: versionJson(maxVersion) }),
      ...(ciphers.length > 0 && { cipher_suites: ciphers }),
    },
  };
}

/** `TLSv1_3`. */
function versionJson(version: TlsVersion): string {
  return version.replace(".", "_");
}

function alpnJson(protocols: string[]): Json {
  return protocols.length > 0 ? { alpn_protocols: protocols } : {};
}

/** Envoy's `config.core.v3.DataSource`, with nothing in it but certificates. */
function certificatesJson({ path, pem }: PemSource): Json {
  if (path !== null) return { filename: path };
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return { inline_string: blocks.map((block) => `${block}\n`).join("") };
}
