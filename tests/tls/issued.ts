/**
 * Certificates of any make, right or wrong, by the ASN.1 library: what genkan's own CA wouldn't
 * issue.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { DAY, NOW, pkcs8Pem } from "./fixtures.ts";

/** A certificate with what is needed to issue others by it. */
export interface Issued {
  readonly certPem: string;
  readonly keyPem: string;
  readonly pair: CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
}

/** What is to be issued. */
export interface IssueRequest {
  /** The distinguished name. */
  readonly name: string;
  /** Signs itself where there is none. */
  readonly issuer?: Issued;
  /** DNS names and IP addresses. */
  readonly names?: x509.JsonGeneralNames;
  readonly isCa?: boolean;
  /** Milliseconds since 1970. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** A key of RSA with so many bits; ECDSA P-256 otherwise. */
  readonly rsaBits?: number;
  readonly curve?: "P-256" | "P-384";
  /** Of the signature. */
  readonly hash?: "SHA-1" | "SHA-256" | "SHA-384";
  readonly usages?: string[];
  /** Where the issuer's certificate is to be had. */
  readonly issuerUrl?: string;
  /** A pair in place of a new one. */
  readonly pair?: CryptoKeyPair;
}

/** Issues it. */
export async function issued(request: IssueRequest): Promise<Issued> {
  const { hash = "SHA-256", issuer, isCa = false } = request;
  const pair = request.pair ?? await newPair(request);
  const signer = issuer?.pair ?? pair;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: request.name,
    issuer: issuer?.certificate.subject ?? request.name,
    notBefore: new Date(request.notBefore ?? NOW - DAY),
    notAfter: new Date(request.notAfter ?? NOW + 60 * DAY),
    publicKey: pair.publicKey,
    signingKey: await withHash(signer.privateKey, hash),
    signingAlgorithm: { ...signer.privateKey.algorithm, hash },
    extensions: extensionsOf(request, isCa),
  });
  const certPem = `${certificate.toString("pem")}\n`;
  return { certPem, keyPem: await pkcs8Pem(pair), pair, certificate };
}

function extensionsOf(request: IssueRequest, isCa: boolean): x509.Extension[] {
  const { names, usages, issuerUrl } = request;
  return [
    new x509.BasicConstraintsExtension(isCa, undefined, true),
    ...names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(names)],
    ...usages === undefined ? [] : [new x509.ExtendedKeyUsageExtension(usages)],
    ...issuerUrl === undefined ? [] : [
      new x509.AuthorityInfoAccessExtension({
        caIssuers: [new x509.GeneralName("url", issuerUrl)],
      }),
    ],
  ];
}

async function newPair({ rsaBits, curve = "P-256" }: IssueRequest): Promise<CryptoKeyPair> {
  const algorithm = rsaBits === undefined ? { name: "ECDSA", namedCurve: curve } : {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: rsaBits,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: "SHA-256",
  };
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
}

/** An RSA key keeps the hash that it was made for. */
async function withHash(key: CryptoKey, hash: string): Promise<CryptoKey> {
  if (key.algorithm.name === "ECDSA") return key;
  const bytes = await crypto.subtle.exportKey("pkcs8", key);
  const algorithm = { name: key.algorithm.name, hash };
  return await crypto.subtle.importKey("pkcs8", bytes, algorithm, true, ["sign"]);
}
