/**
 * What `node:tls` is told to terminate with, and what is refused because a runtime would ignore it.
 *
 * @module
 */

import type { ConnectTls, ListenTls, ServerTls, TlsSupport } from "./mod.ts";

/** For a server's secure context. Throws when the runtime can't do as told. */
export function serverContextSettings(options: ServerTls, supports: TlsSupport) {
  const { certChain, privateKey, clientCertificate } = options;
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
    ciphers: cipherList(options.ciphers, supports),
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

/** OpenSSL's form of a list of ciphers; undefined for the runtime's. Throws as above. */
export function cipherList(names: readonly string[], supports: TlsSupport): string | undefined {
  if (names.length === 0) return undefined;
  if (supports.ciphers) return names.join(":");
  throw new Error("this runtime's TLS picks ciphers itself: leave the list out, or run on Bun");
}

/** Node's form of a list of protocols; undefined for none. */
export function protocolList(names: readonly string[]): string[] | undefined {
  return names.length > 0 ? [...names] : undefined;
}

/** The versions, said in any case: the command line may have changed the default. */
export function versionBounds({ minVersion, maxVersion }: ListenTls | ServerTls | ConnectTls) {
  return { minVersion: minVersion ?? "TLSv1.2", maxVersion: maxVersion ?? "TLSv1.3" } as const;
}
