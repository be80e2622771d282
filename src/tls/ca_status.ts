/**
 * What is known of a local CA: what its certificate says, whether it can be used, and the leaves
 * that lie beside it.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import { isFor, isForTlsOnly, type LeafUsage } from "./authority.ts";
import { type CaHost, caPaths, readPem } from "./ca_files.ts";
import {
  type CertificateInfo,
  parseCertificates,
  type ParsedCertificate,
  readExtension,
} from "./certificate.ts";
import { keyMatches } from "./key.ts";
import { describePermitted, NAME_CONSTRAINTS, readNameConstraints } from "./name_constraints.ts";
import { findProblem } from "./open_local_ca.ts";
import { fingerprint } from "./peer_certificate.ts";
import { isSignedBy } from "./signature.ts";
import type { SubjectName } from "./subject_name.ts";

/** A local CA, looked at from outside. */
export interface CaStatus {
  /** Its certificate's path. */
  readonly certPath: string;
  /** What its certificate says. */
  readonly certificate: CertificateInfo;
  /** The certificate itself, DER. */
  readonly der: Uint8Array;
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` writes it. */
  readonly fingerprint: string;
  /** What keeps it from being used, and what to do about it; null when nothing does. */
  readonly problem: string | null;
  /** What it may vouch for of each kind of name, for people; null when that is everything. */
  readonly permitted: Readonly<Record<"dns" | "ip" | "email" | "uri", string | null>>;
  /** True when it is kept to TLS by its extended key usage. */
  readonly isForTlsOnly: boolean;
  /** The leaves in its folder, by path. */
  readonly leaves: readonly LeafStatus[];
}

/** A leaf beside the CA. */
export interface LeafStatus {
  /** Its path. */
  readonly path: string;
  /** What it says. */
  readonly certificate: CertificateInfo;
  /** What it is good for. */
  readonly usage: LeafUsage;
  /** True when the CA signed it. */
  readonly isOurs: boolean;
  /** True when its key lies beside it. */
  readonly hasKey: boolean;
}

const KEY_SUFFIX = "-key.pem";

/**
 * Looks at the CA in a folder; null when there is no certificate of one. Throws a `PemError` when
 * the certificate can't be read at all.
 */
export async function readCaStatus(
  host: CaHost & Pick<Host, "readFolder">,
  now: number,
  folder: string,
): Promise<CaStatus | null> {
  const paths = caPaths(folder);
  const certPem = await readPem(host, paths.cert);
  if (certPem === null) return null;
  const [parsed] = parseCertificates(certPem);
  const constraints = readExtension(parsed, NAME_CONSTRAINTS, readNameConstraints);
  const describe = (kind: SubjectName["kind"]) =>
    constraints === undefined ? null : describePermitted(constraints, kind) || null;
  return {
    certPath: paths.cert,
    certificate: parsed.info,
    der: parsed.der,
    fingerprint: (await fingerprint(parsed.der)).toUpperCase().match(/../g)!.join(":"),
    problem: await findProblem(certPem, await readPem(host, paths.key), now),
    permitted: {
      dns: describe("dns"),
      ip: describe("ip"),
      email: describe("email"),
      uri: describe("uri"),
    },
    isForTlsOnly: isForTlsOnly(parsed),
    leaves: await readLeaves(host, folder, parsed),
  };
}

async function readLeaves(
  host: CaHost & Pick<Host, "readFolder">,
  folder: string,
  ca: ParsedCertificate,
): Promise<LeafStatus[]> {
  const names = (await host.readFolder(folder)).filter((name) =>
    name.endsWith(".pem") && !name.endsWith(KEY_SUFFIX) && name !== "ca.pem"
  ).sort();
  const leaves = await Promise.all(names.map((name) => readLeaf(host, `${folder}/${name}`, ca)));
  return leaves.filter((leaf) => leaf !== null);
}

/** Null for what is no certificate: the folder may hold other things. */
async function readLeaf(
  host: CaHost,
  path: string,
  ca: ParsedCertificate,
): Promise<LeafStatus | null> {
  try {
    const certPem = await readPem(host, path);
    if (certPem === null) return null;
    const [parsed] = parseCertificates(certPem);
    const keyPem = await readPem(host, path.slice(0, -".pem".length) + KEY_SUFFIX);
    return {
      path,
      certificate: parsed.info,
      usage: usageOf(parsed),
      isOurs: await isSignedBy(parsed, ca),
      hasKey: keyPem !== null && await belongs(certPem, keyPem),
    };
  } catch (error) {
    if (error instanceof PemError) return null;
    throw error;
  }
}

async function belongs(certPem: string, keyPem: string): Promise<boolean> {
  try {
    return await keyMatches(certPem, keyPem);
  } catch (error) {
    if (error instanceof PemError) return false;
    throw error;
  }
}

function usageOf(leaf: ParsedCertificate): LeafUsage {
  if (isFor(leaf, "both")) return "both";
  return isFor(leaf, "client") ? "client" : "server";
}
