/**
 * The names that a certificate is made for.
 *
 * @module
 */

import { ipBytes, ipText } from "./ip_address.ts";

/** A subject alternative name (RFC 5280 §4.2.1.6) of a kind that genkan issues. */
export type SubjectName =
  /** Lower case, in ASCII (`xn--` where need be), perhaps with a leading `*.`. */
  | { kind: "dns"; text: string }
  /** The address in its short form, and its 4 or 16 bytes. */
  | { kind: "ip"; text: string; bytes: Uint8Array }
  /** `alice@corp.internal`, and what follows the `@`, lower case and in ASCII. */
  | { kind: "email"; text: string; host: string }
  /** `spiffe://corp.internal/api`, and its host, lower case; empty when it has none. */
  | { kind: "uri"; text: string; host: string };

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/; // RFC 1123 §2.1, and the underscore in use
const MAX_NAME_LENGTH = 253; // RFC 1035 §2.3.4 without the length bytes
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/; // RFC 5321 §4.1.2, without quotes
const URI = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#@:]*)(?::\d*)?(?:[/?#].*)?$/;
const URI_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/; // RFC 3986 §2
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]+(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)*$/;
const MAX_SPIFFE_LENGTH = 2048; // SPIFFE-ID §2.3

/**
 * Reads a name as people write it, its kind told from its form: `scheme://…` is a URI, `…@…` an
 * e-mail address. Null when it is none of the kinds.
 */
export function parseSubjectName(text: string): SubjectName | null {
  if (text.includes("://")) return parseUri(text);
  if (text.includes("@")) return parseEmail(text);
  const bytes = ipBytes(text);
  if (bytes !== null) return { kind: "ip", text: ipText(bytes), bytes };
  const wildcard = text.startsWith("*.");
  const name = parseHost(wildcard ? text.slice(2) : text);
  return name === null ? null : { kind: "dns", text: wildcard ? `*.${name}` : name };
}

/** True for a SPIFFE ID; a certificate holds one of them at most (X509-SVID §2). */
export function isSpiffeId({ kind, text }: SubjectName): boolean {
  return kind === "uri" && text.startsWith("spiffe://");
}

function parseUri(text: string): SubjectName | null {
  const [, scheme, host] = URI.exec(text) ?? [];
  if (scheme === undefined || !URI_CHARACTERS.test(text)) return null;
  const uri = scheme.toLowerCase() + text.slice(scheme.length);
  const isSpiffe = uri.startsWith("spiffe://");
  if (isSpiffe && !(SPIFFE_ID.test(uri) && uri.length <= MAX_SPIFFE_LENGTH)) return null;
  return { kind: "uri", text: uri, host: host.toLowerCase() };
}

function parseEmail(text: string): SubjectName | null {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const host = parseHost(text.slice(at + 1));
  if (host === null || !LOCAL_PART.test(local)) return null;
  return { kind: "email", text: `${local}@${host}`, host };
}

/** A DNS name without wildcards, lower case and in ASCII, or null. */
function parseHost(text: string): string | null {
  const name = toAscii(text);
  const labels = name.split(".");
  // A last label of digits would make it a mistaken IPv4 address (RFC 1123 §2.1).
  const valid = name.length <= MAX_NAME_LENGTH && labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels[labels.length - 1]);
  return valid ? name : null;
}

/** The URL parser knows how `bücher.test` is written in ASCII (URL Standard §3.3). */
function toAscii(name: string): string {
  const lower = name.toLowerCase();
  // deno-lint-ignore no-control-regex -- the whole of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return /[/?#@:\\]/.test(lower) ? "" : URL.parse(`http://${lower}/`)?.hostname ?? "";
}
