/**
 * What a certificate says, in plain words.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import {
  bitStringBytes,
  booleanValue,
  DerError,
  DerReader,
  latin1,
  oidText,
  Tag,
  timeValue,
} from "./der.ts";
import { distinguishedName } from "./distinguished_name.ts";
import { ipText } from "./ip_address.ts";
import { type KeyAlgorithm, readKeyAlgorithm, SIGNING } from "./key_kind.ts";
import { parsePem } from "./pem.ts";

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
  /** `RSA 2048`, `ECDSA P-256`, `Ed25519`, or the algorithm's object identifier. */
  readonly keyAlgorithm: string;
}

/** All subject alternative names of the kinds above. */
export function altNames(info: CertificateInfo): string[] {
  return [...info.dnsNames, ...info.ipAddresses, ...info.emails, ...info.uris];
}

/** A certificate taken apart, for those who work with its bytes. */
export interface ParsedCertificate {
  /** What it says. */
  readonly info: CertificateInfo;
  /** The whole of it. */
  readonly der: Uint8Array;
  /** What the issuer signed: the TBSCertificate, whole. */
  readonly signed: Uint8Array;
  /** The signature itself. */
  readonly signature: Uint8Array;
  /** The object identifier of the signature's algorithm. */
  readonly signatureAlgorithm: string;
  /** The subject's key: the SubjectPublicKeyInfo, whole. */
  readonly publicKey: Uint8Array;
  /** The algorithm of the subject's key. */
  readonly algorithm: KeyAlgorithm;
  /** The contents of each extension by its object identifier; see `readExtension`. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads all CERTIFICATE blocks of a PEM text, in order; there is at least one. Other blocks are
 * passed over. Throws a `PemError` when there is none or when one can't be read.
 */
// deno-lint-ignore require-await -- what is wrong must reject, and callers await as for keyMatches
export async function readCertificates(pem: string): Promise<CertificateInfo[]> {
  return parseCertificates(pem).map((certificate) => certificate.info);
}

/** As `readCertificates`, with the bytes. */
export function parseCertificates(pem: string): ParsedCertificate[] {
  const blocks = parsePem(pem, "certificates");
  const certificates = blocks.filter((block) => block.label === "CERTIFICATE");
  if (certificates.length === 0) {
    const labels = [...new Set(blocks.map((block) => block.label))].join(", ");
    const found = blocks.length === 0 ? "no PEM block" : `no CERTIFICATE, only ${labels}`;
    throw new PemError(`Cannot read certificates: found ${found}`);
  }
  return certificates.map((block, index) => {
    try {
      return parseCertificate(block.der);
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      const which = certificates.length === 1 ? "the certificate" : `certificate ${index + 1}`;
      throw new PemError(`Cannot read ${which}: found ${error.message}`, { cause: error });
    }
  });
}

/**
 * Hands the contents of an extension to `read`; undefined when it isn't there. Throws a `PemError`
 * when `read` throws a `DerError`.
 */
export function readExtension<T>(
  certificate: ParsedCertificate,
  oid: string,
  read: (content: Uint8Array) => T,
): T | undefined {
  const content = certificate.extensions.get(oid);
  try {
    return content === undefined ? undefined : read(content);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new PemError(`Cannot read extension ${oid} of the certificate: found ${error.message}`, {
      cause: error,
    });
  }
}

const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";

/** Reads one certificate (RFC 5280 §4.1). Throws a `DerError`. */
export function parseCertificate(der: Uint8Array): ParsedCertificate {
  const outer = new DerReader(der);
  const certificate = outer.enter(Tag.sequence);
  outer.end();
  const signed = certificate.next();
  const signatureAlgorithm = oidText(certificate.enter(Tag.sequence).take(Tag.oid));
  const signature = bitStringBytes(certificate.take(Tag.bitString));
  certificate.end();

  const body = new DerReader(new DerReader(signed.whole).take(Tag.sequence));
  body.takeOptional(Tag.constructed(0)); // version
  const serialNumber = body.take(Tag.integer);
  body.take(Tag.sequence); // the signature's algorithm once more
  const issuer = distinguishedName(body);
  const validity = body.enter(Tag.sequence);
  const notBefore = timeValue(validity.next());
  const notAfter = timeValue(validity.next());
  const subject = distinguishedName(body);
  const publicKey = body.next().whole;
  const { algorithm, description } = describeKey(publicKey);
  body.takeOptional(Tag.primitive(1)); // issuerUniqueID
  body.takeOptional(Tag.primitive(2)); // subjectUniqueID
  const extensions = readExtensions(body.takeOptional(Tag.constructed(3)));
  body.end();

  const info: CertificateInfo = {
    subject,
    issuer,
    serialNumber: serialNumber.toHex().replace(/^(00)+(?=..)/, ""),
    ...readAltNames(extensions.get(SUBJECT_ALT_NAME)),
    notBefore,
    notAfter,
    isCa: readIsCa(extensions.get(BASIC_CONSTRAINTS)),
    keyAlgorithm: description,
  };
  return {
    info,
    der,
    signed: signed.whole,
    signature,
    signatureAlgorithm,
    publicKey,
    algorithm,
    extensions,
  };
}

/** Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
function describeKey(publicKey: Uint8Array): { algorithm: KeyAlgorithm; description: string } {
  const info = new DerReader(publicKey).enter(Tag.sequence);
  const algorithm = readKeyAlgorithm(info);
  const bits = bitStringBytes(info.take(Tag.bitString));
  info.end();
  if (algorithm.kind === null) return { algorithm, description: algorithm.oid };
  if (algorithm.kind === "RSA") {
    const modulus = new DerReader(bits).enter(Tag.sequence).take(Tag.integer);
    return { algorithm, description: `RSA ${bitLength(modulus)}` };
  }
  const isCurve = SIGNING[algorithm.kind].name === "ECDSA";
  return { algorithm, description: isCurve ? `ECDSA ${algorithm.kind}` : algorithm.kind };
}

function bitLength(integer: Uint8Array): number {
  const first = integer.findIndex((byte) => byte !== 0);
  if (first === -1) return 0;
  return (integer.length - first) * 8 - Math.clz32(integer[first]) + 24;
}

/** RFC 5280 §4.2: each extension at most once. */
function readExtensions(content: Uint8Array | null): Map<string, Uint8Array> {
  const extensions = new Map<string, Uint8Array>();
  if (content === null) return extensions;
  const list = new DerReader(content).enter(Tag.sequence);
  while (!list.done) {
    const extension = list.enter(Tag.sequence);
    const oid = oidText(extension.take(Tag.oid));
    extension.takeOptional(Tag.boolean); // critical
    if (extensions.has(oid)) throw new DerError(`extension ${oid} twice`);
    extensions.set(oid, extension.take(Tag.octetString));
    extension.end();
  }
  return extensions;
}

/** RFC 5280 §4.2.1.6; the kinds of names that aren't listed here are passed over. */
function readAltNames(content: Uint8Array | undefined) {
  const emails: string[] = [];
  const dnsNames: string[] = [];
  const uris: string[] = [];
  const ipAddresses: string[] = [];
  const names = content === undefined ? null : new DerReader(content).enter(Tag.sequence);
  while (names !== null && !names.done) {
    const name = names.next();
    if (name.tag === Tag.primitive(1)) emails.push(ia5Text(name.content));
    else if (name.tag === Tag.primitive(2)) dnsNames.push(ia5Text(name.content));
    else if (name.tag === Tag.primitive(6)) uris.push(ia5Text(name.content));
    else if (name.tag === Tag.primitive(7)) ipAddresses.push(addressText(name.content));
  }
  return { dnsNames, ipAddresses, uris, emails };
}

function ia5Text(content: Uint8Array): string {
  const text = latin1(content);
  if (!/^[\x20-\x7e]*$/.test(text)) throw new DerError("an alternative name that isn't ASCII");
  return text;
}

function addressText(content: Uint8Array): string {
  if (content.length !== 4 && content.length !== 16) {
    throw new DerError(`an IP address of ${content.length} bytes`);
  }
  return ipText(content);
}

/** RFC 5280 §4.2.1.9: absent means false. */
function readIsCa(content: Uint8Array | undefined): boolean {
  if (content === undefined) return false;
  const flag = new DerReader(content).enter(Tag.sequence).takeOptional(Tag.boolean);
  return flag !== null && booleanValue(flag);
}
