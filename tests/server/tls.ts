/**
 * Certificates for the tests of the server, from genkan's own authority.
 *
 * @module
 */

import type { CertificateConfig, DownstreamTlsConfig } from "../../src/config/model.ts";
import { createCa, issueCertificate } from "../../src/tls/authority.ts";

/** What a listener for localhost needs, and what its clients trust. */
export interface TestTls {
  readonly ca: string;
  readonly downstream: DownstreamTlsConfig;
}

/** Makes an authority and a leaf for localhost. */
export async function testTls(): Promise<TestTls> {
  const now = Date.now();
  const ca = await createCa({ name: "test", now });
  const leaf = await issueCertificate(ca, { names: ["localhost", "127.0.0.1"], now });
  return {
    ca: ca.certPem,
    downstream: downstreamTls({
      chain: { path: null, pem: leaf.certPem },
      key: { path: null, pem: leaf.keyPem },
    }),
  };
}

/** TLS with these certificates and nothing else. */
export function downstreamTls(...certificates: CertificateConfig[]): DownstreamTlsConfig {
  return {
    certificates,
    clientCertificate: null,
    ciphers: [],
    alpn: [],
    minVersion: null,
    maxVersion: null,
  };
}
