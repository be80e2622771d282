/**
 * Certificates for the tests of the server, from genkan's own authority.
 *
 * @module
 */

import type { DownstreamTlsConfig } from "../../src/config/model.ts";
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
    downstream: {
      certificates: [{
        chain: { path: null, pem: leaf.certPem },
        key: { path: null, pem: leaf.keyPem },
      }],
      clientCertificate: null,
      ciphers: [],
      alpn: [],
      minVersion: null,
      maxVersion: null,
    },
  };
}
