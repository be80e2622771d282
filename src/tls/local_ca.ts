/**
 * The local CA as files: `ca.pem`, `ca-key.pem` and the leaves it issued, in the user's data folder
 * or in one that is handed in.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import type { LeafUsage } from "./authority.ts";
import type { CertificateInfo } from "./certificate.ts";

/** The files of a leaf. */
export interface LeafFiles {
  /** Where the certificate is; 0644. */
  readonly certPath: string;
  /** Where its key is; 0600. */
  readonly keyPath: string;
  /** The certificate. */
  readonly certPem: string;
  /** The key. Never printed. */
  readonly keyPem: string;
  /** What the certificate says. */
  readonly certificate: CertificateInfo;
  /** True when an earlier leaf was still good and was taken. */
  readonly reused: boolean;
}

/** How a leaf is issued. */
export interface IssueOptions {
  /** DNS names (a leading `*.` allowed) and IP addresses; at least one. The first names the files. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long a new leaf is valid; 397 days by default. */
  readonly days?: number;
  /** `server` by default. */
  readonly usage?: LeafUsage;
  /** Where the leaf's files go; the CA's folder by default. */
  readonly folder?: string;
}

/** An opened local CA. */
export interface LocalCa {
  /** The folder that holds it. */
  readonly folder: string;
  /** Its certificate's path, for `--cacert` and trust stores. */
  readonly certPath: string;
  /** Its certificate. */
  readonly certPem: string;
  /** What its certificate says. */
  readonly certificate: CertificateInfo;
  /** Gives a leaf for the names: one that is on disk and still good, otherwise a new one. */
  issue(options: IssueOptions): Promise<LeafFiles>;
}

/**
 * Where genkan keeps its data: `$XDG_DATA_HOME/genkan`, else `~/.local/share/genkan`. Throws an
 * `Error` when neither variable is set.
 */
export function dataFolder(_host: Pick<Host, "env">): string {
  throw new Error("Cannot find the data folder: not written yet");
}

/** Opens the CA in a folder; null when there is none. */
export function openLocalCa(
  _host: Host,
  _now: number,
  _folder?: string,
): Promise<LocalCa | null> {
  return Promise.reject(new PemError("Cannot open the local CA: not written yet"));
}

/** Makes a new CA in a folder. Fails when there is one already. */
export function createLocalCa(_host: Host, _now: number, _folder?: string): Promise<LocalCa> {
  return Promise.reject(new PemError("Cannot create the local CA: not written yet"));
}

/** Opens the CA in a folder, or makes one where there is none. */
export async function openOrCreate(host: Host, now: number, folder?: string): Promise<LocalCa> {
  return await openLocalCa(host, now, folder) ?? await createLocalCa(host, now, folder);
}
