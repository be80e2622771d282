/**
 * What a certificate says, in plain words.
 *
 * @module
 */

import { PemError } from "../errors.ts";

/** The fields of an X.509 certificate that genkan uses or shows. */
export interface CertificateInfo {
  /** The subject's distinguished name (RFC 4514), such as `CN=app.test,O=Example`; may be empty. */
  readonly subject: string;
  /** The issuer's distinguished name (RFC 4514). */
  readonly issuer: string;
  /** Lower-case hex digits, without leading zero bytes. */
  readonly serialNumber: string;
  /** The DNS names among the subject alternative names, as written, wildcards included. */
  readonly dnsNames: readonly string[];
  /** The IP addresses among the subject alternative names; IPv6 as RFC 5952 writes it. */
  readonly ipAddresses: readonly string[];
  /** The URIs among the subject alternative names. */
  readonly uris: readonly string[];
  /** The e-mail addresses among the subject alternative names. */
  readonly emails: readonly string[];
  /** Milliseconds since 1970 from which it is valid. */
  readonly notBefore: number;
  /** Milliseconds since 1970 until which it is valid. */
  readonly notAfter: number;
  /** True when basicConstraints say that it is a CA (RFC 5280 §4.2.1.9). */
  readonly isCa: boolean;
  /** `RSA 2048`, `ECDSA P-256`, `Ed25519`, or the algorithm's OID. */
  readonly keyAlgorithm: string;
}

/**
 * Reads all CERTIFICATE blocks of a PEM text, in order; there is at least one. Other blocks are
 * passed over. Throws a `PemError` when there is none or when one can't be read.
 */
export function readCertificates(_pem: string): Promise<CertificateInfo[]> {
  return Promise.reject(new PemError("Cannot read certificates: not written yet"));
}
