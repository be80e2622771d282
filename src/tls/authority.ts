/**
 * Makes certificate authorities and the leaves they vouch for. No files, and no clock of its own.
 *
 * @module
 */

import type { GeneralNameType, Name } from "@peculiar/x509";
import { PemError } from "../errors.ts";
import { parseCertificates, type ParsedCertificate, readExtension } from "./certificate.ts";
import { DerReader, oidText, Tag } from "./der.ts";
import { importKeys, importPrivateKey, keyMatches, newKeys } from "./key.ts";
import { SIGNING } from "./key_kind.ts";
import { checkConstraints, parseLeafNames } from "./leaf_names.ts";
import { encodeNameConstraints, LOCAL_NAMES, NAME_CONSTRAINTS } from "./name_constraints.ts";
import { encodePem } from "./pem.ts";
import type { SubjectName } from "./subject_name.ts";

/** A certificate and its key, PEM. The key is PKCS#8 and is never printed. */
export interface CertifiedKey {
  /** One certificate. */
  readonly certPem: string;
  /** Its private key. */
  readonly keyPem: string;
}

/** Gives so many random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

/** What a new authority is like. */
export interface CaOptions {
  /** Its common name, 1 to 64 characters. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long it is valid; ten years by default. */
  readonly days?: number;
  /** A private key for it, PEM, in place of a new one. */
  readonly keyPem?: string;
  /** For the serial number; the system's randomness by default. */
  readonly random?: RandomBytes;
}

/** What a leaf is good for: a server's certificate, a client's, or both. */
export type LeafUsage = "server" | "client" | "both";

/** What a new leaf is like. */
export interface LeafOptions {
  /** DNS names (a leading `*.` allowed), IP and e-mail addresses, URIs; at least one. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long it is valid, at most 825 and never longer than the authority; 397 by default. */
  readonly days?: number;
  /** `server` by default. */
  readonly usage?: LeafUsage;
  /** For the serial number; the system's randomness by default. */
  readonly random?: RandomBytes;
}

type X509 = typeof import("@peculiar/x509");

const DAY_MS = 24 * 60 * 60 * 1000;
const BACKDATE_MS = 60 * 60 * 1000; // for clients whose clock is behind
const CA_DAYS = 3650;
const MAX_CA_DAYS = 10 * CA_DAYS;
const LEAF_DAYS = 397;
const MAX_LEAF_DAYS = 825; // Apple's limit, for private CAs too (support.apple.com/103769)
const SERIAL_BYTES = 16;
const MAX_COMMON_NAME = 64; // RFC 5280 appendix A.1, ub-common-name

const SUBJECT_KEY_ID = "2.5.29.14";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1"; // RFC 5280 §4.2.1.12
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ALT_NAME_TYPES: Readonly<Record<SubjectName["kind"], GeneralNameType>> = {
  dns: "dns",
  ip: "ip",
  email: "email",
  uri: "url",
};
const USAGES: Readonly<Record<LeafUsage, string[]>> = {
  server: [SERVER_AUTH],
  client: [CLIENT_AUTH],
  both: [SERVER_AUTH, CLIENT_AUTH],
};

/**
 * Makes an authority that signs leaves only (path length 0), only for TLS (extended key usage) and
 * only for local names and private addresses (critical name constraints). It may vouch for any
 * e-mail address and any URI, but not for their mail: that is another usage. Its new key is ECDSA P-256. Throws a `PemError` when the
 * key that was handed in can't be read, or the name or the days are out of bounds.
 */
export async function createCa(options: CaOptions): Promise<CertifiedKey> {
  const { name, now, days = CA_DAYS, random = systemRandom } = options;
  if (name.length === 0 || name.length > MAX_COMMON_NAME) {
    throw new PemError(
      `Cannot create a CA: found a name of ${name.length} characters; give 1 to ${MAX_COMMON_NAME}`,
    );
  }
  if (!(days > 0 && days <= MAX_CA_DAYS)) {
    throw new PemError(`Cannot create a CA: found ${days} days; give 1 to ${MAX_CA_DAYS}`);
  }
  const x509 = await loadX509();
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const keys = options.keyPem === undefined ? await newKeys() : await importKeys(options.keyPem);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(random),
    name: distinguishedName(x509, "CN", name),
    ...validity(now, days),
    keys,
    signingAlgorithm: SIGNING[keys.kind],
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      new x509.ExtendedKeyUsageExtension(USAGES.both),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(NAME_CONSTRAINTS, true, await encodeNameConstraints(LOCAL_NAMES)),
    ],
  });
  return certifiedKey(certificate.rawData, keys.privateKey);
}

/**
 * Issues a leaf with a new ECDSA P-256 key. Its PEM holds the leaf alone: the authority is a root,
 * and clients that trust a root have it already (RFC 8446 §4.4.2). Throws a `PemError` when the
 * authority can't be used, when a name is none or lies outside of the name constraints, or when
 * the days are out of bounds.
 */
export async function issueCertificate(
  ca: CertifiedKey,
  options: LeafOptions,
): Promise<CertifiedKey> {
  const { now, days = LEAF_DAYS, usage = "server", random = systemRandom } = options;
  const names = parseLeafNames(options.names);
  const attempt = `Cannot issue for ${names[0].text}`;
  if (!(days > 0 && days <= MAX_LEAF_DAYS)) {
    throw new PemError(`${attempt}: found ${days} days; clients take 1 to ${MAX_LEAF_DAYS}`);
  }
  const issuer = await usableAuthority(ca, now);
  checkConstraints(issuer, names);

  const x509 = await loadX509();
  const signer = await importPrivateKey(ca.keyPem);
  const keys = await newKeys();
  const { notBefore, notAfter } = validity(now, days);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(random),
    subject: leafSubject(x509, names[0]),
    issuer: new x509.X509Certificate(new Uint8Array(issuer.der)).subjectName,
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), issuer.info.notAfter)),
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: SIGNING[signer.kind],
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(USAGES[usage]),
      new x509.SubjectAlternativeNameExtension(
        names.map(({ kind, text }) => ({ type: ALT_NAME_TYPES[kind], value: text })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.AuthorityKeyIdentifierExtension(subjectKeyId(issuer)),
    ],
  });
  return certifiedKey(certificate.rawData, keys.privateKey);
}

/** True when a leaf's extended key usage (RFC 5280 §4.2.1.12) allows all of `usage`. */
export function isFor(leaf: ParsedCertificate, usage: LeafUsage): boolean {
  const allowed = readUsages(leaf);
  return allowed === undefined || USAGES[usage].every((oid) => allowed.includes(oid));
}

/** True when a certificate's extended key usage allows TLS and nothing else. */
export function isForTlsOnly(certificate: ParsedCertificate): boolean {
  return readUsages(certificate)?.every((oid) => USAGES.both.includes(oid)) ?? false;
}

function readUsages(certificate: ParsedCertificate): string[] | undefined {
  return readExtension(certificate, EXTENDED_KEY_USAGE, (content) => {
    const list = new DerReader(content).enter(Tag.sequence);
    const oids: string[] = [];
    while (!list.done) oids.push(oidText(list.take(Tag.oid)));
    return oids;
  });
}

async function usableAuthority(ca: CertifiedKey, now: number): Promise<ParsedCertificate> {
  const [issuer] = parseCertificates(ca.certPem);
  const { isCa, subject, notAfter } = issuer.info;
  const fail = (found: string) => new PemError(`Cannot issue a certificate: found ${found}`);
  if (!isCa) throw fail(`${subject}, which is not a CA`);
  if (notAfter <= now) throw fail(`${subject}, expired on ${new Date(notAfter).toISOString()}`);
  if (!(await keyMatches(ca.certPem, ca.keyPem))) {
    throw fail(`a key that doesn't belong to ${subject}`);
  }
  return issuer;
}

/**
 * No address as the common name: OpenSSL holds the one of a leaf without DNS names against the name
 * constraints, as a DNS name where it looks like one.
 */
function leafSubject(x509: X509, name: SubjectName): Name {
  const isCommon = name.kind !== "ip" && name.text.length <= MAX_COMMON_NAME;
  return isCommon
    ? distinguishedName(x509, "CN", name.text)
    : distinguishedName(x509, "O", "genkan");
}

/** A value of its own type, since the library reads quotes and `#` in plain strings. */
function distinguishedName(x509: X509, attribute: "CN" | "O", value: string): Name {
  return new x509.Name([{ [attribute]: [{ utf8String: value }] }]);
}

/** RFC 5280 §4.2.1.2. An authority of another make may lack it. */
function subjectKeyId(issuer: ParsedCertificate): string {
  const read = (content: Uint8Array) => new DerReader(content).take(Tag.octetString).toHex();
  const id = readExtension(issuer, SUBJECT_KEY_ID, read);
  if (id !== undefined) return id;
  throw new PemError("Cannot issue a certificate: found a CA without a subject key identifier");
}

function validity(now: number, days: number): { notBefore: Date; notAfter: Date } {
  const notBefore = now - BACKDATE_MS;
  return { notBefore: new Date(notBefore), notAfter: new Date(notBefore + days * DAY_MS) };
}

/** A positive number of 128 random bits (RFC 5280 §4.1.2.2), in hex. */
function newSerial(random: RandomBytes): string {
  return random(SERIAL_BYTES).toHex();
}

function systemRandom(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

async function certifiedKey(certificate: ArrayBuffer, key: CryptoKey): Promise<CertifiedKey> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  return {
    certPem: encodePem("CERTIFICATE", new Uint8Array(certificate)),
    keyPem: encodePem("PRIVATE KEY", new Uint8Array(pkcs8)),
  };
}

/** The library's dependency injection wants the metadata polyfill first. */
async function loadX509(): Promise<X509> {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}
