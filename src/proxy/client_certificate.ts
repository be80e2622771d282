/**
 * The certificate that a connection's client showed: what an exchange asks of it and tells of it.
 * It was verified in the handshake.
 *
 * @module
 */

import type { HttpFilterConfig, SanMatcherConfig } from "../config/model.ts";
import { PemError } from "../errors.ts";
import { type PeerCertificate, readPeerCertificate } from "../tls/peer_certificate.ts";
import { matchesAnySan } from "../tls/san_match.ts";
import { clientCertElement } from "./client_cert_header.ts";

/** A connection's client, as far as its certificate says. */
export type ClientCertificate =
  | { readonly kind: "none" }
  | {
    readonly kind: "shown";
    readonly leaf: PeerCertificate;
    /** What `x-forwarded-client-cert` says of it; null where the filter tells nothing. */
    readonly element: string | null;
  }
  /** The TLS library takes it, and it can't be read here: nobody can say whose it is. */
  | { readonly kind: "unreadable"; readonly cause: string };

/** A client that showed none. */
export const NO_CLIENT_CERTIFICATE: ClientCertificate = { kind: "none" };

/** Whether an HTTP filter asks or tells anything of its clients' certificates. */
export function looksAtCertificates(
  { clientCertHeader: { mode }, virtualHosts }: HttpFilterConfig,
): boolean {
  return (mode !== "sanitize" && mode !== "always_forward_only") ||
    virtualHosts.some(({ routes }) => routes.some(({ clientSans }) => clientSans !== null));
}

/**
 * Reads what came in a handshake: `chain` is DER, leaf first, and not empty; `ownUris` are the URIs
 * among the names of our own certificate.
 */
export async function readClientCertificate(
  chain: readonly Uint8Array[],
  { config: { clientCertHeader: { mode, details } }, ownUris }: {
    readonly config: Pick<HttpFilterConfig, "clientCertHeader">;
    readonly ownUris: readonly string[];
  },
): Promise<ClientCertificate> {
  try {
    const leaf = readPeerCertificate(chain[0]);
    const tells = mode === "append_forward" || mode === "sanitize_set";
    const element = tells ? await clientCertElement(leaf, { chain, details, ownUris }) : null;
    return { kind: "shown", leaf, element };
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    return { kind: "unreadable", cause: error.message };
  }
}

/** Why a client isn't let through. */
export interface ClientRefusal {
  /** For the client. */
  readonly body: string;
  /** For the log: what was attempted, a colon, what was found. */
  readonly cause: string;
}

/**
 * Whether a client may take a route; null when it may. `sans` are the names that the route asks for,
 * null for none. A certificate that can't be read takes none.
 */
export function refuseClient(
  client: ClientCertificate,
  sans: readonly SanMatcherConfig[] | null,
): ClientRefusal | null {
  if (client.kind === "unreadable") return { body: NOT_ALLOWED, cause: client.cause };
  if (sans === null) return null;
  if (client.kind === "none") {
    return {
      body: "client certificate required",
      cause: "Cannot let the client through: found no certificate of its",
    };
  }
  if (matchesAnySan(sans, client.leaf)) return null;
  const { dnsNames, uris, emails, ipAddresses, subject } = client.leaf;
  const names = [...dnsNames, ...uris, ...emails, ...ipAddresses];
  const found = names.length === 0
    ? `a certificate without alternative names (subject ${subject || "empty"})`
    : `a certificate for ${names.join(", ")}`;
  return { body: NOT_ALLOWED, cause: `Cannot let the client through: found ${found}` };
}

const NOT_ALLOWED = "client certificate not allowed";
