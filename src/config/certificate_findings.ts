/**
 * What is wrong with certificates, as far as they tell by themselves. A finding is an error where
 * no client could use them, and a warning for all else. An expired certificate is a warning as well:
 * it must not keep a service from being restarted, and neither nginx nor Envoy lets it.
 *
 * @module
 */

import { isFor } from "../tls/authority.ts";
import { altNames, type CertificateInfo, type ParsedCertificate } from "../tls/certificate.ts";
import { chainShape, isSelfIssued, issuerUrl } from "../tls/chain.ts";
import { coversHost } from "../tls/covers.ts";
import { signatureHash } from "../tls/signature.ts";
import { quote } from "./problem.ts";

/** One thing wrong. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** One line. */
  readonly message: string;
}

/** What a chain with its key is for: `server` where it is shown to clients. */
export type ChainUse = "server" | "client";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Issuers that renew by themselves do so earlier; this is time enough to do it by hand. */
const RENEWAL_DAYS = 14;
/** NIST SP 800-57 part 1 §5.6.3: shorter keys are disallowed. */
const MIN_RSA_BITS = 2048;
/** More of one file are one finding: there are always some among a system's roots. */
const MAX_OUT_OF_TIME = 2;
const MAX_NAMES_SHOWN = 5;

/** Looks at the leaf and its issuers; `now` is in milliseconds since 1970. */
export async function judgeChain(
  certificates: readonly ParsedCertificate[],
  { now, use }: { readonly now: number; readonly use: ChainUse },
): Promise<Finding[]> {
  const [leaf] = certificates;
  return [
    ...certificates.flatMap(({ info }) => judgeDates(info, now)),
    ...certificates.flatMap(judgeStrength),
    ...judgeUse(leaf, use),
    ...await judgeShape(certificates),
  ];
}

/** Looks at certificates that are to be trusted; `holdsKey` tells of a private key beside them. */
export function judgeAuthorities(
  certificates: readonly ParsedCertificate[],
  { now, holdsKey }: { readonly now: number; readonly holdsKey: boolean },
): Finding[] {
  const findings = judgeBundleDates(certificates, now);
  if (!certificates.some((each) => each.info.isCa || isSelfIssued(each))) {
    findings.push(warning(
      `${nameOf(certificates[0].info)} is no CA, so nothing that it has issued could be trusted; ` +
        `give the certificate of its issuer, ${quote(certificates[0].info.issuer)}`,
    ));
  }
  if (holdsKey) {
    findings.push(warning(
      "there is a private key beside the trusted certificates, where nobody needs it; take it " +
        "out, and if it is a CA's, keep it away from this machine",
    ));
  }
  return findings;
}

/**
 * The hosts that none of the leaves of one listener is for; null when there is none, or when a leaf
 * has no names at all, which is a finding of its own. `hosts` are as `coversHost` takes them.
 */
export function judgeHosts(
  leaves: readonly CertificateInfo[],
  hosts: readonly string[],
): Finding | null {
  if (leaves.some((leaf) => altNames(leaf).length === 0)) return null;
  const uncovered = hosts.filter((host) => !leaves.some((leaf) => coversHost(leaf, host)));
  if (uncovered.length === 0) return null;
  const names = leaves.flatMap(({ dnsNames, ipAddresses }) => [...dnsNames, ...ipAddresses]);
  const subject = leaves.length === 1 ? `${nameOf(leaves[0])} is` : "the certificates are";
  return warning(
    `${subject} for ${list(names) || "no host"}, but ${list(uncovered)} ` +
      `${uncovered.length === 1 ? "is" : "are"} served here, too; have it issued for all of them`,
  );
}

function warning(message: string): Finding {
  return { severity: "warning", message };
}

function nameOf({ subject }: CertificateInfo): string {
  return `the certificate ${quote(subject)}`;
}

function list(names: readonly string[]): string {
  const more = names.length - MAX_NAMES_SHOWN;
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => quote(name).slice(1, -1)).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function judgeDates(info: CertificateInfo, now: number): Finding[] {
  const { notBefore, notAfter } = info;
  const name = nameOf(info);
  const at = (time: number) => new Date(time).toISOString().slice(0, 16).replace("T", " ") + " UTC";
  if (now > notAfter) return [warning(`${name} expired on ${at(notAfter)}; renew it`)];
  if (now < notBefore) return [warning(`${name} is not valid before ${at(notBefore)}`)];
  const days = Math.floor((notAfter - now) / DAY_MS);
  if (days >= RENEWAL_DAYS) return [];
  const left = days === 0 ? "in less than a day" : days === 1 ? "in 1 day" : `in ${days} days`;
  return [warning(`${name} expires ${left}, on ${at(notAfter)}; renew it`)];
}

function judgeBundleDates(certificates: readonly ParsedCertificate[], now: number): Finding[] {
  const outOfTime = certificates.filter(({ info }) => judgeDates(info, now).length > 0);
  if (outOfTime.length <= MAX_OUT_OF_TIME) {
    return outOfTime.flatMap(({ info }) => judgeDates(info, now));
  }
  return [warning(
    `${outOfTime.length} of the ${certificates.length} certificates have expired, soon will, or ` +
      `aren't valid yet, such as ${quote(outOfTime[0].info.subject)}`,
  )];
}

/** A root's own signature proves nothing, so it may be of any kind. */
function judgeStrength(certificate: ParsedCertificate): Finding[] {
  const findings: Finding[] = [];
  const name = nameOf(certificate.info);
  const [, bits] = /^RSA (\d+)$/.exec(certificate.info.keyAlgorithm) ?? [];
  if (Number(bits) < MIN_RSA_BITS) {
    findings.push(warning(
      `${name} has an RSA key of ${bits} bits, which many clients refuse; take ${MIN_RSA_BITS} ` +
        "or more, or ECDSA",
    ));
  }
  const hash = signatureHash(certificate);
  if ((hash === "SHA-1" || hash === "MD5") && !isSelfIssued(certificate)) {
    findings.push(
      warning(`${name} is signed with ${hash}, which clients refuse; have it issued anew`),
    );
  }
  return findings;
}

function judgeUse(leaf: ParsedCertificate, use: ChainUse): Finding[] {
  const name = nameOf(leaf.info);
  if (!isFor(leaf, use)) {
    const others = use === "server" ? "clients only, and clients" : "servers only, and servers";
    return [warning(`${name} is for ${others} will refuse it (extended key usage)`)];
  }
  if (use === "client" || altNames(leaf.info).length > 0) return [];
  return [warning(
    `${name} has no subject alternative names, and clients don't look at its common name ` +
      "(RFC 9525); have it issued with the names that it is for",
  )];
}

async function judgeShape(certificates: readonly ParsedCertificate[]): Promise<Finding[]> {
  const { path, unrelated, endsInRoot } = await chainShape(certificates);
  const [leaf] = certificates;
  const issuer = quote(leaf.info.issuer);
  if (unrelated.length > 0 && path.length === 1) {
    const message = `the certificates behind the first have nothing to do with it: it was issued ` +
      `by ${issuer}, and what follows is ${quote(certificates[unrelated[0]].info.subject)}`;
    return [{ severity: "error", message }];
  }
  const findings: Finding[] = [];
  if (unrelated.length > 0) {
    const subjects = unrelated.map((at) => quote(certificates[at].info.subject));
    findings.push(warning(`not a part of the chain: ${subjects.join(", ")}; take it out`));
  }
  if (path.some((at, index) => index > 0 && at < path[index - 1])) {
    const right = path.map((at) => `${at + 1} (${quote(certificates[at].info.subject)})`);
    findings.push(
      warning(`the certificates stand in the wrong order; the right one is ${right.join(", ")}`),
    );
  }
  const url = issuerUrl(leaf);
  if (path.length === 1 && !endsInRoot && url !== null) {
    findings.push(warning(
      `the chain is incomplete: ${issuer}, which has issued ${nameOf(leaf.info)}, isn't in the ` +
        `file, and clients know roots only; put its certificate behind (it is at ${quote(url)})`,
    ));
  }
  return findings;
}
