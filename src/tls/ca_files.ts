/**
 * The names, the modes and the reading and writing of the local CA's files.
 *
 * @module
 */

import { FileError, PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import type { LeafUsage } from "./authority.ts";

/** What the local CA needs of the host. */
export type CaHost = Pick<Host, "env" | "readFile" | "writeFile">;

/** Where a certificate and its key are. */
export interface PairPaths {
  /** The certificate. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

const CERT_MODE = 0o644;
const KEY_MODE = 0o600;

/** The CA's files in a folder. */
export function caPaths(folder: string): PairPaths {
  return { cert: `${folder}/ca.pem`, key: `${folder}/ca-key.pem` };
}

/** A leaf's: `localhost.pem`, `localhost-key.pem`. A client's leaf has files of its own. */
export function leafPaths(folder: string, name: string, usage: LeafUsage): PairPaths {
  const plain = name.toLowerCase().replace(/[^a-z0-9.-]/g, "_");
  const stem = usage === "client" ? `${plain}-client` : plain;
  // Not over the CA's own files, nor over another leaf's key.
  const safe = stem === "ca" || stem.endsWith("-key") ? `${stem}_` : stem;
  return { cert: `${folder}/${safe}.pem`, key: `${folder}/${safe}-key.pem` };
}

/** The file's text; null when there is no such file. Throws a `PemError` when it can't be read. */
export async function readPem(host: CaHost, path: string): Promise<string | null> {
  try {
    return new TextDecoder().decode(await host.readFile(path));
  } catch (error) {
    if (error instanceof FileError && error.code === "not_found") return null;
    throw asPemError(`Cannot read ${path}`, error);
  }
}

/** Writes a certificate, readable for all. Throws a `PemError`. */
export async function writeCertificate(
  host: CaHost,
  path: string,
  pem: string,
  options: { createNew?: boolean } = {},
): Promise<void> {
  await writePem(host, path, pem, { ...options, mode: CERT_MODE });
}

/** Writes a key, readable for its owner alone. Throws a `PemError`. */
export async function writeKey(
  host: CaHost,
  path: string,
  pem: string,
  options: { createNew?: boolean } = {},
): Promise<void> {
  await writePem(host, path, pem, { ...options, mode: KEY_MODE });
}

/** True for what a write with `createNew` throws when the file is there. */
export function alreadyThere(error: unknown): boolean {
  return error instanceof PemError && error.cause instanceof FileError &&
    error.cause.code === "exists";
}

async function writePem(
  host: CaHost,
  path: string,
  pem: string,
  options: { mode: number; createNew?: boolean },
): Promise<void> {
  try {
    await host.writeFile(path, new TextEncoder().encode(pem), options);
  } catch (error) {
    throw asPemError(`Cannot write ${path}`, error);
  }
}

function asPemError(attempt: string, error: unknown): unknown {
  if (!(error instanceof FileError)) return error;
  return new PemError(`${attempt}: ${error.message}`, { cause: error });
}
