/**
 * TLS in the native form: on a listener, and towards a cluster.
 *
 * @module
 */

import { isIpAddress, type TlsVersion } from "../../runtime/mod.ts";
import { parseHost, parseServerName } from "../address.ts";
import type { CertificateLoader, PemField } from "../certificates.ts";
import { checkHttpAlpn, checkVerification, checkVersions } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import type {
  CertificateConfig,
  DownstreamTlsConfig,
  EndpointConfig,
  UpstreamTlsConfig,
} from "../model.ts";

/** Where files are looked for, and who reads them. */
export interface TlsContext {
  /** Ends in a slash, or is empty. */
  readonly folder: string;
  readonly certificates: CertificateLoader;
}

/** A listener's `tls`; null where it is absent. HTTP listeners offer `http/1.1`. */
export function readDownstreamTls(
  field: Cursor,
  context: TlsContext & { readonly kind: "http" | "tcp" },
): DownstreamTlsConfig | null {
  if (!field.given) return null;
  return field.record([], (fields) => {
    const certificates = readCertificates(fields.need("certificates"), context);
    const protocols = fields.take("alpn");
    if (context.kind === "http") checkHttpAlpn(protocols.items());
    const offered = context.kind === "http" ? ["http/1.1"] : [];
    const alpn = protocols.given
      ? protocols.items().map((item) => item.filled("a protocol"))
      : offered;
    return {
      certificates,
      clientCertificate: null,
      ciphers: [],
      alpn,
      ...readVersions(field, fields),
    };
  });
}

function readCertificates(field: Cursor, context: TlsContext): CertificateConfig[] {
  const items = field.items();
  if (field.kind === "list" && items.length === 0) field.fail("expected a certificate, found none");
  items[1]?.fail("a second certificate is not supported");
  return items.map((item) =>
    item.record([], (fields) =>
      context.certificates.pair(
        pemField(fields.need("cert"), context.folder),
        pemField(fields.need("key"), context.folder),
      ))
  );
}

/** What a cluster's `tls` needs to know of the cluster. */
export interface UpstreamContext extends TlsContext {
  readonly cluster: string;
  readonly endpoints: readonly EndpointConfig[];
  readonly isUsedForHttp: boolean;
}

const VERIFY: Readonly<Record<string, UpstreamTlsConfig["verify"]>> = {
  full: "full",
  insecure_chain_only: "chain",
  insecure_none: "none",
};

/** A cluster's `tls`: `true`, or a mapping; null where it is absent or `false`. */
export function readUpstreamTls(field: Cursor, context: UpstreamContext): UpstreamTlsConfig | null {
  if (!field.given || (field.kind === "scalar" && !field.boolean(true))) return null;
  if (field.kind === "scalar") {
    const versions = {
      certificate: null,
      sans: [],
      minVersion: null,
      maxVersion: null,
      ciphers: [],
    };
    const serverName = defaultServerName(field, context.endpoints);
    return { serverName, verifyName: null, verify: "full", ca: null, alpn: [], ...versions };
  }
  return field.record([], (fields) => {
    const caField = fields.take("ca");
    const verifyField = fields.take("verify");
    const verify = verifyField.choice<UpstreamTlsConfig["verify"]>(VERIFY, "full");
    if (verify === "none" && caField.given) {
      caField.failAtName('has no effect with "verify: insecure_none"; remove one of them');
    }
    checkVerification(
      verifyField,
      context.cluster,
      verify,
      'write "verify: full", or leave it out',
    );
    const protocols = fields.take("alpn").items();
    if (context.isUsedForHttp) checkHttpAlpn(protocols);
    const nameField = fields.take("server_name");
    return {
      serverName: nameField.given
        ? nameField.parsed(parseServerName, null)
        : defaultServerName(field, context.endpoints),
      verifyName: readVerifyName(fields.take("verify_name"), verify),
      verify,
      ca: caField.given ? context.certificates.authority(pemField(caField, context.folder)) : null,
      certificate: null,
      sans: [],
      ciphers: [],
      alpn: protocols.map((item) => item.filled("a protocol")),
      ...readVersions(field, fields),
    };
  });
}

/** The name to look for where it isn't the one to ask for; an address will do. */
function readVerifyName(field: Cursor, verify: UpstreamTlsConfig["verify"]): string | null {
  if (!field.given) return null;
  if (verify !== "full") field.failAtName('has no effect without "verify: full"; remove it');
  return field.parsed(parseHost, null);
}

/** The one name that all endpoints have; null for addresses. */
function defaultServerName(field: Cursor, endpoints: readonly EndpointConfig[]): string | null {
  const hosts = endpoints.map(({ address }) => address.host);
  const names = new Set(hosts.map((host) => isIpAddress(host) ? null : host));
  const [name = null] = names;
  if (names.size > 1) {
    field.failAtName('missing field "server_name": the endpoints have different names');
  }
  return name;
}

const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  "1.2": "TLSv1.2",
  "1.3": "TLSv1.3",
  "TLSv1.2": "TLSv1.2",
  "TLSv1.3": "TLSv1.3",
};

function readVersions(
  field: Cursor,
  fields: Fields,
): { minVersion: TlsVersion | null; maxVersion: TlsVersion | null } {
  const minVersion = fields.take("min_version").literal<TlsVersion | null>(parseVersion, null);
  const maxVersion = fields.take("max_version").literal<TlsVersion | null>(parseVersion, null);
  checkVersions(field, minVersion, maxVersion);
  return { minVersion, maxVersion };
}

function parseVersion(text: string): Reading<TlsVersion> {
  const value = Object.hasOwn(VERSIONS, text) ? VERSIONS[text] : undefined;
  return value === undefined ? { expected: "1.2 or 1.3" } : { value };
}

/** A path from the configuration's folder, or PEM text itself. */
function pemField(field: Cursor, folder: string): PemField | null {
  const value = field.filled("a path or PEM text");
  if (value === "") return null;
  if (value.includes("-----BEGIN ")) return { field, from: { kind: "inline", pem: value } };
  const isAbsolute = /^([A-Za-z]:)?[\\/]/.test(value);
  return { field, from: { kind: "file", path: isAbsolute ? value : `${folder}${value}` } };
}
