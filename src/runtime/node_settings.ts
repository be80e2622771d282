/**
 * What `node:tls` is told to terminate with, and what is refused because a runtime would ignore it.
 *
 * @module
 */

import type { ConnectTls, ListenTls, ServerTls, TlsSupport } from "./mod.ts";

/**
 * What a server takes below TLS 1.3 where nothing is said: Envoy's `cipher_suites`. The brackets are
 * BoringSSL's: between brackets the client's order counts, for it knows whether it has AES in hardware.
 * Bun's own list has CBC suites and key exchange by RSA as well; Deno's is this one.
 */
const SERVER_CIPHERS = [
  "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]",
  "[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
];

/** What is to be known of the runtime below `node:tls`. */
export interface NodeTlsRuntime {
  /** What it can do. */
  readonly supports: TlsSupport;
  /** Throws when a certificate or its key can't be used, where making a context doesn't tell. */
  checkKeyPair?(pair: { readonly certChain: string; readonly privateKey: string }): void;
}

/** For a server's secure context. Throws when the runtime can't do as told. */
export function serverContextSettings(
  options: ServerTls,
  { supports, checkKeyPair }: NodeTlsRuntime,
) {
  const { certChain, privateKey, clientCertificate } = options;
  checkKeyPair?.(options);
  if (clientCertificate !== null && clientCertificate.crl !== null && !supports.crl) {
    throw new Error(
      "this runtime's TLS ignores revocation lists: leave the CRL out, or run on Bun",
    );
  }
  return {
    cert: certChain,
    key: privateKey,
    ca: clientCertificate?.ca,
    crl: clientCertificate?.crl ?? undefined,
    ciphers: cipherList(options.ciphers, supports) ??
      (supports.ciphers ? SERVER_CIPHERS.join(":") : undefined),
    honorCipherOrder: true, // As Envoy does; Deno takes the client's order all the same.
    ...versionBounds(options),
  };
}

/** For a client's secure context. Throws as above. */
export function clientContextSettings(
  options: ConnectTls,
  { supports, checkKeyPair }: NodeTlsRuntime,
) {
  const { certificate = null } = options;
  if (certificate !== null) checkKeyPair?.(certificate);
  return {
    ca: options.ca ?? undefined,
    cert: certificate?.certChain,
    key: certificate?.privateKey,
    ciphers: cipherList(options.ciphers ?? [], supports),
    ...versionBounds(options),
  };
}

/** For a server's TLS socket. */
export function serverSocketSettings({ clientCertificate, alpn }: ServerTls) {
  return {
    isServer: true,
    requestCert: clientCertificate !== null,
    rejectUnauthorized: clientCertificate?.required ?? false,
    ALPNProtocols: protocolList(alpn),
  };
}

/** Node's form of a list of protocols; undefined for none. */
export function protocolList(names: readonly string[]): string[] | undefined {
  return names.length > 0 ? [...names] : undefined;
}

/** The versions, said in any case: the command line may have changed the default. */
export function versionBounds({ minVersion, maxVersion }: ListenTls | ServerTls | ConnectTls) {
  return { minVersion: minVersion ?? "TLSv1.2", maxVersion: maxVersion ?? "TLSv1.3" } as const;
}

/** OpenSSL's form of a list of ciphers; undefined for the runtime's. */
function cipherList(names: readonly string[], supports: TlsSupport): string | undefined {
  if (names.length === 0) return undefined;
  if (supports.ciphers) return names.join(":");
  throw new Error("this runtime's TLS picks ciphers itself: leave the list out, or run on Bun");
}
