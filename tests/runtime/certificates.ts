/**
 * The certificates that the contract needs, made with genkan's own CA.
 *
 * @module
 */

import { type CertifiedKey, createCa, issueCertificate } from "../../src/tls/authority.ts";

/** PEM texts. */
export interface Certificates {
  /** The authority that clients trust. */
  readonly ca: CertifiedKey;
  /** Another one, which they don't. */
  readonly otherCa: CertifiedKey;
  /** For localhost, app.test, 127.0.0.1 and ::1. */
  readonly leaf: CertifiedKey;
  /** For named.test only. */
  readonly nameOnly: CertifiedKey;
  /** As `leaf`, but its time is over. */
  readonly expired: CertifiedKey;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes them all; takes about 50 ms. */
export async function makeCertificates(): Promise<Certificates> {
  const now = Date.now();
  const past = now - 100 * DAY_MS;
  const ca = await createCa({ name: "contract", now: past });
  const names = ["localhost", "app.test", "127.0.0.1", "::1"];
  return {
    ca,
    otherCa: await createCa({ name: "another", now }),
    leaf: await issueCertificate(ca, { names, now }),
    nameOnly: await issueCertificate(ca, { names: ["named.test"], now }),
    expired: await issueCertificate(ca, { names, now: past, days: 30 }),
  };
}
