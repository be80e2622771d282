/**
 * The names that a certificate is made for.
 *
 * @module
 */

import { ipBytes, ipText } from "./ip_address.ts";

/** A DNS name or an IP address. */
export type SubjectName =
  /** Lower case, in ASCII (`xn--` where need be), perhaps with a leading `*.`. */
  | { kind: "dns"; text: string }
  /** The address in its short form, and its 4 or 16 bytes. */
  | { kind: "ip"; text: string; bytes: Uint8Array };

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/; // RFC 1123 §2.1, and the underscore in use
const MAX_NAME_LENGTH = 253; // RFC 1035 §2.3.4 without the length bytes

/** Reads a name as people write it; null when it is neither a DNS name nor an IP address. */
export function parseSubjectName(text: string): SubjectName | null {
  const bytes = ipBytes(text);
  if (bytes !== null) return { kind: "ip", text: ipText(bytes), bytes };
  const wildcard = text.startsWith("*.");
  const name = toAscii(wildcard ? text.slice(2) : text);
  const labels = name.split(".");
  // A last label of digits would make it a mistaken IPv4 address (RFC 1123 §2.1).
  const valid = name.length <= MAX_NAME_LENGTH && labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels[labels.length - 1]);
  return valid ? { kind: "dns", text: wildcard ? `*.${name}` : name } : null;
}

/** The URL parser knows how `bücher.test` is written in ASCII (URL Standard §3.3). */
function toAscii(name: string): string {
  const lower = name.toLowerCase();
  // deno-lint-ignore no-control-regex -- the whole of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return /[/?#@:\\]/.test(lower) ? "" : URL.parse(`http://${lower}/`)?.hostname ?? "";
}
