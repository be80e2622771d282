/**
 * The certificate that the other end of a connection showed.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import { type CertificateInfo, parseCertificate } from "./certificate.ts";
import { DerError } from "./der.ts";

/** The subject alternative names of a certificate (RFC 5280 §4.2.1.6), as `CertificateInfo` has them. */
export type CertificateNames = Pick<
  CertificateInfo,
  "dnsNames" | "uris" | "emails" | "ipAddresses"
>;

/** What is told and asked of a peer's certificate. */
export interface PeerCertificate extends CertificateNames {
  /** The whole of it. */
  readonly der: Uint8Array;
  /**
   * The subject as Envoy prints it (RFC 2253), in ASCII: `CN=app,O=Acme`; a byte of any other
   * character is a backslash and two hex digits. May be empty.
   */
  readonly subject: string;
  /** The issuer, likewise. */
  readonly issuer: string;
  /** Lower-case hex digits, without leading zero bytes. */
  readonly serialNumber: string;
}

/**
 * Reads a certificate as it came in a handshake, DER. Throws a `PemError`; what a TLS library takes
 * isn't always DER to the letter.
 */
export function readPeerCertificate(der: Uint8Array): PeerCertificate {
  try {
    const { info } = parseCertificate(der);
    const { serialNumber, dnsNames, uris, emails, ipAddresses } = info;
    const subject = inAscii(info.subject), issuer = inAscii(info.issuer);
    return { der, subject, issuer, serialNumber, dnsNames, uris, emails, ipAddresses };
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new PemError(`Cannot read the peer's certificate: found ${error.message}`, {
      cause: error,
    });
  }
}

/** SHA-256 over the whole certificate, as 64 lower-case hex digits. */
export async function fingerprint(der: Uint8Array): Promise<string> {
  const bytes = new Uint8Array(der); // a view may lie in memory that WebCrypto doesn't take
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** RFC 2253 §2.4 with OpenSSL's `esc_msb`, so that it may stand in a header. */
function inAscii(name: string): string {
  return name.replace(/[^\0-\x7f]+/g, (text) =>
    [...new TextEncoder().encode(text)]
      .map((byte) => `\\${byte.toString(16).toUpperCase()}`).join(""));
}
