/**
 * How the certificates of one file hang together: the leaf, which comes first (RFC 8446 §4.4.2),
 * its issuer behind it, and so on, the root left out or not.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import type { ParsedCertificate } from "./certificate.ts";
import { DerError, DerReader, latin1, oidText, Tag } from "./der.ts";
import { verifySignature } from "./signature.ts";

/** A chain as it stands in a file. Numbers are places in the file, from 0. */
export interface ChainShape {
  /** From the leaf to the last issuer that the file has. */
  readonly path: readonly number[];
  /** Those that have issued neither the leaf nor any of its issuers. */
  readonly unrelated: readonly number[];
  /** True when the path ends with a certificate that has signed itself. */
  readonly endsInRoot: boolean;
}

/**
 * Follows the issuers of the first certificate through the others, by name and by signature. Where
 * two would do, as with a CA that is cross-signed, the path takes the first.
 */
export async function chainShape(certificates: readonly ParsedCertificate[]): Promise<ChainShape> {
  const issuers = new Map<number, number[]>();
  const related = [0];
  for (const at of related) {
    const found = await issuersOf(at, certificates);
    issuers.set(at, found);
    related.push(...found.filter((issuer) => !related.includes(issuer)));
  }
  const path: number[] = [];
  for (let at: number | undefined = 0; at !== undefined;) {
    path.push(at);
    at = issuers.get(at)?.find((issuer) => !path.includes(issuer));
  }
  return {
    path,
    unrelated: certificates.flatMap((_, index) => related.includes(index) ? [] : [index]),
    endsInRoot: isSelfIssued(certificates[path[path.length - 1]]),
  };
}

/** True when a certificate names itself as its issuer, as roots do. */
export function isSelfIssued({ info }: ParsedCertificate): boolean {
  return info.subject === info.issuer;
}

async function issuersOf(at: number, all: readonly ParsedCertificate[]): Promise<number[]> {
  const issuers: number[] = [];
  if (isSelfIssued(all[at])) return issuers;
  for (const [index, candidate] of all.entries()) {
    if (index === at || candidate.info.subject !== all[at].info.issuer) continue;
    if (await mayHaveSigned(all[at], candidate)) issuers.push(index);
  }
  return issuers;
}

/** Where the signature can't be checked the name decides alone. */
async function mayHaveSigned(
  certificate: ParsedCertificate,
  issuer: ParsedCertificate,
): Promise<boolean> {
  try {
    return await verifySignature(certificate, issuer) !== false;
  } catch (error) {
    if (error instanceof PemError) return true;
    throw error;
  }
}

const AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
const CA_ISSUERS = "1.3.6.1.5.5.7.48.2";

/**
 * Where a certificate says that its issuer's can be had (RFC 5280 §4.2.2.1); null where it doesn't
 * say, or can't be understood. Public CAs always do, and they never sign leaves with their roots.
 */
export function issuerUrl(certificate: ParsedCertificate): string | null {
  const content = certificate.extensions.get(AUTHORITY_INFO_ACCESS);
  if (content === undefined) return null;
  try {
    const list = new DerReader(content).enter(Tag.sequence);
    while (!list.done) {
      const entry = list.enter(Tag.sequence);
      const method = oidText(entry.take(Tag.oid));
      const { tag, content: location } = entry.next();
      if (method === CA_ISSUERS && tag === Tag.primitive(6)) return latin1(location);
    }
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  return null;
}
