/**
 * Whether one certificate was signed with the key of another.
 *
 * @module
 */

import type { ParsedCertificate } from "./certificate.ts";
import { DerError, DerReader, Tag } from "./der.ts";
import { importPublicKey } from "./key.ts";
import { SIGNING } from "./key_kind.ts";

/** The bytes of each number of an ECDSA signature (IEEE P1363, as WebCrypto has it). */
const ECDSA_NUMBER_BYTES: Readonly<Record<string, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
};

/**
 * True when `issuer` signed `certificate` the way that `issueCertificate` signs; false also for a
 * signature of another make. Throws a `PemError` when the issuer's key can't be read.
 */
export async function isSignedBy(
  certificate: ParsedCertificate,
  issuer: ParsedCertificate,
): Promise<boolean> {
  const { kind } = issuer.algorithm;
  if (kind === null) return false;
  const size = ECDSA_NUMBER_BYTES[kind];
  const signature = size === undefined
    ? new Uint8Array(certificate.signature)
    : flatSignature(certificate.signature, size);
  if (signature === null) return false;
  const key = await importPublicKey(issuer.publicKey, kind);
  const signed = new Uint8Array(certificate.signed);
  return await crypto.subtle.verify(SIGNING[kind], key, signature, signed);
}

/** RFC 3279 §2.2.3: a SEQUENCE of two INTEGERs becomes two numbers of a fixed size. */
function flatSignature(der: Uint8Array, size: number): Uint8Array<ArrayBuffer> | null {
  const flat = new Uint8Array(2 * size);
  try {
    const numbers = new DerReader(der).enter(Tag.sequence);
    for (const end of [size, 2 * size]) {
      const integer = numbers.take(Tag.integer);
      const digits = integer.subarray(integer.findIndex((byte) => byte !== 0));
      if (digits.length > size) return null;
      flat.set(digits, end - digits.length);
    }
    return flat;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
