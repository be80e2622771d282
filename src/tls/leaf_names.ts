/**
 * Which names a leaf may have: those that its clients take and its authority may vouch for.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import { type ParsedCertificate, readExtension } from "./certificate.ts";
import {
  describePermitted,
  NAME_CONSTRAINTS,
  permits,
  readNameConstraints,
} from "./name_constraints.ts";
import { isSpiffeId, parseSubjectName, type SubjectName } from "./subject_name.ts";

/**
 * Reads the names of a leaf, each once. Throws a `PemError` when there is none, or one that is of
 * no kind or that clients would refuse.
 */
export function parseLeafNames(texts: readonly string[]): SubjectName[] {
  if (texts.length === 0) throw new PemError("Cannot issue a certificate: found no name for it");
  const all = texts.map(parseLeafName);
  const names = all.filter((name, at) => all.findIndex((other) => other.text === name.text) === at);
  const uris = names.filter(({ kind }) => kind === "uri");
  const spiffe = uris.find(isSpiffeId);
  if (spiffe !== undefined && uris.length > 1) {
    throw new PemError(
      `Cannot issue for ${spiffe.text}: found another URI beside it; a SPIFFE ID must be the only one`,
    );
  }
  return names;
}

/** Throws a `PemError` when the issuer's name constraints don't allow a name. */
export function checkConstraints(issuer: ParsedCertificate, names: readonly SubjectName[]): void {
  const constraints = readExtension(issuer, NAME_CONSTRAINTS, readNameConstraints);
  if (constraints === undefined) return;
  for (const name of names) {
    if (permits(constraints, name)) continue;
    const permitted = describePermitted(constraints, name.kind);
    throw new PemError(
      `Cannot issue for ${name.text}: outside of the CA's name constraints (${permitted})`,
    );
  }
}

function parseLeafName(text: string): SubjectName {
  const name = parseSubjectName(text);
  if (name === null) throw new PemError(`Cannot issue for ${text}: found ${mistakeIn(text)}`);
  // OpenSSL and rustls look for two labels; rustls refuses the whole certificate otherwise.
  if (name.kind === "dns" && /^\*\.[^.]*$/.test(name.text)) {
    throw new PemError(
      `Cannot issue for ${text}: found a wildcard right below a top-level name, which clients ` +
        "refuse; list the names instead",
    );
  }
  return name;
}

function mistakeIn(text: string): string {
  if (text.startsWith("spiffe://")) {
    return "no SPIFFE ID; write spiffe://TRUST-DOMAIN/PATH, the domain in lower case";
  }
  if (text.includes("://")) return "no URI; write SCHEME://HOST/PATH in ASCII";
  if (text.includes("@")) return "no e-mail address; write NAME@HOST";
  return "neither a DNS name nor an IP address";
}
