/**
 * TLS in Envoy's form: transport sockets, certificates and where they come from.
 *
 * @module
 */

import type { TlsVersion } from "../../runtime/mod.ts";
import { parseServerName } from "../address.ts";
import type { CertificateLoader } from "../certificates.ts";
import { checkHttpAlpn, checkVerification, checkVersions } from "../checks.ts";
import { readCiphers } from "../ciphers.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { CertificateConfig, DownstreamTlsConfig, UpstreamTlsConfig } from "../model.ts";
import type { TlsSupport } from "../tls_support.ts";
import { readDataSource } from "./data_source.ts";
import { FIELDS } from "./fields.ts";
import { type Extension, readExtension } from "./typed_config.ts";
import { readClientCertificate, readValidation } from "./validation_context.ts";

/** Who reads files, and what the runtime's TLS can do. */
interface TlsContext {
  readonly certificates: CertificateLoader;
  readonly supports: TlsSupport;
}

/** Whether HTTP is spoken inside. */
export interface DownstreamContext extends TlsContext {
  readonly kind: "http" | "tcp";
}

/** (Envoy: `RawBuffer`) */
export const RAW_BUFFER: Extension<null> = {
  type: "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
  message: "RawBuffer",
  read: () => null,
};

/** A filter chain's transport socket; null where it is absent. (Envoy: `DownstreamTlsContext`) */
export function readDownstreamTls(
  field: Cursor,
  context: DownstreamContext,
): DownstreamTlsConfig | null {
  const tls: Extension<DownstreamTlsConfig> = {
    type: "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    message: "DownstreamTlsContext",
    read: (fields) => {
      const common = fields.need("common_tls_context");
      const required = fields.take("require_client_certificate");
      return common.record(FIELDS.CommonTlsContext, (inner) => ({
        certificates: readCertificates(inner, context.certificates),
        clientCertificate: readClientCertificate(
          { required, validation: inner.take("validation_context") },
          context,
        ),
        ...readAlpn(inner, context.kind === "http"),
        ...readParameters(inner.take("tls_params"), context),
      }));
    },
  };
  return readTransportSocket<DownstreamTlsConfig | null>(field, [tls, RAW_BUFFER]);
}

/** What a cluster's TLS needs to know of the cluster. */
export interface UpstreamContext extends TlsContext {
  readonly cluster: string;
  readonly isUsedForHttp: boolean;
}

/** The TLS of a cluster; `field` is its transport socket. (Envoy: `UpstreamTlsContext`) */
export function upstreamTls(field: Cursor, context: UpstreamContext): Extension<UpstreamTlsConfig> {
  return {
    type: "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    message: "UpstreamTlsContext",
    read: (fields) => {
      const serverName = fields.take("sni").parsed(parseServerName, null);
      const common = fields.take("common_tls_context");
      return common.record(FIELDS.CommonTlsContext, (inner) => {
        const { ca, sans } = readValidation(inner.take("validation_context"), {
          ...context,
          hasRevocation: false,
        });
        const verify = ca === null ? "none" : "chain";
        const remedy = verify === "none"
          ? "give a validation_context with trusted_ca"
          : "give match_typed_subject_alt_names";
        if (sans.length === 0) checkVerification(field, context.cluster, verify, remedy);
        return {
          serverName,
          verifyName: null,
          verify,
          ca,
          certificate: readOwnCertificate(inner.take("tls_certificates"), context.certificates),
          sans,
          ...readAlpn(inner, context.isUsedForHttp),
          ...readParameters(inner.take("tls_params"), context, "TLSv1.2"),
        };
      });
    },
  };
}

/** What we show when we are asked; Envoy takes one. */
function readOwnCertificate(field: Cursor, loader: CertificateLoader): CertificateConfig | null {
  const items = field.items();
  items[1]?.fail("a second certificate is not supported towards an upstream");
  const [certificate = null] = items.map((item) => readCertificate(item, loader, "client"));
  return certificate;
}

/** A transport socket that is one of some; null where it is absent. */
export function readTransportSocket<T>(
  field: Cursor,
  extensions: readonly Extension<T>[],
): T | null {
  if (!field.given) return null;
  return field.record(FIELDS.TransportSocket, (fields) => {
    fields.need("name").name();
    return readExtension(fields, extensions);
  });
}

/** (Envoy: `alpn_protocols`; a comma in an item separates as well) */
function readAlpn(fields: Fields, isHttp: boolean): { alpn: string[] } {
  const items = fields.take("alpn_protocols").items();
  if (isHttp) checkHttpAlpn(items);
  const names = items.flatMap((item) => item.name().split(","));
  return { alpn: names.filter((name) => name !== "") };
}

const VERSIONS: Readonly<Record<string, { version: TlsVersion | null } | null>> = {
  TLS_AUTO: { version: null },
  TLSv1_0: null,
  TLSv1_1: null,
  TLSv1_2: { version: "TLSv1.2" },
  TLSv1_3: { version: "TLSv1.3" },
};

/** (Envoy: `TlsParameters`; `TLS_AUTO` is the default at either end) */
function readParameters(
  field: Cursor,
  { supports }: TlsContext,
  defaultMax: TlsVersion | null = null,
): { minVersion: TlsVersion | null; maxVersion: TlsVersion | null; ciphers: string[] } {
  return field.record(FIELDS.TlsParameters, (fields) => {
    const auto = { version: null };
    const minVersion = fields.take("tls_minimum_protocol_version").choice(VERSIONS, auto).version;
    const given = fields.take("tls_maximum_protocol_version").choice(VERSIONS, auto).version;
    const maxVersion = given ?? defaultMax;
    const hint = given === null ? ", Envoy's default towards upstreams" : "";
    checkVersions(field, minVersion, maxVersion, hint);
    const ciphers = readCiphers(fields.take("cipher_suites"), { minVersion, supports });
    return { minVersion, maxVersion, ciphers };
  });
}

function readCertificates(fields: Fields, loader: CertificateLoader): CertificateConfig[] {
  const hasOther = fields.has(
    "tls_certificate_sds_secret_configs",
    "tls_certificate_provider_instance",
    "custom_tls_certificate_selector",
  );
  const field = hasOther ? fields.take("tls_certificates") : fields.need("tls_certificates");
  const items = field.items();
  if (field.kind === "list" && items.length === 0) field.fail("expected a certificate, found none");
  return items.map((item) => readCertificate(item, loader, "server"));
}

/** (Envoy: `TlsCertificate`) */
function readCertificate(
  item: Cursor,
  loader: CertificateLoader,
  use: "server" | "client",
): CertificateConfig {
  return item.record(FIELDS.TlsCertificate, (fields) => {
    const isOther = fields.has("pkcs12", "private_key_provider");
    const source = (name: string) =>
      readDataSource(isOther ? fields.take(name) : fields.need(name));
    return loader.pair(source("certificate_chain"), source("private_key"), use);
  });
}
