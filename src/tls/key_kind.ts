/**
 * The kinds of keys that genkan works with, by their names in certificates and in WebCrypto.
 *
 * @module
 */

import { DerError, DerReader, oidText, Tag } from "./der.ts";

/** A kind of key. */
export type KeyKind = "RSA" | "P-256" | "P-384" | "P-521" | "Ed25519";

/** What WebCrypto's `importKey`, `sign` and `verify` take for a kind of key. */
export interface SigningAlgorithm {
  /** The algorithm. */
  readonly name: string;
  /** The curve, for ECDSA. */
  readonly namedCurve?: string;
  /** The hash, except for Ed25519, which has its own. */
  readonly hash?: string;
}

/** How each kind signs, with the hash that suits its strength (RFC 5480 §4). */
export const SIGNING: Readonly<Record<KeyKind, SigningAlgorithm>> = {
  "RSA": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  "P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "P-384": { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  "P-521": { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" },
  "Ed25519": { name: "Ed25519" },
};

/**
 * Each kind's AlgorithmIdentifier (RFC 5280 §4.1.1.2), whole, in hex. Its DER leaves no choice
 * (RFC 8017 §A.1, RFC 5480 §2.1.1, RFC 8410 §3), so one table serves both ways.
 */
const ALGORITHM_IDENTIFIERS: Readonly<Record<KeyKind, string>> = {
  "RSA": "300d06092a864886f70d0101010500",
  "P-256": "301306072a8648ce3d020106082a8648ce3d030107",
  "P-384": "301006072a8648ce3d020106052b81040022",
  "P-521": "301006072a8648ce3d020106052b81040023",
  "Ed25519": "300506032b6570",
};

const KINDS = Object.keys(ALGORITHM_IDENTIFIERS) as KeyKind[];

/** A key's algorithm: one of ours, or another by its object identifier. */
export type KeyAlgorithm = { kind: KeyKind } | { kind: null; oid: string };

/** Reads the AlgorithmIdentifier of a key. Throws a `DerError`. */
export function readKeyAlgorithm(reader: DerReader): KeyAlgorithm {
  const identifier = reader.next();
  const hex = identifier.whole.toHex();
  const kind = KINDS.find((kind) => ALGORITHM_IDENTIFIERS[kind] === hex);
  if (kind !== undefined) return { kind };
  if (identifier.tag !== Tag.sequence) throw new DerError("no algorithm identifier");
  return { kind: null, oid: oidText(new DerReader(identifier.content).take(Tag.oid)) };
}

/** Writes the AlgorithmIdentifier of a kind of key. */
export function algorithmIdentifier(kind: KeyKind): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(ALGORITHM_IDENTIFIERS[kind]);
}

/** The kind of an EC key whose curve has this OBJECT IDENTIFIER (whole value), or null. */
export function curveKind(oid: Uint8Array): KeyKind | null {
  const hex = oid.toHex();
  const found = KINDS.find((kind) =>
    SIGNING[kind].name === "ECDSA" && ALGORITHM_IDENTIFIERS[kind].endsWith(hex)
  );
  return found ?? null;
}
