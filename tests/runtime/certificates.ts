/**
 * The certificates that the contract needs. They are not made with genkan's CA, whose name
 * constraints BoringSSL, and with it Bun, refuses for addresses.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A certificate and its key, PEM. */
export interface CertifiedKey {
  /** The certificate. */
  readonly certPem: string;
  /** Its private key, PKCS#8. */
  readonly keyPem: string;
}

/** What a case may serve, and whom it may trust. */
export interface Certificates {
  /** The authority that clients trust, PEM. */
  readonly ca: string;
  /** Another one, which they don't. */
  readonly otherCa: string;
  /** For localhost, app.test, 127.0.0.1 and ::1. */
  readonly leaf: CertifiedKey;
  /** For named.test only. */
  readonly nameOnly: CertifiedKey;
  /** As `leaf`, but its time is over. */
  readonly expired: CertifiedKey;
  /** As `leaf`, but its time is still to come. */
  readonly early: CertifiedKey;
  /** As `leaf`, but of the other authority. */
  readonly untrusted: CertifiedKey;
  /** As `leaf`, signed by itself and marked as an authority: what `openssl req -x509` makes. */
  readonly selfSigned: CertifiedKey;
  /** What clients show. */
  readonly clients: ClientCertificates;
}

/** Certificates of clients; `ca` has issued them unless said otherwise. */
export interface ClientCertificates {
  /** A good one, for client.test. */
  readonly good: CertifiedKey;
  /** A good one behind an intermediate authority, which is part of it. */
  readonly chained: CertifiedKey;
  /** The same without the intermediate. */
  readonly unchained: CertifiedKey;
  /** Behind a certificate that is no authority. */
  readonly byLeaf: CertifiedKey;
  /** For servers only (RFC 5280 §4.2.1.12). */
  readonly forServers: CertifiedKey;
  /** Its time is over. */
  readonly expired: CertifiedKey;
  /** Of the other authority. */
  readonly untrusted: CertifiedKey;
  /** Signed by itself. */
  readonly selfSigned: CertifiedKey;
  /** A good one, but for the list of revoked certificates. */
  readonly revoked: CertifiedKey;
  /** That list, PEM. */
  readonly crl: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60 * 1000;
const NAMES = ["localhost", "app.test", "127.0.0.1", "::1"];

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

interface LeafSettings {
  readonly names?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  /** Days from now. */
  readonly to?: number;
  /** An extended key usage. */
  readonly purpose?: string;
  /** Makes it an authority. */
  readonly isAuthority?: boolean;
}

/** Makes them all; takes about 100 ms. */
export async function makeCertificates(): Promise<Certificates> {
  const [ca, otherCa] = [await makeAuthority("contract"), await makeAuthority("another")];
  const self = await makeAuthority("localhost", [alternativeNames(NAMES)]);
  return {
    ca: ca.certificate.toString("pem"),
    otherCa: otherCa.certificate.toString("pem"),
    leaf: await issue(ca),
    nameOnly: await issue(ca, { names: ["named.test"] }),
    expired: await issue(ca, { from: -30, to: -1 }),
    early: await issue(ca, { from: 1, to: 30 }),
    untrusted: await issue(otherCa),
    selfSigned: await certifiedKeyOf(self),
    clients: await makeClients(ca, otherCa),
  };
}

async function makeClients(ca: Issuer, otherCa: Issuer): Promise<ClientCertificates> {
  const settings = { names: ["client.test"], purpose: x509.ExtendedKeyUsage.clientAuth };
  const intermediate = await sign(ca, { isAuthority: true });
  const unchained = await issue(intermediate, settings);
  const leaf = await sign(ca, settings);
  const byLeaf = await issue(leaf, settings);
  const revoked = await sign(ca, settings);
  const crl = await x509.X509CrlGenerator.create({
    issuer: ca.certificate.subject,
    thisUpdate: validity(-1, 30).notBefore,
    nextUpdate: validity(-1, 30).notAfter,
    entries: [{
      serialNumber: revoked.certificate.serialNumber,
      revocationDate: validity(-1, 0).notBefore,
      reason: x509.X509CrlReason.keyCompromise, // Without one, the library writes an empty list of extensions.
    }],
    signingAlgorithm: ALGORITHM,
    signingKey: ca.keys.privateKey,
  });
  return {
    good: await issue(ca, settings),
    chained: behind(unchained, intermediate),
    unchained,
    byLeaf: behind(byLeaf, leaf),
    forServers: await issue(ca, { ...settings, purpose: x509.ExtendedKeyUsage.serverAuth }),
    expired: await issue(ca, { ...settings, from: -30, to: -1 }),
    untrusted: await issue(otherCa, settings),
    selfSigned: await certifiedKeyOf(await makeAuthority("client.test")),
    revoked: await certifiedKeyOf(revoked),
    crl: x509.PemConverter.encode(crl.rawData, "X509 CRL"),
  };
}

function behind(leaf: CertifiedKey, issuer: Issuer): CertifiedKey {
  return { ...leaf, certPem: `${leaf.certPem}\n${issuer.certificate.toString("pem")}` };
}

async function makeAuthority(name: string, extensions: x509.Extension[] = []): Promise<Issuer> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    ...validity(-60, 60),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), ...extensions],
  });
  return { certificate, keys };
}

async function issue(issuer: Issuer, settings: LeafSettings = {}): Promise<CertifiedKey> {
  return await certifiedKeyOf(await sign(issuer, settings));
}

async function sign(issuer: Issuer, settings: LeafSettings): Promise<Issuer> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: settings.isAuthority === true ? "CN=intermediate" : "CN=leaf",
    issuer: issuer.certificate.subject,
    ...validity(settings.from ?? -1, settings.to ?? 30),
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      alternativeNames(settings.names ?? NAMES),
      ...(settings.isAuthority === true ? [new x509.BasicConstraintsExtension(true)] : []),
      ...(settings.purpose === undefined
        ? []
        : [new x509.ExtendedKeyUsageExtension([settings.purpose])]),
    ],
  });
  return { certificate, keys };
}

function alternativeNames(names: readonly string[]): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: /[:\d]$/.test(value) ? "ip" as const : "dns" as const, value })),
  );
}

function validity(from: number, to: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now + from * DAY_MS), notAfter: new Date(now + to * DAY_MS) };
}

async function certifiedKeyOf({ certificate, keys }: Issuer): Promise<CertifiedKey> {
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certPem: certificate.toString("pem"),
    keyPem: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}
