/**
 * Name constraints (RFC 5280 §4.2.1.10): the names that a CA may vouch for. Whoever trusts the
 * local CA trusts it for these and for nothing else, even when its key is stolen.
 *
 * @module
 */

import { DerError, DerReader, latin1, Tag } from "./der.ts";
import { ipText } from "./ip_address.ts";
import type { SubjectName } from "./subject_name.ts";

/**
 * What the local CA is kept to: names that never leave the site, and addresses that don't either.
 * It isn't kept to any e-mail addresses and URIs, for rustls refuses every certificate with a name
 * of a kind that it doesn't know once that kind is constrained.
 */
export const LOCAL_NAMES: { readonly dns: readonly string[]; readonly ip: readonly string[] } = {
  dns: [
    "localhost", // RFC 6761 §6.3
    "test", // RFC 6761 §6.2
    "internal", // reserved by ICANN for private use
  ],
  ip: [
    "127.0.0.0/8", // loopback, RFC 1122 §3.2.1.3
    "10.0.0.0/8", // private, RFC 1918 §3
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16", // link-local, RFC 3927 §2.1
    "::1/128", // loopback, RFC 4291 §2.5.3
    "fc00::/7", // unique local, RFC 4193 §3.1
    "fe80::/10", // link-local, RFC 4291 §2.5.6
  ],
};

/** An address and a mask of the same size. */
export interface IpRange {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** Ones where the address counts. */
  readonly mask: Uint8Array;
}

/** Names of all kinds. */
export interface Subtrees {
  /** Each stands for itself and all below it. */
  readonly dns: readonly string[];
  /** Each stands for the addresses in it. */
  readonly ip: readonly IpRange[];
  /** Each is a mailbox, a host with all mailboxes at it, or `.host` for all hosts below it. */
  readonly email: readonly string[];
  /** Each is a host, or `.host` for all hosts below it. */
  readonly uri: readonly string[];
}

/** The constraints of a CA, as far as the kinds of names go that genkan issues. */
export interface NameConstraints {
  /** What is permitted; a kind of name with no entry is not constrained. */
  readonly permitted: Subtrees;
  /** What is excluded, even from what is permitted. */
  readonly excluded: Subtrees;
}

/** The object identifier of the extension. */
export const NAME_CONSTRAINTS = "2.5.29.30";

/** Reads the contents of the extension. Throws a `DerError`. */
export function readNameConstraints(content: Uint8Array): NameConstraints {
  const fields = new DerReader(content).enter(Tag.sequence);
  const permitted = readSubtrees(fields.takeOptional(Tag.constructed(0)));
  const excluded = readSubtrees(fields.takeOptional(Tag.constructed(1)));
  fields.end();
  return { permitted, excluded };
}

/** Writes the contents of an extension that permits `names` and nothing else of their kinds. */
export async function encodeNameConstraints(
  names: { readonly dns: readonly string[]; readonly ip: readonly string[] },
): Promise<ArrayBuffer> {
  const { AsnConvert } = await import("@peculiar/asn1-schema");
  const { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } = await import(
    "@peculiar/asn1-x509"
  );
  const bases = [
    ...names.dns.map((dNSName) => new GeneralName({ dNSName })),
    ...names.ip.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const subtrees = bases.map((base) => new GeneralSubtree({ base }));
  return AsnConvert.serialize(
    new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) }),
  );
}

/** True when the constraints allow a certificate for `name`. */
export function permits({ permitted, excluded }: NameConstraints, name: SubjectName): boolean {
  const verdict = <T>(kind: (subtrees: Subtrees) => readonly T[], covers: (base: T) => boolean) =>
    (kind(permitted).length === 0 || kind(permitted).some(covers)) && !kind(excluded).some(covers);
  switch (name.kind) {
    case "dns":
      return verdict(({ dns }) => dns, (base) => isAtOrBelow(name.text, base));
    case "ip":
      return verdict(({ ip }) => ip, (range) => isInRange(name.bytes, range));
    case "email":
      return verdict(
        ({ email }) => email,
        (base) => base.includes("@") ? name.text === base : isHostOf(name.host, base),
      );
    case "uri":
      return verdict(({ uri }) => uri, (base) => isHostOf(name.host, base));
  }
}

/** What is permitted of a kind of name, for people. */
export function describePermitted(
  { permitted }: NameConstraints,
  kind: SubjectName["kind"],
): string {
  return describeSubtrees(permitted, kind).join(", ");
}

function describeSubtrees(subtrees: Subtrees, kind: SubjectName["kind"]): readonly string[] {
  const { dns, ip, email, uri } = subtrees;
  switch (kind) {
    case "dns":
      return dns.map((base) => base.startsWith(".") ? `*${base}` : `${base}, *.${base}`);
    case "ip":
      return ip.map(({ address, mask }) => `${ipText(address)}/${prefixLength(mask)}`);
    case "email":
      return email.map((base) => base.includes("@") ? base : `*@${wildcardOf(base)}`);
    case "uri":
      return uri.map((base) => `*://${wildcardOf(base)}`);
  }
}

function wildcardOf(host: string): string {
  return host.startsWith(".") ? `*${host}` : host;
}

function readSubtrees(content: Uint8Array | null): Subtrees {
  const dns: string[] = [];
  const ip: IpRange[] = [];
  const email: string[] = [];
  const uri: string[] = [];
  const list = new DerReader(content ?? new Uint8Array(0));
  while (!list.done) {
    const base = list.enter(Tag.sequence).next();
    if (base.tag === Tag.primitive(1)) email.push(mailbox(latin1(base.content)));
    if (base.tag === Tag.primitive(2)) dns.push(latin1(base.content).toLowerCase());
    if (base.tag === Tag.primitive(6)) uri.push(latin1(base.content).toLowerCase());
    if (base.tag === Tag.primitive(7)) ip.push(readRange(base.content));
  }
  return { dns, ip, email, uri };
}

/** The part before the `@` keeps its case (RFC 5321 §2.4). */
function mailbox(text: string): string {
  const host = text.lastIndexOf("@") + 1;
  return text.slice(0, host) + text.slice(host).toLowerCase();
}

function readRange(content: Uint8Array): IpRange {
  const size = content.length / 2;
  if (size !== 4 && size !== 16) throw new DerError(`an IP range of ${content.length} bytes`);
  return { address: content.subarray(0, size), mask: content.subarray(size) };
}

/** `base` permits itself and all below it; with a leading dot, as some write it, only those below. */
function isAtOrBelow(name: string, base: string): boolean {
  if (base === "" || name === base) return true;
  return name.endsWith(base.startsWith(".") ? base : `.${base}`);
}

/** RFC 5280 §4.2.1.10: other than for DNS names, a host without a dot before it is itself only. */
function isHostOf(host: string, base: string): boolean {
  return base.startsWith(".") ? host.endsWith(base) : host === base;
}

function isInRange(bytes: Uint8Array, { address, mask }: IpRange): boolean {
  return bytes.length === address.length &&
    bytes.every((byte, index) => (byte & mask[index]) === (address[index] & mask[index]));
}

function prefixLength(mask: Uint8Array): number {
  return mask.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
}
