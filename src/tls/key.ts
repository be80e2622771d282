/**
 * Private keys in PEM, and whose they are.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import { parseCertificates } from "./certificate.ts";
import { DerError, DerReader, encodeDer, oidText, Tag } from "./der.ts";
import {
  algorithmIdentifier,
  curveKind,
  type KeyKind,
  readKeyAlgorithm,
  SIGNING,
  type SigningAlgorithm,
} from "./key_kind.ts";
import { parsePem, type PemBlock } from "./pem.ts";

const WHAT = "the private key";
const USABLE = "RSA, P-256, P-384, P-521 and Ed25519 can be used";

/**
 * A private key as it was written. SEC1 keys may leave their curve to be told elsewhere; `kind` is
 * then null. `inner` is what PKCS#8 wraps: RSAPrivateKey, ECPrivateKey or an Ed25519 seed.
 */
interface PrivateKey {
  readonly kind: KeyKind | null;
  readonly inner: Uint8Array;
}

/**
 * True when the private key belongs to the first certificate of the chain. Takes PKCS#8, PKCS#1
 * (`RSA PRIVATE KEY`) and SEC1 (`EC PRIVATE KEY`) keys: RSA, P-256, P-384, P-521 and Ed25519.
 * Throws a `PemError` when either text can't be read, or when the key is encrypted.
 */
export async function keyMatches(chainPem: string, keyPem: string): Promise<boolean> {
  const [certificate] = parseCertificates(chainPem);
  const { kind } = certificate.algorithm;
  const privateKey = readPrivateKey(keyPem);
  if (kind === null) {
    throw new PemError(
      `Cannot tell whose the private key is: found ${certificate.info.keyAlgorithm} in the ` +
        `certificate; ${USABLE}`,
    );
  }
  if (privateKey.kind !== null && privateKey.kind !== kind) return false;
  const publicKey = await importPublicKey(certificate.publicKey, kind);
  const probe = new TextEncoder().encode("genkan");
  try {
    const signer = await importPkcs8(privateKey.inner, kind);
    const signature = await crypto.subtle.sign(SIGNING[kind], signer, probe);
    return await crypto.subtle.verify(SIGNING[kind], publicKey, signature, probe);
  } catch (cause) {
    throw new PemError(`Cannot read ${WHAT}: found a ${kind} key that isn't valid`, { cause });
  }
}

/** A private key for signing, and its kind. Throws a `PemError`. */
export async function importPrivateKey(keyPem: string): Promise<{ key: CryptoKey; kind: KeyKind }> {
  const { kind, inner } = readPrivateKey(keyPem);
  if (kind === null) throw new PemError(`Cannot read ${WHAT}: found an EC key without its curve`);
  try {
    return { kind, key: await importPkcs8(inner, kind) };
  } catch (cause) {
    throw new PemError(`Cannot read ${WHAT}: found a ${kind} key that isn't valid`, { cause });
  }
}

/** A private key, its public key, and their kind. */
export interface KeyPair {
  /** For signing. */
  readonly privateKey: CryptoKey;
  /** For verifying. */
  readonly publicKey: CryptoKey;
  /** What both are. */
  readonly kind: KeyKind;
}

/** Makes a new ECDSA P-256 key: what every client takes, at the least cost a handshake. */
export async function newKeys(): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  return { privateKey: pair.privateKey, publicKey: pair.publicKey, kind: "P-256" };
}

/** A private key in PEM with the public key that follows from it. Throws a `PemError`. */
export async function importKeys(keyPem: string): Promise<KeyPair> {
  const { key, kind } = await importPrivateKey(keyPem);
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = await crypto.subtle.importKey(
    "jwk",
    { kty, crv, x, y, n, e },
    SIGNING[kind],
    true,
    ["verify"],
  );
  return { privateKey: key, publicKey, kind };
}

/** A public key for verifying, from a SubjectPublicKeyInfo. Throws a `PemError`. */
export async function importPublicKey(
  info: Uint8Array,
  kind: KeyKind,
  algorithm: SigningAlgorithm = SIGNING[kind],
): Promise<CryptoKey> {
  try {
    const bytes = new Uint8Array(info);
    return await crypto.subtle.importKey("spki", bytes, algorithm, true, ["verify"]);
  } catch (cause) {
    throw new PemError(`Cannot read the certificate: found a ${kind} key that isn't valid`, {
      cause,
    });
  }
}

/** PKCS#8 in its first version (RFC 5208 §5), which both runtimes take whatever the kind. */
function importPkcs8(inner: Uint8Array, kind: KeyKind): Promise<CryptoKey> {
  const bytes = encodeDer(
    Tag.sequence,
    encodeDer(Tag.integer, Uint8Array.of(0)),
    algorithmIdentifier(kind),
    encodeDer(Tag.octetString, inner),
  );
  return crypto.subtle.importKey("pkcs8", bytes, SIGNING[kind], true, ["sign"]);
}

function readPrivateKey(keyPem: string): PrivateKey {
  const blocks = parsePem(keyPem, WHAT);
  const keys = blocks.filter((block) => block.label.endsWith("PRIVATE KEY"));
  if (keys.length !== 1) {
    const labels = [...new Set(blocks.map((block) => block.label))].join(", ");
    const none = blocks.length === 0 ? "no PEM block" : `no PRIVATE KEY, only ${labels}`;
    const found = keys.length === 0 ? none : `${keys.length} of them; keep the one that counts`;
    throw new PemError(`Cannot read ${WHAT}: found ${found}`);
  }
  const [block] = keys;
  if (
    block.label === "ENCRYPTED PRIVATE KEY" || block.headers.some((line) => /ENCRYPTED/.test(line))
  ) {
    throw new PemError(
      `Cannot read ${WHAT}: found an encrypted one; decrypt it with "openssl pkey -in FILE -out FILE"`,
    );
  }
  const parameters = blocks.find((block) => block.label === "EC PARAMETERS");
  try {
    return decodePrivateKey(block, parameters);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new PemError(`Cannot read ${WHAT}: found ${error.message}`, { cause: error });
  }
}

/** Throws a `DerError`. */
function decodePrivateKey(block: PemBlock, parameters: PemBlock | undefined): PrivateKey {
  switch (block.label) {
    case "PRIVATE KEY": { // RFC 5958 §2, without the attributes and the public key that may follow
      const fields = onlySequence(block.der);
      fields.take(Tag.integer);
      const algorithm = readKeyAlgorithm(fields);
      const inner = fields.take(Tag.octetString);
      if (algorithm.kind !== null) return { kind: algorithm.kind, inner };
      throw new DerError(`algorithm ${algorithm.oid}; ${USABLE}`);
    }
    case "RSA PRIVATE KEY": // RFC 8017 §A.1.2
      onlySequence(block.der);
      return { kind: "RSA", inner: block.der };
    case "EC PRIVATE KEY": { // RFC 5915 §3
      const fields = onlySequence(block.der);
      fields.take(Tag.integer);
      fields.take(Tag.octetString);
      const curve = fields.takeOptional(Tag.constructed(0)) ?? parameters?.der ?? null;
      return { kind: curve === null ? null : namedCurve(curve), inner: block.der };
    }
    default:
      throw new DerError(`${block.label}; convert it with "openssl pkey -in FILE -out FILE"`);
  }
}

function onlySequence(der: Uint8Array): DerReader {
  const outer = new DerReader(der);
  const fields = outer.enter(Tag.sequence);
  outer.end();
  return fields;
}

/** ECParameters (RFC 5480 §2.1.1): an object identifier; a curve spelled out is not for TLS. */
function namedCurve(parameters: Uint8Array): KeyKind {
  const curve = new DerReader(parameters).next();
  if (curve.tag !== Tag.oid) throw new DerError("an EC key whose curve isn't named");
  const kind = curveKind(curve.whole);
  if (kind === null) {
    throw new DerError(`curve ${oidText(curve.content)}; ${USABLE}`);
  }
  return kind;
}
