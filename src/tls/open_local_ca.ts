/**
 * How the local CA comes to be, and to be used again: its two files are made, found or taken up.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import { type CertifiedKey, createCa } from "./authority.ts";
import {
  alreadyThere,
  type CaHost,
  caPaths,
  readPem,
  writeCertificate,
  writeKey,
} from "./ca_files.ts";
import { parseCertificates } from "./certificate.ts";
import { dataFolder } from "./data_folder.ts";
import { keyMatches } from "./key.ts";
import { LocalCa } from "./local_ca.ts";

const MAX_ROUNDS = 3;
const START_OVER = 'remove both files and make a new one with "genkan ca create"';

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
  const certPem = await readPem(host, paths.cert);
  if (certPem === null) return null;
  const keyPem = await readPem(host, paths.key);
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
  const oldKey = replace ? null : await readPem(host, paths.key);
  if (!replace && await readPem(host, paths.cert) !== null) return null;
  const files = await createFrom(oldKey, name, now, folder);
  const createNew = !replace;
  try {
    if (oldKey === null) await writeKey(host, paths.key, files.keyPem, { createNew });
    await writeCertificate(host, paths.cert, files.certPem, { createNew });
  } catch (error) {
    if (alreadyThere(error)) return null;
    throw error;
  }
  return new LocalCa(host, folder, files);
}

async function createFrom(
  oldKey: string | null,
  name: string,
  now: number,
  folder: string,
): Promise<CertifiedKey> {
  if (oldKey === null) return await createCa({ name, now });
  try {
    return await createCa({ name, now, keyPem: oldKey });
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new PemError(
      `Cannot create a CA in ${folder}: found a ca-key.pem that can't be used; remove it`,
      { cause: error },
    );
  }
}

/** Two CAs of one name would confuse trust stores, which list them by name. */
function newName(): string {
  return `genkan local CA ${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
}

/** What keeps a CA from being used, and what to do about it; null when nothing does. */
export async function findProblem(
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

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
