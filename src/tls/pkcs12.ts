/**
 * PKCS#12 (RFC 7292): a certificate, its chain and its key in one file under a password, as browsers
 * and Java import them. Written only, and in one way, OpenSSL 3's: PBES2 with PBKDF2-HMAC-SHA-256
 * and AES-256-CBC (RFC 8018 §6.2), and a MAC by HMAC-SHA-256. The DER is a few nested values, fewer
 * lines than the schema of an ASN.1 library would take to fill in.
 *
 * @module
 */

import { parseCertificates } from "./certificate.ts";
import { encodeDer, Tag } from "./der.ts";
import { importPrivateKey } from "./key.ts";
import { macKey, utf16 } from "./pkcs12_mac_key.ts";

/** What goes into the file. */
export interface Pkcs12Contents {
  /** The leaf and, behind it, the rest of its chain, PEM. */
  readonly chainPem: string;
  /** The leaf's key, PEM. */
  readonly keyPem: string;
  /** What trust stores show it as; Java's alias. */
  readonly friendlyName: string;
  /** May be empty. */
  readonly password: string;
  /** For salts and the initial vectors; the system's randomness by default. */
  readonly random?: (count: number) => Uint8Array<ArrayBuffer>;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Random = (count: number) => Bytes;

/** For both keys, as keytool has it: whoever guesses passwords tries the cheaper of the two. */
const ITERATIONS = 10_000;
const SALT_BYTES = 16; // RFC 8018 §4.1: 8 at least
const IV_BYTES = 16;

// Object identifiers, whole: RFC 7292 appendix D, RFC 8018 appendix C, RFC 5652, RFC 2985, RFC 5754.
const oid = (hex: string): Bytes => encodeDer(Tag.oid, Uint8Array.fromHex(hex));
const DATA = oid("2a864886f70d010701");
const ENCRYPTED_DATA = oid("2a864886f70d010706");
const KEY_BAG = oid("2a864886f70d010c0a0102"); // pkcs8ShroudedKeyBag
const CERT_BAG = oid("2a864886f70d010c0a0103");
const X509_CERTIFICATE = oid("2a864886f70d01091601");
const FRIENDLY_NAME = oid("2a864886f70d010914");
const LOCAL_KEY_ID = oid("2a864886f70d010915");
const PBES2 = oid("2a864886f70d01050d");
const PBKDF2 = oid("2a864886f70d01050c");
const HMAC_SHA256 = oid("2a864886f70d0209");
const AES_256_CBC = oid("60864801650304012a");
const SHA256 = oid("608648016503040201");

const NULL = encodeDer(Tag.null);

/** Writes the file's bytes. Throws a `PemError` when the certificates or the key can't be read. */
export async function encodePkcs12(
  contents: Pkcs12Contents,
): Promise<Uint8Array<ArrayBuffer>> {
  const { password, random = systemRandom } = contents;
  const certificates = parseCertificates(contents.chainPem).map(({ der }) => new Uint8Array(der));
  const { key } = await importPrivateKey(contents.keyPem);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  // What ties the key to its certificate; any bytes will do, and a digest is the custom.
  const keyId = new Uint8Array(await crypto.subtle.digest("SHA-1", certificates[0]));
  const leafAttributes = attributes(contents.friendlyName, keyId);

  const certBags = certificates.map((der, index) =>
    certBag(der, index === 0 ? [leafAttributes] : [])
  );
  const keyBag = safeBag(KEY_BAG, await shroud(pkcs8, password, random), [leafAttributes]);
  const safe = sequence(
    await encryptedData(sequence(...certBags), password, random),
    data(sequence(keyBag)),
  );
  return sequence(integer(3), data(safe), await macData(safe, password, random));
}

/** RFC 7292 §4.2.3. */
function certBag(der: Bytes, bagAttributes: Bytes[]): Bytes {
  return safeBag(
    CERT_BAG,
    sequence(X509_CERTIFICATE, explicit(octets(der))),
    bagAttributes,
  );
}

/** RFC 7292 §4.2. */
function safeBag(kind: Bytes, value: Bytes, bagAttributes: Bytes[]): Bytes {
  return sequence(kind, explicit(value), ...bagAttributes);
}

/** RFC 7292 §4.2, PKCS12Attribute. */
function attributes(friendlyName: string, keyId: Bytes): Bytes {
  const name = encodeDer(Tag.bmpString, utf16(friendlyName));
  const all = [
    sequence(FRIENDLY_NAME, encodeDer(Tag.set, name)),
    sequence(LOCAL_KEY_ID, encodeDer(Tag.set, octets(keyId))),
  ];
  all.sort((one, other) => one.toHex() < other.toHex() ? -1 : 1); // X.690 §11.6
  return encodeDer(Tag.set, ...all);
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). */
async function shroud(pkcs8: Bytes, password: string, random: Random): Promise<Bytes> {
  const { algorithm, ciphertext } = await encrypt(pkcs8, password, random);
  return sequence(algorithm, octets(ciphertext));
}

/** ContentInfo of type data (RFC 5652 §4). */
function data(content: Bytes): Bytes {
  return sequence(DATA, explicit(octets(content)));
}

/** ContentInfo of type encrypted-data (RFC 5652 §8). */
async function encryptedData(content: Bytes, password: string, random: Random): Promise<Bytes> {
  const { algorithm, ciphertext } = await encrypt(content, password, random);
  const info = sequence(DATA, algorithm, encodeDer(Tag.primitive(0), ciphertext));
  return sequence(ENCRYPTED_DATA, explicit(sequence(integer(0), info)));
}

/** PBES2 (RFC 8018 §6.2); the password as UTF-8. */
async function encrypt(
  plaintext: Bytes,
  password: string,
  random: Random,
): Promise<{ algorithm: Bytes; ciphertext: Bytes }> {
  const salt = random(SALT_BYTES);
  const iv = random(IV_BYTES);
  const secret = new TextEncoder().encode(password);
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS },
    base,
    { name: "AES-CBC", length: 256 },
    false,
    ["encrypt"],
  );
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, plaintext);
  const derivation = sequence(octets(salt), integer(ITERATIONS), sequence(HMAC_SHA256, NULL));
  const scheme = sequence(AES_256_CBC, octets(iv));
  return {
    algorithm: sequence(PBES2, sequence(sequence(PBKDF2, derivation), scheme)),
    ciphertext: new Uint8Array(ciphertext),
  };
}

/** RFC 7292 §4, MacData, over the contents of the authenticated safe. */
async function macData(safe: Bytes, password: string, random: Random): Promise<Bytes> {
  const salt = random(SALT_BYTES);
  const secret = await macKey(password, salt, ITERATIONS);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign(hmac, key, safe));
  return sequence(sequence(sequence(SHA256, NULL), octets(mac)), octets(salt), integer(ITERATIONS));
}

function sequence(...parts: Uint8Array[]): Bytes {
  return encodeDer(Tag.sequence, ...parts);
}

function explicit(value: Uint8Array): Bytes {
  return encodeDer(Tag.constructed(0), value);
}

function octets(bytes: Uint8Array): Bytes {
  return encodeDer(Tag.octetString, bytes);
}

/** Of a number that isn't negative (X.690 §8.3). */
function integer(value: number): Bytes {
  const digits = value.toString(16);
  const bytes = Uint8Array.fromHex(digits.padStart(digits.length + digits.length % 2, "0"));
  return encodeDer(Tag.integer, bytes[0] < 0x80 ? new Uint8Array(0) : Uint8Array.of(0), bytes);
}

function systemRandom(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}
