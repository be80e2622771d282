/**
 * The local CA as files: `ca.pem`, `ca-key.pem` and the leaves it issues, in the user's data folder
 * or in one that is handed in.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import { type CertifiedKey, isFor, issueCertificate, type LeafOptions } from "./authority.ts";
import {
  altNames,
  type CertificateInfo,
  parseCertificates,
  type ParsedCertificate,
} from "./certificate.ts";
import {
  alreadyThere,
  type CaHost,
  caPaths,
  leafPaths,
  type PairPaths,
  readPem,
  writeCertificate,
  writeKey,
} from "./ca_files.ts";
import { keyMatches } from "./key.ts";
import { isSignedBy } from "./signature.ts";
import { parseSubjectName } from "./subject_name.ts";

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
 * How a leaf is issued.
 *
 * Ask for an IP address only where clients dial the address. Clients built on BoringSSL's X.509
 * code (Bun, Envoy) don't know name constraints on addresses, and refuse a leaf that has an
 * address among its names under a CA that has them; a leaf of DNS names alone they take.
 */
export interface IssueOptions extends Omit<LeafOptions, "random"> {
  /** Where the leaf's files go; the CA's folder by default. */
  readonly folder?: string;
  /** What its files are called, without `.pem`; the first of the names by default. */
  readonly fileName?: string;
  /** What becomes of files that are there; `renew` by default. */
  readonly existing?: ExistingFiles;
}

/**
 * `renew`: a good leaf is taken, anything else replaced. `keep`: a good leaf is taken, anything
 * else is an error. `replace`: whatever is there makes way for a new leaf.
 */
export type ExistingFiles = "renew" | "keep" | "replace";

const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

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
   * for 30 days more (or for as long as the CA), otherwise a new one, unless `existing` says
   * otherwise. Throws a `PemError` as `issueCertificate` does, and when a file can't be read or
   * written.
   */
  async issue(options: IssueOptions): Promise<LeafFiles> {
    const { folder = this.folder, names, usage = "server", existing = "renew" } = options;
    const paths = leafPaths(folder, options.fileName ?? names[0] ?? "", usage);
    const old = existing === "replace" ? null : await this.#findGood(paths, options);
    const leaf = old ??
      await issueCertificate({ certPem: this.certPem, keyPem: this.#keyPem }, options);
    if (old === null) await this.#write(paths, leaf, existing === "keep");
    const [{ info }] = parseCertificates(leaf.certPem);
    return {
      ...leaf,
      certPath: paths.cert,
      keyPath: paths.key,
      certificate: info,
      reused: old !== null,
    };
  }

  /** With `createNew` neither file is written when one of them is there. */
  async #write(paths: PairPaths, leaf: CertifiedKey, createNew: boolean): Promise<void> {
    if (createNew && await readPem(this.#host, paths.cert) !== null) throw notGood(paths.cert);
    try {
      await writeKey(this.#host, paths.key, leaf.keyPem, { createNew });
      await writeCertificate(this.#host, paths.cert, leaf.certPem, { createNew });
    } catch (error) {
      throw alreadyThere(error) ? notGood(paths.key) : error;
    }
  }

  async #findGood(paths: PairPaths, options: IssueOptions): Promise<CertifiedKey | null> {
    const certPem = await readPem(this.#host, paths.cert);
    const keyPem = await readPem(this.#host, paths.key);
    if (certPem === null || keyPem === null) return null;
    try {
      return await this.#isGood({ certPem, keyPem }, options) ? { certPem, keyPem } : null;
    } catch (error) {
      if (error instanceof PemError) return null; // what can't be read is replaced
      throw error;
    }
  }

  async #isGood(leaf: CertifiedKey, options: IssueOptions): Promise<boolean> {
    const { names, now, usage = "server" } = options;
    const [certificate] = parseCertificates(leaf.certPem);
    const { notBefore, notAfter } = certificate.info;
    const named = new Set(altNames(certificate.info));
    const wanted = names.map((name) => parseSubjectName(name)?.text ?? name);
    return wanted.every((name) => named.has(name)) &&
      notBefore <= now && notAfter > now &&
      notAfter >= Math.min(now + RENEW_BEFORE_MS, this.certificate.notAfter) &&
      isFor(certificate, usage) &&
      await isSignedBy(certificate, this.#parsed) &&
      await keyMatches(leaf.certPem, leaf.keyPem);
  }
}

/** An existing leaf that won't do and isn't to be replaced. */
function notGood(path: string): PemError {
  return new PemError(
    `Cannot write ${path}: there is one already, and it isn't what was asked for (other names, ` +
      "another CA, or less than 30 days left); --force replaces it",
  );
}
