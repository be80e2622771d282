/**
 * Distinguished names as text (RFC 4514), the way OpenSSL's `-nameopt RFC2253` prints them.
 *
 * @module
 */

import { type DerReader, latin1, oidText, Tag } from "./der.ts";

// RFC 4514 §3, and what else both OpenSSL and BoringSSL print by name.
const SHORT_NAMES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "street",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.13": "description",
  "2.5.4.15": "businessCategory",
  "2.5.4.17": "postalCode",
  "2.5.4.41": "name",
  "2.5.4.42": "GN",
  "2.5.4.43": "initials",
  "2.5.4.44": "generationQualifier",
  "2.5.4.46": "dnQualifier",
  "2.5.4.65": "pseudonym",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
  "1.2.840.113549.1.9.2": "unstructuredName",
};

/** Tags of the string types in a name (X.680 §8.6), and how their bytes become characters. */
const STRING_TYPES: Readonly<Record<number, (content: Uint8Array) => string>> = {
  0x0c: (content) => new TextDecoder().decode(content), // UTF8String
  0x12: latin1, // NumericString
  0x13: latin1, // PrintableString
  0x14: latin1, // TeletexString
  0x16: latin1, // IA5String
  0x1a: latin1, // VisibleString
  0x1e: (content) => new TextDecoder("utf-16be").decode(content), // BMPString
};

/** Reads a Name (RFC 5280 §4.1.2.4), last component first. Throws a `DerError`. */
export function distinguishedName(reader: DerReader): string {
  const components: string[] = [];
  const sequence = reader.enter(Tag.sequence);
  while (!sequence.done) {
    const attributes: string[] = [];
    const set = sequence.enter(Tag.set);
    while (!set.done) attributes.unshift(attribute(set.enter(Tag.sequence)));
    components.unshift(attributes.join("+"));
  }
  return components.join(",");
}

function attribute(reader: DerReader): string {
  const oid = oidText(reader.take(Tag.oid));
  const value = reader.next();
  reader.end();
  const name = SHORT_NAMES[oid];
  const decode = STRING_TYPES[value.tag];
  // RFC 4514 §2.4: what can't be named or decoded is written as its encoding.
  if (name === undefined || decode === undefined) {
    return `${name ?? oid}=#${value.whole.toHex().toUpperCase()}`;
  }
  return `${name}=${escape(decode(value.content))}`;
}

/** RFC 4514 §2.4; control characters too, since the text is printed on terminals. */
function escape(text: string): string {
  return text
    .replace(/["+,;<>\\]/g, "\\$&")
    .replace(/^[ #]/, "\\$&")
    .replace(/ $/, "\\ ")
    // deno-lint-ignore no-control-regex -- these are what must not reach a terminal
    .replace(/[\x00-\x1f\x7f-\x9f]/g, (character) =>
      [...new TextEncoder().encode(character)]
        .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));
}
