/**
 * TLS in Envoy's form: transport sockets, certificates and where they come from.
 *
 * @module
 */

import type { TlsVersion } from "../../runtime/mod.ts";
import { parseServerName } from "../address.ts";
import type { CertificateLoader, PemField } from "../certificates.ts";
import { checkHttpAlpn, checkVerification, checkVersions } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import type { CertificateConfig, DownstreamTlsConfig, UpstreamTlsConfig } from "../model.ts";
import { FIELDS } from "./fields.ts";
import { type Extension, readExtension } from "./typed_config.ts";

/** Who reads files, and whether HTTP is spoken inside. */
export interface DownstreamContext {
  readonly certificates: CertificateLoader;
  readonly kind: "http" | "tcp";
}

/** A filter chain's transport socket; null where it is absent. (Envoy: `DownstreamTlsContext`) */
export function readDownstreamTls(
  field: Cursor,
  context: DownstreamContext,
): DownstreamTlsConfig | null {
  return readTransportSocket(field, {
    type: "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    message: "DownstreamTlsContext",
    read: (fields) => {
      const common = fields.need("common_tls_context");
      return common.record(FIELDS.CommonTlsContext, (inner) => ({
        certificates: readCertificates(inner, context.certificates),
        clientCertificate: null,
        ciphers: [],
        ...readAlpn(inner, context.kind === "http"),
        ...readVersions(inner.take("tls_params")),
      }));
    },
  });
}

/** What a cluster's TLS needs to know of the cluster. */
export interface UpstreamContext {
  readonly certificates: CertificateLoader;
  readonly cluster: string;
  readonly isUsedForHttp: boolean;
}

/** A cluster's transport socket; null where it is absent. (Envoy: `UpstreamTlsContext`) */
export function readUpstreamTls(field: Cursor, context: UpstreamContext): UpstreamTlsConfig | null {
  return readTransportSocket(field, {
    type: "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    message: "UpstreamTlsContext",
    read: (fields) => {
      const serverName = fields.take("sni").parsed(parseServerName, null);
      const common = fields.take("common_tls_context");
      return common.record(FIELDS.CommonTlsContext, (inner) => {
        const ca = readTrustedCa(inner.take("validation_context"), context.certificates);
        const verify = ca === null ? "none" : "chain";
        const remedy = verify === "none"
          ? "give a validation_context with trusted_ca"
          : "genkan's own form verifies names (see `genkan adapt`)";
        checkVerification(field, context.cluster, verify, remedy);
        return {
          serverName,
          verifyName: null,
          verify,
          ca,
          certificate: null,
          sans: [],
          ciphers: [],
          ...readAlpn(inner, context.isUsedForHttp),
          ...readVersions(inner.take("tls_params"), "TLSv1.2"),
        };
      });
    },
  });
}

function readTransportSocket<T>(field: Cursor, extension: Extension<T>): T | null {
  if (!field.given) return null;
  return field.record(FIELDS.TransportSocket, (fields) => {
    fields.need("name").name();
    return readExtension(fields, [extension]);
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
function readVersions(
  field: Cursor,
  defaultMax: TlsVersion | null = null,
): { minVersion: TlsVersion | null; maxVersion: TlsVersion | null } {
  return field.record(FIELDS.TlsParameters, (fields) => {
    const auto = { version: null };
    const min = fields.take("tls_minimum_protocol_version").choice(VERSIONS, auto).version;
    const given = fields.take("tls_maximum_protocol_version").choice(VERSIONS, auto).version;
    const max = given ?? defaultMax;
    checkVersions(field, min, max, given === null ? ", Envoy's default towards upstreams" : "");
    return { minVersion: min, maxVersion: max };
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
  items[1]?.fail("a second certificate is not supported");
  return items.map((item) =>
    item.record(FIELDS.TlsCertificate, (inner) => {
      const isOther = inner.has("pkcs12", "private_key_provider");
      const source = (name: string) =>
        readDataSource(isOther ? inner.take(name) : inner.need(name));
      return loader.pair(source("certificate_chain"), source("private_key"));
    })
  );
}

/** (Envoy: `CertificateValidationContext`) */
function readTrustedCa(field: Cursor, loader: CertificateLoader): UpstreamTlsConfig["ca"] {
  return field.record(FIELDS.CertificateValidationContext, (fields) => {
    const ca = fields.take("trusted_ca");
    return ca.given ? loader.authority(readDataSource(ca)) : null;
  });
}

/** A path is relative to the current folder, as in Envoy. (Envoy: `DataSource`) */
function readDataSource(field: Cursor): PemField | null {
  return field.record(FIELDS.DataSource, (fields) => {
    const file = fields.take("filename");
    const text = fields.take("inline_string");
    const bytes = fields.take("inline_bytes");
    const [source, second] = [file, text, bytes].filter((field) => field.given);
    second?.failAtName("a second source; only one says where it comes from");
    if (source === undefined && field.kind === "map" && !fields.has("environment_variable")) {
      field.failAtName('missing field "filename", "inline_string" or "inline_bytes"');
    }
    if (source === file) {
      const path = file.filled("a path");
      return path === "" ? null : { field: file, from: { kind: "file", path } };
    }
    const pem = source === bytes ? bytes.parsed(parseBase64, "") : text.filled("PEM text");
    return pem === "" ? null : { field: source, from: { kind: "inline", pem } };
  });
}

/** proto3 JSON's bytes: base64 in either alphabet. PEM is ASCII. */
function parseBase64(text: string): Reading<string> {
  const standard = text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/");
  try {
    return { value: atob(standard) };
  } catch {
    return { expected: "base64", found: "something else" };
  }
}
