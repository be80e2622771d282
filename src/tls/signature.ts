/**
 * Whether one certificate was signed with the key of another, and with what.
 *
 * @module
 */

import type { ParsedCertificate } from "./certificate.ts";
import { DerError, DerReader, Tag } from "./der.ts";
import { importPublicKey } from "./key.ts";
import { type KeyKind, SIGNING } from "./key_kind.ts";

/** The bytes of each number of an ECDSA signature (IEEE P1363, as WebCrypto has it). */
const ECDSA_NUMBER_BYTES: Readonly<Record<string, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
};

/** What a signature is made with: WebCrypto's name of the algorithm, null for one it hasn't. */
interface Signing {
  readonly name: string | null;
  readonly hash: string | null;
}

/** By object identifier (RFC 3279 §2.2, RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3). */
const ALGORITHMS: Readonly<Record<string, Signing>> = {
  "1.2.840.113549.1.1.4": { name: null, hash: "MD5" },
  "1.2.840.113549.1.1.5": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" },
  "1.2.840.113549.1.1.11": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  "1.2.840.113549.1.1.12": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
  "1.2.840.113549.1.1.13": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" },
  "1.2.840.10040.4.3": { name: null, hash: "SHA-1" }, // DSA
  "1.2.840.10045.4.1": { name: "ECDSA", hash: "SHA-1" },
  "1.2.840.10045.4.3.2": { name: "ECDSA", hash: "SHA-256" },
  "1.2.840.10045.4.3.3": { name: "ECDSA", hash: "SHA-384" },
  "1.2.840.10045.4.3.4": { name: "ECDSA", hash: "SHA-512" },
  "1.3.101.112": { name: "Ed25519", hash: null },
};

/** The hash that a certificate was signed with, such as `SHA-256`; null where it isn't known. */
export function signatureHash({ signatureAlgorithm }: ParsedCertificate): string | null {
  return ALGORITHMS[signatureAlgorithm]?.hash ?? null;
}

/**
 * True when `issuer` signed `certificate`; false also for a signature that can't be checked here.
 * Throws a `PemError` when the issuer's key can't be read.
 */
export async function isSignedBy(
  certificate: ParsedCertificate,
  issuer: ParsedCertificate,
): Promise<boolean> {
  return await verifySignature(certificate, issuer) === true;
}

/** As `isSignedBy`, but null for a signature that can't be checked here, such as RSA-PSS. */
export async function verifySignature(
  certificate: ParsedCertificate,
  issuer: ParsedCertificate,
): Promise<boolean | null> {
  const { kind } = issuer.algorithm;
  const signing = ALGORITHMS[certificate.signatureAlgorithm];
  if (kind === null || signing === undefined || signing.name === null) return null;
  if (signing.name !== SIGNING[kind].name) return false;
  const signature = signatureBytes(certificate.signature, kind);
  if (signature === null) return false;
  const { hash } = signing;
  const algorithm = hash === null ? SIGNING[kind] : { ...SIGNING[kind], hash };
  const key = await importPublicKey(issuer.publicKey, kind, algorithm);
  return await crypto.subtle.verify(algorithm, key, signature, new Uint8Array(certificate.signed));
}

function signatureBytes(der: Uint8Array, kind: KeyKind): Uint8Array<ArrayBuffer> | null {
  const size = ECDSA_NUMBER_BYTES[kind];
  return size === undefined ? new Uint8Array(der) : flatSignature(der, size);
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
