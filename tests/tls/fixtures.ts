/**
 * Certificates and keys for the tests, made by other hands than genkan's: WebCrypto and the ASN.1
 * library, and OpenSSL where it is installed.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { type KeyKind, SIGNING } from "../../src/tls/key_kind.ts";
import { encodePem } from "../../src/tls/pem.ts";

/** 1 May 2026, noon. */
export const NOW = Date.UTC(2026, 4, 1, 12);

/** Milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/** The kinds that a certificate of genkan's may have. */
export const KINDS: readonly KeyKind[] = ["RSA", "P-256", "P-384", "P-521", "Ed25519"];

/** A new key pair. */
export async function newPair(kind: KeyKind): Promise<CryptoKeyPair> {
  const rsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const algorithm = kind === "RSA" ? { ...SIGNING.RSA, ...rsa } : SIGNING[kind];
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
}

/** A private key as PKCS#8 PEM. */
export async function pkcs8Pem(pair: CryptoKeyPair): Promise<string> {
  const der = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  return encodePem("PRIVATE KEY", new Uint8Array(der));
}

/** A self-signed certificate. */
export async function selfSigned(
  pair: CryptoKeyPair,
  options: { name?: string; extensions?: x509.Extension[] } = {},
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "00ff01",
    name: options.name ?? "CN=app.test",
    notBefore: new Date(NOW - DAY),
    notAfter: new Date(NOW + 30 * DAY),
    keys: pair,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" }, // of another kind, only the hash counts
    extensions: options.extensions,
  });
  return encodePem("CERTIFICATE", new Uint8Array(certificate.rawData));
}

/** A command's exit code and all it said. */
export interface CommandResult {
  /** The exit code. */
  readonly code: number;
  /** Standard output and standard error. */
  readonly text: string;
}

/** Runs a command to its end, feeding it `input`. */
export async function run(
  command: string,
  args: readonly string[],
  input = "",
): Promise<CommandResult> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** Runs OpenSSL and gives what it printed; fails when OpenSSL does. */
export async function openssl(args: readonly string[], input = ""): Promise<string> {
  const { code, text } = await run("openssl", args, input);
  if (code !== 0) throw new Error(`openssl ${args.join(" ")}: ${text}`);
  return text;
}

/** A test against a program that may not be at hand; then it is skipped, and says why. */
export function peerTest(command: string, name: string, test: () => Promise<void>): void {
  const reason = whyNot(command);
  if (reason !== null) console.log(`skipped, because ${command} is ${reason}: ${name}`);
  Deno.test({ name, ignore: reason !== null, fn: test });
}

function whyNot(command: string): string | null {
  try {
    new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "not installed";
    if (error instanceof Deno.errors.NotCapable) return "not among --allow-run";
    throw error;
  }
}

/** Runs `use` with a new folder that is removed afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "genkan-tls-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
