/**
 * The local CA as files: `ca.pem`, `ca-key.pem` and the leaves it issued, in the user's data folder
 * or in one that is handed in.
 *
 * @module
 */

import { FileError, PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import {
  type CertifiedKey,
  createCa,
  isFor,
  issueCertificate,
  type LeafOptions,
  type LeafUsage,
} from "./authority.ts";
import { type CertificateInfo, parseCertificates, type ParsedCertificate } from "./certificate.ts";
import { dataFolder } from "./data_folder.ts";
import { keyMatches } from "./key.ts";
import { isSignedBy } from "./signature.ts";
import { parseSubjectName } from "./subject_name.ts";

/** What the local CA needs of the host. */
export type CaHost = Pick<Host, "env" | "readFile" | "writeFile">;

/** The files of a leaf. */
export interface LeafFiles extends CertifiedKey {
  /** Where the certificate is; mode 0644. */
  readonly certPath: string;
  /** Where its key is; mode 0600. */
  readonly keyPath: string;
  /** What the certificate says. */
  readonly certificate: CertificateInfo;
  /** True when an earlier leaf was still good and was taken. */
  readonly reused: boolean;
}

/**
 * How a leaf is issued; its files are called after the first of the names.
 *
 * Ask for an IP address only where clients dial the address. Clients built on BoringSSL's X.509
 * code (Bun, Envoy) don't know name constraints on addresses, and refuse a leaf that has an
 * address among its names under a CA that has them; a leaf of DNS names alone they take.
 */
export interface IssueOptions extends Omit<LeafOptions, "random"> {
  /** Where the leaf's files go; the CA's folder by default. */
  readonly folder?: string;
}

const CERT_MODE = 0o644;
const KEY_MODE = 0o600;
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;
const MAX_ROUNDS = 3;
const START_OVER = 'remove both files and make a new one with "genkan ca create"';

/** An opened local CA. It is a class so that nobody who prints it prints its key. */
export class LocalCa {
  /** The folder that holds it. */
  readonly folder: string;
  /** Its certificate's path, for `--cacert` and trust stores. */
  readonly certPath: string;
  /** Its certificate. */
  readonly certPem: string;
  /** What its certificate says. */
  readonly certificate: CertificateInfo;
  readonly #host: CaHost;
  readonly #keyPem: string;
  readonly #parsed: ParsedCertificate;

  /** `files` were checked: the key belongs to the certificate. */
  constructor(host: CaHost, folder: string, files: CertifiedKey) {
    this.folder = folder;
    this.certPath = caPaths(folder).cert;
    this.certPem = files.certPem;
    this.#host = host;
    this.#keyPem = files.keyPem;
    [this.#parsed] = parseCertificates(files.certPem);
    this.certificate = this.#parsed.info;
  }

  /**
   * Gives a leaf for the names: the one on disk when it has all of them, is of this CA and is good
   * for 30 days more (or for as long as the CA), otherwise a new one. Throws a `PemError` as
   * `issueCertificate` does, and when a file can't be read or written.
   */
  async issue(options: IssueOptions): Promise<LeafFiles> {
    const { folder = this.folder, names, usage = "server" } = options;
    const paths = leafPaths(folder, names[0] ?? "", usage);
    const old = {
      certPem: await readText(this.#host, paths.cert),
      keyPem: await readText(this.#host, paths.key),
    };
    const reused = isComplete(old) && await this.#isGood(old, options);
    const leaf = reused
      ? old
      : await issueCertificate({ certPem: this.certPem, keyPem: this.#keyPem }, options);
    if (!reused) {
      await writeText(this.#host, paths.key, leaf.keyPem, { mode: KEY_MODE });
      await writeText(this.#host, paths.cert, leaf.certPem, { mode: CERT_MODE });
    }
    const [{ info }] = parseCertificates(leaf.certPem);
    return { ...leaf, certPath: paths.cert, keyPath: paths.key, certificate: info, reused };
  }

  async #isGood(leaf: CertifiedKey, options: IssueOptions): Promise<boolean> {
    const { names, now, usage = "server" } = options;
    try {
      const [certificate] = parseCertificates(leaf.certPem);
      const { dnsNames, ipAddresses, notBefore, notAfter } = certificate.info;
      const named = new Set([...dnsNames, ...ipAddresses]);
      const wanted = names.map((name) => parseSubjectName(name)?.text ?? name);
      return wanted.every((name) => named.has(name)) &&
        notBefore <= now && notAfter > now &&
        notAfter >= Math.min(now + RENEW_BEFORE_MS, this.certificate.notAfter) &&
        isFor(certificate, usage) &&
        await isSignedBy(certificate, this.#parsed) &&
        await keyMatches(leaf.certPem, leaf.keyPem);
    } catch (error) {
      if (error instanceof PemError) return false; // what can't be read is replaced
      throw error;
    }
  }
}

/**
 * Opens the CA in a folder; null when there is no certificate of one. Throws a `PemError` that says
 * what to do when its key is missing or another's, when one can't be read, or when it isn't valid
 * now.
 */
export async function openLocalCa(
  host: CaHost,
  now: number,
  folder: string = dataFolder(host),
): Promise<LocalCa | null> {
  const paths = caPaths(folder);
  const certPem = await readText(host, paths.cert);
  if (certPem === null) return null;
  const keyPem = await readText(host, paths.key);
  const problem = await findProblem(certPem, keyPem, now);
  if (keyPem !== null && problem === null) return new LocalCa(host, folder, { certPem, keyPem });
  throw new PemError(`Cannot use the CA in ${folder}: ${problem}`);
}

/** How a CA is made. */
export interface CreateOptions {
  /** Its common name; `genkan local CA` and eight random digits by default. */
  readonly name?: string;
  /** Replaces a CA that is there; what that one issued isn't trusted any longer. */
  readonly replace?: boolean;
}

/** Makes a new CA in a folder. Throws a `PemError` when there is one already. */
export async function createLocalCa(
  host: CaHost,
  now: number,
  folder: string = dataFolder(host),
  options: CreateOptions = {},
): Promise<LocalCa> {
  const made = await makeFiles(host, now, folder, options);
  if (made !== null) return made;
  throw new PemError(`Cannot create a CA in ${folder}: found one there; remove it first`);
}

/** Opens the CA in a folder, or makes one where there is none. */
export async function openOrCreate(
  host: CaHost,
  now: number,
  folder: string = dataFolder(host),
): Promise<LocalCa> {
  // Another process may be doing the same. Whoever writes a file first settles what is in it, and
  // a failure to write tells that there is one more file now: two rounds later there are both.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const ca = await openLocalCa(host, now, folder) ?? await makeFiles(host, now, folder, {});
    if (ca !== null) return ca;
  }
  throw new PemError(`Cannot create a CA in ${folder}: found its files changing all the time`);
}

/**
 * Null when a file was there before it could be written. A key without a certificate is what was
 * left of an interrupted attempt; it is taken up.
 */
async function makeFiles(
  host: CaHost,
  now: number,
  folder: string,
  { name = newName(), replace = false }: CreateOptions,
): Promise<LocalCa | null> {
  const paths = caPaths(folder);
  const oldKey = replace ? null : await readText(host, paths.key);
  if (!replace && await readText(host, paths.cert) !== null) return null;
  const files = await createCa({ name, now, keyPem: oldKey ?? undefined });
  const createNew = !replace;
  try {
    if (oldKey === null) {
      await writeText(host, paths.key, files.keyPem, { mode: KEY_MODE, createNew });
    }
    await writeText(host, paths.cert, files.certPem, { mode: CERT_MODE, createNew });
  } catch (error) {
    if (error instanceof PemError && isFileError(error.cause, "exists")) return null;
    throw error;
  }
  return new LocalCa(host, folder, files);
}

/** Two CAs of one name would confuse trust stores, which list them by name. */
function newName(): string {
  return `genkan local CA ${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
}

/** What keeps a CA from being used, or null. */
async function findProblem(
  certPem: string,
  keyPem: string | null,
  now: number,
): Promise<string | null> {
  if (keyPem === null) {
    return "found ca.pem without ca-key.pem; put the key back, or remove ca.pem and make a new " +
      'CA with "genkan ca create"';
  }
  try {
    const [{ info }] = parseCertificates(certPem);
    if (!info.isCa) return "found a ca.pem that is no CA's certificate";
    if (info.notAfter <= now) return `expired on ${day(info.notAfter)}; ${START_OVER}`;
    if (info.notBefore > now) {
      return `not valid before ${day(info.notBefore)}; check this machine's clock`;
    }
    if (await keyMatches(certPem, keyPem)) return null;
    return `found a ca-key.pem that doesn't belong to ca.pem; ${START_OVER}`;
  } catch (error) {
    if (error instanceof PemError) return `${error.message}; ${START_OVER}`;
    throw error;
  }
}

function caPaths(folder: string): { cert: string; key: string } {
  return { cert: `${folder}/ca.pem`, key: `${folder}/ca-key.pem` };
}

/** `localhost.pem`, `localhost-key.pem`; a client's leaf has files of its own. */
function leafPaths(folder: string, name: string, usage: LeafUsage): { cert: string; key: string } {
  const plain = name.toLowerCase().replace(/[^a-z0-9.-]/g, "_");
  const stem = usage === "client" ? `${plain}-client` : plain;
  // Not over the CA's own files, nor over another leaf's key.
  const safe = stem === "ca" || stem.endsWith("-key") ? `${stem}_` : stem;
  return { cert: `${folder}/${safe}.pem`, key: `${folder}/${safe}-key.pem` };
}

async function readText(host: CaHost, path: string): Promise<string | null> {
  try {
    return new TextDecoder().decode(await host.readFile(path));
  } catch (error) {
    if (isFileError(error, "not_found")) return null;
    throw asPemError(`Cannot read ${path}`, error);
  }
}

async function writeText(
  host: CaHost,
  path: string,
  text: string,
  options: { mode: number; createNew?: boolean },
): Promise<void> {
  try {
    await host.writeFile(path, new TextEncoder().encode(text), options);
  } catch (error) {
    throw asPemError(`Cannot write ${path}`, error);
  }
}

function asPemError(attempt: string, error: unknown): unknown {
  if (!(error instanceof FileError)) return error;
  return new PemError(`${attempt}: ${error.message}`, { cause: error });
}

function isFileError(error: unknown, code: FileError["code"]): boolean {
  return error instanceof FileError && error.code === code;
}

function isComplete(
  files: { certPem: string | null; keyPem: string | null },
): files is CertifiedKey {
  return files.certPem !== null && files.keyPem !== null;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
