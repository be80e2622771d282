/**
 * `x-forwarded-client-cert`: what an upstream is told of the client's certificate, as Envoy writes it.
 * Elements are joined by commas, one a proxy; an element is pairs of `key=value`, joined by
 * semicolons.
 *
 * @module
 */

import type { ClientCertHeaderConfig } from "../config/model.ts";
import { encodePem } from "../tls/pem.ts";
import { fingerprint, type PeerCertificate, readPeerCertificate } from "../tls/peer_certificate.ts";
import type { ClientCertificate } from "./client_certificate.ts";

/** The header's name. */
export const CLIENT_CERT = "x-forwarded-client-cert";

/**
 * The header's value; null to leave it out. `sent` is the client's own, its fields joined by commas,
 * null for none. (Envoy: `forward_client_cert_details`)
 */
export function clientCertValue(
  mode: ClientCertHeaderConfig["mode"],
  { sent, client }: { readonly sent: string | null; readonly client: ClientCertificate },
): string | null {
  if (mode === "always_forward_only") return sent;
  // Envoy forgets what is said by a client that doesn't say who it is.
  if (mode === "sanitize" || client.kind !== "shown") return null;
  if (mode === "forward_only") return sent;
  if (mode === "sanitize_set" || sent === null || sent === "") return client.element;
  return `${sent},${client.element}`;
}

/**
 * What is said of one certificate. `chain` is what leads from it to its root, itself included;
 * `ownUris` are the URIs of our own certificate. Throws a `PemError` for a chain that can't be read.
 * (Envoy: `set_current_client_cert_details`)
 */
export async function clientCertElement(
  leaf: PeerCertificate,
  { chain, details, ownUris }: {
    readonly chain: readonly Uint8Array[];
    readonly details: ClientCertHeaderConfig["details"];
    readonly ownUris: readonly string[];
  },
): Promise<string> {
  const pairs = ownUris.map((uri) => `By=${nameText(uri)}`);
  pairs.push(`Hash=${await fingerprint(leaf.der)}`);
  if (details.cert) pairs.push(`Cert="${pemText([leaf.der])}"`);
  if (details.chain) pairs.push(`Chain="${pemText(withoutRoot(chain))}"`);
  // RFC 2253 has put a backslash before each quote already.
  if (details.subject) pairs.push(`Subject="${leaf.subject}"`);
  if (details.uri) {
    // Without a URI the key is there all the same; a DNS key isn't.
    const uris = leaf.uris.length === 0 ? [""] : leaf.uris;
    pairs.push(...uris.map((uri) => `URI=${nameText(uri)}`));
  }
  if (details.dns) pairs.push(...leaf.dnsNames.map((name) => `DNS=${nameText(name)}`));
  return pairs.join(";");
}

/**
 * A name from a certificate. Envoy's documentation has such a value quoted, and Envoy itself doesn't:
 * whoever gets a URI of `urn:a;URI=urn:admin` signed is `urn:admin` behind it.
 */
function nameText(name: string): string {
  return /[,;"]/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name;
}

/**
 * The runtimes add the root, which hardly a client sends; Envoy tells of what was sent. A leaf that
 * has issued itself stays.
 */
function withoutRoot(chain: readonly Uint8Array[]): Uint8Array[] {
  return chain.filter((der, at) => {
    if (at === 0) return true;
    const { subject, issuer } = readPeerCertificate(der);
    return subject !== issuer;
  });
}

/** PEM, with what isn't a letter, a digit or a hyphen in percent encoding. */
function pemText(certificates: readonly Uint8Array[]): string {
  return encodeURIComponent(certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
}
