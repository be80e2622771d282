/**
 * Any TLS of a model that the native form can say, for properties.
 *
 * @module
 */

import fc from "fast-check";
import { CIPHERS } from "../../src/config/ciphers.ts";
import type {
  CertificateConfig,
  ClientCertificateConfig,
  DownstreamTlsConfig,
  PemSource,
  SanMatcherConfig,
  UpstreamTlsConfig,
} from "../../src/config/model.ts";
import type { TlsVersion } from "../../src/runtime/mod.ts";
import { oneOf } from "./any_value.ts";

export type Files = ReadonlyMap<string, string>;

interface Versions {
  minVersion: TlsVersion | null;
  maxVersion: TlsVersion | null;
}

function pem(files: Files, path: string): PemSource {
  return { path, pem: files.get(path)! };
}

function pair(files: Files, name: string): CertificateConfig {
  return { chain: pem(files, `certs/${name}.pem`), key: pem(files, `certs/${name}-key.pem`) };
}

const anyVersions = oneOf<Versions>(
  { minVersion: null, maxVersion: null },
  { minVersion: "TLSv1.2", maxVersion: "TLSv1.3" },
  { minVersion: "TLSv1.3", maxVersion: null },
  { minVersion: null, maxVersion: "TLSv1.2" },
);

const anySan = oneOf<SanMatcherConfig>(
  { kind: "dns", value: "a.test" },
  { kind: "uri", value: "spiffe://test/A" },
  { kind: "email", value: "A@test" },
  { kind: "ip", value: "10.0.0.1" },
  { kind: "ip", value: "2001:db8::1" },
);
export const someSans = fc.array(anySan, { minLength: 1, maxLength: 3 });
const anySans = fc.oneof(oneOf<SanMatcherConfig[]>([]), someSans);

/** Cipher suites, where TLS 1.2 is spoken. */
function withCiphers(versions: Versions): fc.Arbitrary<Versions & { ciphers: string[] }> {
  const ciphers = versions.minVersion === "TLSv1.3"
    ? oneOf<string[]>([])
    : fc.subarray([...CIPHERS], { maxLength: 3 });
  return ciphers.map((ciphers) => ({ ...versions, ciphers }));
}

export function anyDownstreamTls(files: Files): fc.Arbitrary<DownstreamTlsConfig> {
  const clientCertificate = fc.record({
    required: fc.boolean(),
    ca: fc.constant(pem(files, "certs/ca.pem")),
    crl: oneOf(null, pem(files, "certs/crl.pem")),
    sans: anySans,
  }).map((client): ClientCertificateConfig => ({
    ...client,
    required: client.required || client.sans.length > 0,
  }));
  return fc.record({
    certificates: fc.subarray([pair(files, "app"), pair(files, "domain2")], { minLength: 1 }),
    clientCertificate: fc.option(clientCertificate, { nil: null }),
    alpn: oneOf<string[]>([], ["http/1.1"], ["http/1.1", "http/1.0"]),
    versions: anyVersions.chain(withCiphers),
  }).map(({ versions, ...rest }) => ({ ...rest, ...versions }));
}

export function anyUpstreamTls(files: Files): fc.Arbitrary<UpstreamTlsConfig> {
  return fc.record({
    serverName: oneOf(null, "a.internal", "other.test"),
    verifyName: oneOf(null, "c.internal", "10.0.0.9"),
    verify: oneOf<UpstreamTlsConfig["verify"]>("full", "chain", "none"),
    ca: oneOf(null, pem(files, "certs/ca.pem")),
    alpn: oneOf<string[]>([], ["http/1.1"]),
    certificate: oneOf(null, pair(files, "client")),
    sans: anySans,
    versions: anyVersions.chain(withCiphers),
  })
    .filter(({ verify, sans }) => verify !== "none" || sans.length === 0)
    .filter(({ verify, ca }) => verify !== "none" || ca === null)
    .filter(({ verify, verifyName }) => verify === "full" || verifyName === null)
    .map(({ versions, ...rest }) => ({ ...rest, ...versions }));
}
