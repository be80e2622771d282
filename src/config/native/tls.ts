/**
 * TLS in the native form: on a listener, and towards a cluster.
 *
 * @module
 */

import { isUnixPath, type TlsVersion } from "../../runtime/mod.ts";
import { isName, parseHost, parseServerName } from "../address.ts";
import type { CertificateLoader, PemField } from "../certificates.ts";
import { checkHttpAlpn, checkVerification, checkVersions } from "../checks.ts";
import { readCiphers } from "../ciphers.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import type {
  CertificateConfig,
  ClientCertificateConfig,
  DownstreamTlsConfig,
  EndpointConfig,
  UpstreamTlsConfig,
} from "../model.ts";
import { readSans } from "../san.ts";
import { checkSupport, type TlsSupport } from "../tls_support.ts";

/** Where files are looked for, and who reads them. */
export interface TlsContext {
  /** Ends in a slash, or is empty. */
  readonly folder: string;
  readonly certificates: CertificateLoader;
  /** What the runtime's TLS can do. */
  readonly supports: TlsSupport;
}

/** What a listener's `tls` needs to know: what is spoken inside. */
export interface DownstreamContext extends TlsContext {
  readonly kind: "http" | "tcp";
}

/** Reads the fields of a listener's `tls` but for `host`. HTTP listeners offer `http/1.1`. */
export function readDownstreamTls(
  field: Cursor,
  fields: Fields,
  context: DownstreamContext,
): DownstreamTlsConfig {
  const certificates = readCertificates(fields.need("certificates"), context);
  const protocols = fields.take("alpn");
  if (context.kind === "http") checkHttpAlpn(protocols.items());
  const offered = context.kind === "http" ? ["http/1.1"] : [];
  const alpn = protocols.given
    ? protocols.items().map((item) => item.filled("a protocol"))
    : offered;
  return {
    certificates,
    clientCertificate: readClientCertificates(fields.take("client_certificates"), context),
    alpn,
    ...readParameters(field, fields, context),
  };
}

function readCertificates(field: Cursor, context: TlsContext): CertificateConfig[] {
  const items = field.items();
  if (field.kind === "list" && items.length === 0) field.fail("expected a certificate, found none");
  return items.map((item) => readCertificate(item, context, "server"));
}

function readCertificate(
  field: Cursor,
  context: TlsContext,
  use: "server" | "client",
): CertificateConfig {
  return field.record([], (fields) =>
    context.certificates.pair(
      pemField(fields.need("cert"), context.folder),
      pemField(fields.need("key"), context.folder),
      use,
    ));
}

function readClientCertificates(
  field: Cursor,
  context: TlsContext,
): ClientCertificateConfig | null {
  if (!field.given) return null;
  return field.record([], (fields) => {
    const requiredField = fields.take("required");
    const required = requiredField.boolean(true);
    const sans = readSans(fields.take("sans"));
    if (!required && sans.length > 0) {
      requiredField.fail('cannot be off with "sans": who has no certificate has no name either');
    }
    const crlField = fields.take("crl");
    if (crlField.given) checkSupport(crlField, "crl", context.supports);
    return {
      required,
      ca: context.certificates.authority(pemField(fields.need("ca"), context.folder)),
      crl: crlField.given
        ? context.certificates.revocationList(pemField(crlField, context.folder))
        : null,
      sans,
    };
  });
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
    const serverName = defaultServerName(field, context.endpoints);
    checkNameToVerify(field, serverName, context.endpoints);
    return { ...VERIFIED, serverName };
  }
  return field.record([], (fields) => {
    const caField = fields.take("ca");
    const verifyField = fields.take("verify");
    const verify = verifyField.choice<UpstreamTlsConfig["verify"]>(VERIFY, "full");
    const sansField = fields.take("sans");
    const sans = readSans(sansField);
    if (verify === "none") {
      for (const useless of [caField, sansField].filter((field) => field.given)) {
        useless.failAtName('has no effect with "verify: insecure_none"; remove one of them');
      }
    }
    if (verify === "none" || sans.length === 0) {
      const remedy = 'write "verify: full", or leave it out';
      checkVerification(verifyField, context.cluster, verify, remedy);
    }
    const protocols = fields.take("alpn").items();
    if (context.isUsedForHttp) checkHttpAlpn(protocols);
    const nameField = fields.take("server_name");
    const serverName = nameField.given
      ? nameField.parsed(parseServerName, null)
      : defaultServerName(field, context.endpoints);
    const verifyName = readVerifyName(fields.take("verify_name"), verify);
    if (verify === "full") {
      checkNameToVerify(field, verifyName ?? serverName, context.endpoints);
    }
    const certificate = fields.take("client_certificate");
    return {
      serverName,
      verifyName,
      verify,
      ca: caField.given ? context.certificates.authority(pemField(caField, context.folder)) : null,
      certificate: certificate.given ? readCertificate(certificate, context, "client") : null,
      sans,
      alpn: protocols.map((item) => item.filled("a protocol")),
      ...readParameters(field, fields, context),
    };
  });
}

/** What `true` stands for, but for the name. */
const VERIFIED: UpstreamTlsConfig = {
  serverName: null,
  verifyName: null,
  verify: "full",
  ca: null,
  certificate: null,
  sans: [],
  ciphers: [],
  alpn: [],
  minVersion: null,
  maxVersion: null,
};

/** A unix socket has no name of its own that could be looked for in a certificate. */
function checkNameToVerify(
  field: Cursor,
  name: string | null,
  endpoints: readonly EndpointConfig[],
): void {
  if (name !== null || !endpoints.some(({ address }) => isUnixPath(address.host))) return;
  field.failAtName('missing field "server_name": a unix socket has no name to verify');
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
  const names = new Set(hosts.map((host) => isName(host) ? host : null));
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

function readParameters(
  field: Cursor,
  fields: Fields,
  { supports }: TlsContext,
): { minVersion: TlsVersion | null; maxVersion: TlsVersion | null; ciphers: string[] } {
  const minVersion = fields.take("min_version").literal<TlsVersion | null>(parseVersion, null);
  const maxVersion = fields.take("max_version").literal<TlsVersion | null>(parseVersion, null);
  checkVersions(field, minVersion, maxVersion);
  const ciphersField = fields.take("ciphers");
  const ciphers = readCiphers(ciphersField, { minVersion, supports });
  if (ciphersField.kind === "list" && ciphers.length === 0) {
    ciphersField.fail("expected a cipher suite, found none");
  }
  return { minVersion, maxVersion, ciphers };
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
