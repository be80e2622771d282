/**
 * TLS as Bun wants it said, and what it says of a peer's certificate.
 *
 * @module
 */

import { isIpAddress } from "./address.ts";
import type { BunServerTls, BunTls } from "./bun_api.ts";
import { type BunConn, type Socket, socketHandler } from "./bun_conn.ts";
import type { Terminate, Termination } from "./bun_inspected.ts";
import type { ConnectTls, ListenTls, ServerTls, SocketAddress } from "./mod.ts";
import { clientRefusal } from "./peer_certificates.ts";

/** OpenSSL's SSL_OP_NO_TLSv1_2 and SSL_OP_NO_TLSv1_3; Bun speaks nothing below TLS 1.2. */
const NO_TLS_1_2 = 0x08000000, NO_TLS_1_3 = 0x20000000;

/** Says why a certificate is not for a name; undefined when it is. */
export type CheckName = (name: string, certificate: object) => Error | undefined;

/** How a listener terminates. */
export function listenTls(tls: ListenTls): BunTls {
  return {
    cert: tls.certChain,
    key: tls.privateKey,
    ALPNProtocols: alpnList(tls.alpn),
    secureOptions: versionBits(tls),
  };
}

/** How accepted connections terminate. `contextOf` makes what `node:tls` calls a secure context. */
export function terminator(
  contextOf: (tls: ServerTls) => { readonly context: unknown },
): Terminate {
  const made = new WeakMap<ServerTls, Termination>();
  return (tls) => {
    let termination = made.get(tls);
    if (termination === undefined) {
      const { clientCertificate, alpn } = tls;
      const settings: BunServerTls = {
        secureContext: contextOf(tls).context,
        requestCert: clientCertificate !== null,
        rejectUnauthorized: clientCertificate?.required ?? false,
        ALPNProtocols: alpnList(alpn),
      };
      const handler = socketHandler(() => {}, (conn, socket, success, error) => {
        shaken(tls, { conn, socket, success, error });
      });
      termination = { settings, handler };
      made.set(tls, termination);
    }
    return termination;
  };
}

/** As in `refusal`, only a handshake that went well has a cipher. */
function shaken(
  { clientCertificate }: ServerTls,
  { conn, socket, success, error }: {
    conn: BunConn;
    socket: Socket;
    success: boolean;
    error: Error | null;
  },
): void {
  if (!socket.getCipher()?.name) return conn.refused(error ?? new Error("the handshake failed"));
  if (clientCertificate !== null) {
    const refused = clientRefusal(
      {
        authorized: success && error === null,
        authorizationError: (error as { code?: unknown } | null)?.code ?? error?.message,
        isSessionReused: () => socket.isSessionReused(),
        getPeerCertificate: () => socket.getPeerCertificate(false),
      },
      clientCertificate,
      conn.handshakeAttempt,
    );
    if (refused !== null) return conn.refuse(refused);
  }
  const serverName = socket.getServername()?.toLowerCase() ?? null;
  conn.secured(serverName, { asksForCertificate: clientCertificate !== null });
}

/** How a connection to `address` originates. */
export function connectTls(tls: ConnectTls, address: SocketAddress): BunTls {
  return {
    serverName: sentName(tls), // Empty sends no SNI.
    // Said in any case: the default can be turned off by NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: tls.verify === "full" && !checksNameOurselves(tls, address),
    ca: tls.ca ?? undefined,
    cert: tls.certificate?.certChain,
    key: tls.certificate?.privateKey,
    ciphers: tls.ciphers === undefined || tls.ciphers.length === 0
      ? undefined
      : tls.ciphers.join(":"),
    ALPNProtocols: alpnList(tls.alpn),
    secureOptions: versionBits(tls),
  };
}

/** Whether the name to look for is another than the one that Bun looks for. */
export function checksNameOurselves(tls: ConnectTls, address: SocketAddress): boolean {
  return tls.verify === "full" && expectedName(tls, address) !== (sentName(tls) || address.host);
}

/**
 * Why the peer is refused; null when it isn't. `success` and `error` are what Bun's handshake
 * callback was given: it tells of a certificate that fails its check and of a handshake that fails
 * alike, but only the former has a cipher, and it checks the chain before the name, so a complaint
 * about the name means that the chain is good.
 */
export function refusal(
  tls: ConnectTls,
  address: SocketAddress,
  handshake: { socket: Socket; success: boolean; error: Error | null },
  checkName: CheckName | null,
): Error | null {
  const { socket, success, error } = handshake;
  if (!socket.getCipher()?.name) return error ?? new Error("the handshake failed");
  if (tls.verify === "none") return null;
  const code = (error as { code?: unknown } | null)?.code;
  const isChainGood = error === null ? success : code === "ERR_TLS_CERT_ALTNAME_INVALID";
  if (!isChainGood) return error ?? new Error("the certificate was not verified");
  if (tls.verify === "chain") return null;
  if (checkName === null) return error;
  return checkName(expectedName(tls, address), socket.getPeerCertificate(true) ?? {}) ?? null;
}

function expectedName(tls: ConnectTls, address: SocketAddress): string {
  return tls.verifyName ?? tls.serverName ?? address.host;
}

/** RFC 6066 §3 allows names only. */
function sentName({ serverName }: ConnectTls): string {
  return serverName === null || isIpAddress(serverName) ? "" : serverName;
}

function versionBits({ minVersion, maxVersion }: ListenTls | ConnectTls): number {
  return (minVersion === "TLSv1.3" ? NO_TLS_1_2 : 0) | (maxVersion === "TLSv1.2" ? NO_TLS_1_3 : 0);
}

/** RFC 7301 §3.1: each name after its length in one byte. */
function alpnList(names: readonly string[]): Uint8Array | undefined {
  if (names.length === 0) return undefined;
  const encoder = new TextEncoder();
  return new Uint8Array(names.flatMap((name) => {
    const bytes = encoder.encode(name);
    return [bytes.length, ...bytes];
  }));
}
