/**
 * `/certs`: the certificates in use, and how long they will last.
 *
 * @module
 */

import { type Endpoint, json } from "./endpoint.ts";
import type { CertificateView } from "./view.ts";

/** Envoy's `admin.v3.Certificates`. */
export const CERTS: Endpoint = {
  path: "/certs",
  help: "print certs on machine",
  async answer(view, _query, now) {
    const contexts = await view.certificates();
    return json({
      certificates: contexts.map(({ trusted, own }) => ({
        ca_cert: trusted.map((certificate) => certificateJson(certificate, now)),
        cert_chain: own.map((certificate) => certificateJson(certificate, now)),
      })),
    });
  },
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whole days until a certificate expires; 0 once it has. */
export function daysUntilExpiry({ notAfter }: CertificateView, now: number): number {
  return Math.max(0, Math.floor((notAfter - now) / DAY_MS));
}

function certificateJson(certificate: CertificateView, now: number): unknown {
  return {
    path: certificate.path ?? "<inline>",
    serial_number: certificate.serialNumber,
    subject_alt_names: [
      ...certificate.dnsNames.map((dns) => ({ dns })),
      ...certificate.uris.map((uri) => ({ uri })),
      ...certificate.ipAddresses.map((ip_address) => ({ ip_address })),
    ],
    days_until_expiration: String(daysUntilExpiry(certificate, now)),
    valid_from: timestamp(certificate.notBefore),
    expiration_time: timestamp(certificate.notAfter),
  };
}

/** Certificates count in seconds, and so does Envoy here. */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
