/**
 * Whether a client takes an ECDSA certificate, for listeners that have RSA certificates too.
 *
 * @module
 */

import type { TlsVersion } from "../runtime/mod.ts";
import type { ClientHello } from "./client_hello.ts";
import type { KeyKind } from "./key_kind.ts";

/** A curve that certificates have keys of. */
export type Curve = Extract<KeyKind, "P-256" | "P-384" | "P-521">;

/** Code points of the curve as a group, and of the signature that goes with it in TLS 1.3. */
const CURVES: Readonly<Record<Curve, { group: number; signature: number }>> = {
  "P-256": { group: 0x0017, signature: 0x0403 },
  "P-384": { group: 0x0018, signature: 0x0503 },
  "P-521": { group: 0x0019, signature: 0x0603 },
};

/** In TLS 1.2 a curve goes with any hash (RFC 5246 §7.4.1.4.1). SHA-1 is left out. */
const ANY_ECDSA: ReadonlySet<number> = new Set([0x0303, 0x0403, 0x0503, 0x0603]);

/** Suites of TLS 1.2 with ECDHE and ECDSA (RFC 8422, 5289, 7251, 7905); none of RC4, 3DES or NULL. */
const ECDSA_SUITES: ReadonlySet<number> = new Set([
  ...[0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c],
  ...[0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9],
]);

/**
 * True when the client can finish a handshake with a certificate of this curve, on a listener that
 * speaks no more than `maxVersion`.
 */
export function takesEcdsa(hello: ClientHello, curve: Curve, maxVersion: TlsVersion): boolean {
  const { group, signature } = CURVES[curve];
  if (maxVersion === "TLSv1.3" && hello.versions.includes("TLSv1.3")) {
    return hello.signatureAlgorithms.includes(signature);
  }
  return hello.groups.includes(group) &&
    hello.signatureAlgorithms.some((code) => ANY_ECDSA.has(code)) &&
    hello.cipherSuites.some((code) => ECDSA_SUITES.has(code));
}
