/**
 * Makes certificate authorities and the leaves they vouch for. No files, no clock of its own.
 *
 * @module
 */

import { PemError } from "../errors.ts";

/** A certificate and its key, PEM. The key is PKCS#8 and is never printed. */
export interface CertifiedKey {
  /** One certificate. */
  readonly certPem: string;
  /** Its private key. */
  readonly keyPem: string;
}

/** What a new authority is like. */
export interface CaOptions {
  /** Its common name. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long it is valid; ten years unless said otherwise. */
  readonly days?: number;
}

/** What a leaf is good for: a server's certificate, a client's, or both. */
export type LeafUsage = "server" | "client" | "both";

/** What a new leaf is like. */
export interface LeafOptions {
  /** DNS names (a leading `*.` allowed) and IP addresses; at least one. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long it is valid, at most 825 and never longer than the authority; 397 by default. */
  readonly days?: number;
  /** `server` by default. */
  readonly usage?: LeafUsage;
}

/** Makes an authority whose name constraints keep it to local names and private addresses. */
export function createCa(_options: CaOptions): Promise<CertifiedKey> {
  return Promise.reject(new PemError("Cannot create a CA: not written yet"));
}

/**
 * Issues a leaf under an authority. Throws an `Error` with one clear line when a name is not a
 * name or lies outside of the authority's name constraints, and a `PemError` when the authority
 * can't be read.
 */
export function issueCertificate(_ca: CertifiedKey, _options: LeafOptions): Promise<CertifiedKey> {
  return Promise.reject(new PemError("Cannot issue a certificate: not written yet"));
}
