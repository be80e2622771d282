/**
 * Which trust stores hold a certificate, as far as reading files tells. Nothing is run and nothing
 * is asked of the system, so a keychain of macOS or of Windows stays unknown.
 *
 * @module
 */

import { FileError, PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import { parsePem } from "./pem.ts";

/** What is asked of the host. */
export type TrustHost = Pick<Host, "env" | "readFile" | "readFolder">;

/** A store by who asks it. */
export type TrustStore = "system" | "Chromium" | "Firefox" | "Deno" | "Node, Bun" | "OpenSSL";

/**
 * What a store says. `holds` and `lacks` name what was read; `unset` names the variable that would
 * name a file; `unreadable` says why nothing is known.
 */
export type TrustFinding =
  & { readonly store: TrustStore }
  & (
    | { readonly kind: "holds" | "lacks"; readonly path: string }
    | { readonly kind: "unset"; readonly variable: string }
    | { readonly kind: "unreadable"; readonly path: string; readonly reason: string }
  );

/** The first that is there counts; where there are several, they are links to one file. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
  "/etc/pki/tls/certs/ca-bundle.crt", // older ones of them
  "/var/lib/ca-certificates/ca-bundle.pem", // openSUSE
  "/etc/ssl/cert.pem", // BSD
];

/** Below the home folder; `*` stands for each folder there. Plain, snap and flatpak. */
const NSS_FOLDERS: readonly (readonly [store: TrustStore, folder: string])[] = [
  ["Chromium", ".pki/nssdb"],
  ["Chromium", "snap/chromium/current/.pki/nssdb"],
  ["Firefox", ".mozilla/firefox/*"],
  ["Firefox", ".config/mozilla/firefox/*"],
  ["Firefox", "snap/firefox/common/.mozilla/firefox/*"],
  ["Firefox", ".var/app/org.mozilla.firefox/.mozilla/firefox/*"],
  ["Firefox", "Library/Application Support/Firefox/Profiles/*"],
];

/** Files of PEM that runtimes and libraries take for trusted. */
const VARIABLES: readonly (readonly [store: TrustStore, variable: string])[] = [
  ["Deno", "DENO_CERT"],
  ["Node, Bun", "NODE_EXTRA_CA_CERTS"],
  ["OpenSSL", "SSL_CERT_FILE"],
];

/**
 * Looks for a certificate (DER) in the stores that are there. `platform` is the web's name for the
 * system. NSS databases tell only that it is in them, not what it is trusted for.
 */
export async function findTrust(
  host: TrustHost,
  der: Uint8Array,
  platform: string = navigator.platform,
): Promise<TrustFinding[]> {
  const [system, nss, variables] = await Promise.all([
    closedStore(platform) ?? findInSystem(host, der),
    findInNss(host, der),
    Promise.all(VARIABLES.map(([store, name]) => findInVariable(host, der, store, name, platform))),
  ]);
  return [...system === null ? [] : [system], ...nss, ...variables.filter((each) => each !== null)];
}

/** The system's store where it is no file; null where it is one. */
function closedStore(platform: string): TrustFinding | null {
  const path = platform.startsWith("Mac")
    ? "the keychain"
    : platform.startsWith("Win")
    ? "the certificate store"
    : null;
  const reason = "that takes the system's own tools";
  return path === null ? null : { store: "system", kind: "unreadable", path, reason };
}

async function findInSystem(host: TrustHost, der: Uint8Array): Promise<TrustFinding | null> {
  for (const path of SYSTEM_BUNDLES) {
    const found = await lookInto(host, "system", path, (bytes) => isInBundle(bytes, der));
    if (found !== null) return found;
  }
  return null;
}

async function findInNss(host: TrustHost, der: Uint8Array): Promise<TrustFinding[]> {
  const home = host.env("HOME");
  if (!home) return [];
  const findings: TrustFinding[] = [];
  for (const [store, pattern] of NSS_FOLDERS) {
    for (const folder of await foldersOf(host, `${home}/${pattern}`)) {
      const path = `${folder}/cert9.db`;
      const found = await lookInto(host, store, path, (bytes) => isWithin(bytes, der));
      if (found !== null) findings.push(found);
    }
  }
  return findings;
}

async function findInVariable(
  host: TrustHost,
  der: Uint8Array,
  store: TrustStore,
  variable: string,
  platform: string,
): Promise<TrustFinding | null> {
  const path = host.env(variable);
  if (path) {
    const found = await lookInto(host, store, path, (bytes) => isInBundle(bytes, der));
    return found ?? { store, kind: "unreadable", path, reason: `no such file, says ${variable}` };
  }
  if (store === "OpenSSL") return null; // It reads the system's bundle then.
  const asksSystem = store === "Deno" && /\bsystem\b/.test(host.env("DENO_TLS_CA_STORE") ?? "");
  const system = asksSystem ? closedStore(platform) ?? await findInSystem(host, der) : null;
  return system === null ? { store, kind: "unset", variable } : { ...system, store };
}

/** Null when there is no such file. */
async function lookInto(
  host: TrustHost,
  store: TrustStore,
  path: string,
  holds: (bytes: Uint8Array) => boolean,
): Promise<TrustFinding | null> {
  try {
    return { store, kind: holds(await host.readFile(path)) ? "holds" : "lacks", path };
  } catch (error) {
    if (error instanceof PemError) {
      return { store, kind: "unreadable", path, reason: error.message };
    }
    if (!(error instanceof FileError)) throw error;
    const isMissing = error.code === "not_found" || error.code === "other";
    return isMissing ? null : { store, kind: "unreadable", path, reason: error.message };
  }
}

/** The folders that a pattern stands for; none where it can't be read. */
async function foldersOf(host: TrustHost, pattern: string): Promise<string[]> {
  if (!pattern.endsWith("/*")) return [pattern];
  const parent = pattern.slice(0, -2);
  try {
    return (await host.readFolder(parent)).sort().map((name) => `${parent}/${name}`);
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}

/** Throws a `PemError` when the bundle's PEM is broken. */
function isInBundle(bytes: Uint8Array, der: Uint8Array): boolean {
  const wanted = der.toHex();
  const blocks = parsePem(new TextDecoder().decode(bytes), "the trusted certificates");
  return blocks.some((block) => block.der.length === der.length && block.der.toHex() === wanted);
}

/** NSS keeps certificates as they are, each within one page of its SQLite file. */
function isWithin(bytes: Uint8Array, der: Uint8Array): boolean {
  for (let at = bytes.indexOf(der[0]); at !== -1; at = bytes.indexOf(der[0], at + 1)) {
    if (der.every((byte, offset) => bytes[at + offset] === byte)) return true;
  }
  return false;
}
