/**
 * What one of Node's TLS sockets tells of the other end's certificate, on Deno and on Bun.
 *
 * @module
 */

import type { ConnError, TlsReason } from "../errors.ts";
import { handshakeError, tlsFailure } from "./failure.ts";
import type { ClientVerification } from "./mod.ts";

/** A certificate as `getPeerCertificate` describes it; without fields when there is none. */
export interface NodeCertificate {
  /** DER. */
  readonly raw?: Uint8Array;
  /** Who has issued it; itself at the end of the chain. */
  readonly issuerCertificate?: NodeCertificate;
  /** When its time begins, as `Date.parse` reads it. */
  readonly valid_from?: string;
  /** When its time ends. */
  readonly valid_to?: string;
  /** SHA-256 of `raw`, in hexadecimal digits. */
  readonly fingerprint256?: string;
}

/** The part of a TLS socket that tells of a certificate. */
export interface CertifiedSocket {
  /** The verdict, on Bun. */
  readonly authorized?: boolean;
  /** Why not, on Bun. */
  readonly authorizationError?: unknown;
  /** Whether the handshake resumed an earlier session. */
  isSessionReused(): boolean;
  /** The other end's certificate; with the issuers' where they are known, when `detailed`. */
  getPeerCertificate(detailed: boolean): NodeCertificate | null;
}

/** As `TlsInfo.peerCertificates`. */
export function peerCertificates(
  socket: Pick<CertifiedSocket, "getPeerCertificate">,
): Uint8Array[] {
  const found: Uint8Array[] = [];
  const seen = new Set<NodeCertificate>();
  let each = socket.getPeerCertificate(true);
  while (each?.raw !== undefined && !seen.has(each)) {
    seen.add(each);
    // A root is its own issuer, in another object on Bun.
    if (found.length > 0 && areEqual(found[found.length - 1], each.raw)) break;
    found.push(each.raw);
    each = each.issuerCertificate ?? null;
  }
  return found;
}

/**
 * Why a client is refused once its handshake is over; null when it isn't. A certificate that was sent
 * must be good even where none is required.
 */
export function clientRefusal(
  socket: CertifiedSocket,
  verification: ClientVerification,
  attempt: string,
): ConnError | null {
  const leaf = socket.getPeerCertificate(false);
  if (leaf?.raw === undefined) {
    return verification.required ? tlsFailure("client_certificate_required", attempt) : null;
  }
  const verdict = denoVerdict(socket);
  if (verdict === undefined) {
    if (socket.authorized === true) return null;
    return handshakeError(attempt, unverified(socket.authorizationError));
  }
  if (verdict !== "") return tlsFailure(reasonFor(leaf, verdict), attempt, { said: verdict });
  const verified = verifiedBy(verification.ca);
  if (!socket.isSessionReused()) {
    verified.add(leaf);
    return null;
  }
  if (!verified.has(leaf)) {
    const said = "the session it resumes was verified by another authority, or not at all";
    return tlsFailure("untrusted", attempt, { said });
  }
  const reason = outOfTime(leaf);
  return reason === null ? null : tlsFailure(reason, attempt);
}

/**
 * Deno's verdict: an error's code, empty for none; undefined on another runtime, whose `authorized`
 * tells. Deno's is false whatever the certificate, and its handshake goes on with a bad one even
 * where it was told to reject it.
 */
function denoVerdict(socket: CertifiedSocket): string | undefined {
  const handle = (socket as { _handle?: { verifyError?: () => unknown } | null })._handle;
  if (typeof handle?.verifyError !== "function") return undefined;
  const verdict = handle.verifyError() ?? "";
  return typeof verdict === "string" ? verdict : String((verdict as { code?: unknown }).code);
}

function unverified(said: unknown): Error {
  if (said instanceof Error) return said;
  const code = typeof said === "string" ? said : "the certificate was not verified";
  return new Error(BUN_WORDS[code] ?? code);
}

/** Bun gives OpenSSL's words for some and the code alone for others. */
const BUN_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "certificate has expired",
  CERT_NOT_YET_VALID: "certificate is not yet valid",
  CERT_REVOKED: "certificate revoked",
  INVALID_PURPOSE: "unsupported certificate purpose",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unable to verify the first certificate",
  UNABLE_TO_GET_ISSUER_CERT: "unable to get issuer certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unable to get local issuer certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self signed certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "self signed certificate in certificate chain",
};

/** Deno has one code for a certificate that is out of its time, for another purpose, or unknown. */
function reasonFor(leaf: NodeCertificate, code: string): TlsReason {
  if (code === "CERT_REVOKED") return "revoked";
  return outOfTime(leaf) ?? (isForClients(leaf) ? "untrusted" : "wrong_purpose");
}

/** Whether the time of a certificate is over or still to come; null when it is now. */
export function outOfTime(
  { valid_from, valid_to }: NodeCertificate,
): "expired" | "not_yet_valid" | null {
  const now = Date.now();
  if (Date.parse(valid_to ?? "") < now) return "expired";
  return Date.parse(valid_from ?? "") > now ? "not_yet_valid" : null;
}

/** The DER of an extKeyUsage extension's OID (2.5.29.37), and of the purpose clientAuth. */
const EXT_KEY_USAGE = [0x06, 0x03, 0x55, 0x1d, 0x25];
const CLIENT_AUTH = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/** Deno's description leaves out the purposes. This is for the words only, never for the verdict. */
function isForClients({ raw }: NodeCertificate): boolean {
  return raw === undefined || !contains(raw, EXT_KEY_USAGE) || contains(raw, CLIENT_AUTH);
}

function contains(bytes: Uint8Array, part: readonly number[]): boolean {
  const last = bytes.length - part.length;
  for (let at = 0; at <= last; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** How many certificates are remembered as verified, and for how many authorities. */
const MAX_VERIFIED = 10_000, MAX_AUTHORITIES = 16;

/**
 * The certificates that full handshakes have verified, by the authorities' PEM.
 *
 * Deno keeps the sessions of all listeners together and takes none of the options that part them. A
 * session that is resumed counts as verified there, though it was another authority, or nobody, who
 * verified it; even the session of a client that was refused does. So a resumed session is good only
 * for a certificate that was verified by the same authorities in full; it can't have been forged,
 * because every handshake proves that the client has the certificate's key (RFC 8446 §4.4.3).
 */
const verifiedCertificates = new Map<string, VerifiedCertificates>();

function verifiedBy(ca: string): VerifiedCertificates {
  let found = verifiedCertificates.get(ca);
  if (found === undefined) {
    found = new VerifiedCertificates();
    verifiedCertificates.set(ca, found);
    forgetOldest(verifiedCertificates, MAX_AUTHORITIES);
  }
  return found;
}

class VerifiedCertificates {
  readonly #kept = new Map<string, true>();

  add({ fingerprint256: key }: NodeCertificate): void {
    if (key === undefined) return;
    this.#kept.delete(key);
    this.#kept.set(key, true);
    forgetOldest(this.#kept, MAX_VERIFIED);
  }

  has({ fingerprint256: key }: NodeCertificate): boolean {
    return key !== undefined && this.#kept.has(key);
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  if (map.size > most) map.delete(map.keys().next().value!);
}
