/**
 * TLS through the built-in `node:tls`, for what a runtime's native calls cannot do: `deno.ts` and
 * `bun.ts` say when they turn to it.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";
import type { TlsReason } from "../errors.ts";
import { AcceptQueue } from "./accept_queue.ts";
import { isIpAddress, showAddress } from "./address.ts";
import { connError, connFailure, handshakeError, reasonOf, tlsFailure } from "./failure.ts";
import { InspectedConn, type Terminate } from "./inspected_conn.ts";
import type {
  AcceptedConn,
  Conn,
  ConnectTls,
  Listener,
  ListenTls,
  ServerTls,
  SocketAddress,
  TlsSupport,
} from "./mod.ts";
import { endsOf, NodeConn, type NodeTcpSocket, type NodeTlsSocket } from "./node_conn.ts";
import { peek, spokenProtocol } from "./peek.ts";

/** What Deno says of an unknown issuer and of a certificate that is out of its time alike. */
const AMBIGUOUS = /unable to verify the first certificate/;
/** How long a look at a certificate may hold up a failure. */
const MAX_LOOK_MS = 1000;

/** Terminates TLS on a port. Fails as `Network.listen` does. */
export function listenNodeTls(
  address: SocketAddress,
  options: ListenTls,
  reusePort: boolean,
): Promise<Listener> {
  const attempt = `Cannot listen on ${showAddress(address)}`;
  return new Promise((resolve, reject) => {
    try {
      const { certChain: cert, privateKey: key } = options;
      const settings = {
        isServer: true,
        secureContext: tls.createSecureContext({ cert, key, ...versions(options) }),
        ALPNProtocols: options.alpn.length > 0 ? [...options.alpn] : undefined,
        ...versions(options),
      };
      const server = net.createServer({ allowHalfOpen: true, noDelay: true });
      server.once("error", (error) => reject(connError(attempt, error)));
      server.listen({ host: address.host, port: address.port, reusePort }, () => {
        resolve(new NodeTlsListener(server, settings, options));
      });
    } catch (error) {
      reject(handshakeError(attempt, error)); // A certificate or key that cannot be used.
    }
  });
}

/** Listens without making anything of a connection. Fails as `Network.listen` does. */
export function listenInspecting(
  address: SocketAddress,
  { reusePort, supports }: { reusePort: boolean; supports: TlsSupport },
): Promise<Listener<AcceptedConn>> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    server.once("error", (error) => {
      reject(connError(`Cannot listen on ${showAddress(address)}`, error));
    });
    server.listen({ host: address.host, port: address.port, reusePort }, () => {
      const terminate = (tcp: NodeTcpSocket, tls: ServerTls) => terminateTls(tcp, tls, supports);
      resolve(new InspectingListener(server, terminate));
    });
  });
}

class InspectingListener implements Listener<AcceptedConn> {
  readonly address: SocketAddress;
  readonly #server: net.Server;
  readonly #queue = new AcceptQueue<AcceptedConn>();

  constructor(server: net.Server, terminate: Terminate) {
    this.#server = server;
    const { address, port } = server.address() as net.AddressInfo;
    this.address = { host: address, port };
    server.on("connection", (tcp) => {
      const ends = endsOf(tcp);
      // A peer that has left already has no address, and nothing to say.
      if (ends === null) return tcp.destroy();
      this.#queue.push(new InspectedConn(tcp, ends, terminate));
    });
  }

  accept(): Promise<AcceptedConn | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#server.close();
    this.#queue.close();
  }
}

const serverContexts = new WeakMap<ServerTls, tls.SecureContext>();

/** For `InspectedConn`. Fails with what OpenSSL's words are, or with a `ConnError`. */
function terminateTls(
  tcp: NodeTcpSocket,
  options: ServerTls,
  supports: TlsSupport,
): NodeTlsSocket {
  const { clientCertificate, alpn } = options;
  let secureContext = serverContexts.get(options);
  if (secureContext === undefined) {
    secureContext = serverContext(options, supports);
    serverContexts.set(options, secureContext);
  }
  const settings = {
    isServer: true,
    secureContext,
    requestCert: clientCertificate !== null,
    rejectUnauthorized: clientCertificate?.required ?? false,
    ALPNProtocols: alpn.length > 0 ? [...alpn] : undefined,
  };
  return new tls.TLSSocket(tcp as unknown as net.Socket, settings) as unknown as NodeTlsSocket;
}

function serverContext(options: ServerTls, supports: TlsSupport): tls.SecureContext {
  const { clientCertificate } = options;
  if (clientCertificate !== null && clientCertificate.crl !== null && !supports.crl) {
    throw new Error(
      "this runtime's TLS doesn't look at revocation lists: leave the CRL out, or use Bun",
    );
  }
  return tls.createSecureContext({
    cert: options.certChain,
    key: options.privateKey,
    ca: clientCertificate?.ca,
    crl: clientCertificate?.crl ?? undefined,
    ...ciphers(options.ciphers, supports),
    ...versions(options),
  });
}

function ciphers(names: readonly string[], supports: TlsSupport): { ciphers?: string } {
  if (names.length === 0) return {};
  if (!supports.ciphers) {
    throw new Error("this runtime's TLS picks the ciphers itself: leave the list out, or use Bun");
  }
  return { ciphers: names.join(":") };
}

/** Originates TLS. Fails as `Network.connect` does. */
export function connectNodeTls(
  address: SocketAddress,
  options: ConnectTls,
  timeoutMs: number,
): Promise<Conn> {
  const attempt = `Cannot connect to ${showAddress(address)}`;
  return new Promise((resolve, reject) => {
    const { host, port } = address;
    const started = performance.now();
    const tcp = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      tcp.destroy();
      const failure = connError(attempt, error);
      if (!AMBIGUOUS.test(failure.message)) return reject(failure);
      const restMs = Math.min(MAX_LOOK_MS, timeoutMs - (performance.now() - started));
      void outOfTime(address, options, restMs).then((reason) => {
        if (reason === null) return reject(failure);
        const { cause } = failure;
        reject(tlsFailure(reason, attempt, { said: reasonOf(cause), cause }));
      });
    };
    const timer = setTimeout(() => {
      refuse(connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    tcp.on("error", refuse);
    tcp.once("connect", () => {
      try {
        const socket = tls.connect(connectOptions(tcp, address, options));
        const conn = new NodeConn(tcp, endsOf(tcp)!, { attempt, phase: "waiting" });
        conn.secure(socket, {
          secureEvent: "secureConnect",
          serverName: options.serverName,
          asksForCertificate: true,
        });
        conn.handshake().then(() => {
          clearTimeout(timer);
          tcp.off("error", refuse);
          resolve(conn);
        }, refuse);
      } catch (error) {
        refuse(handshakeError(attempt, error)); // Certificates that cannot be read.
      }
    });
  });
}

/** The looks that are under way, so that a burst of failures makes one. */
const looks = new WeakMap<ConnectTls, Promise<TlsReason | null>>();

/**
 * Whether a certificate that can't be verified is out of its time; null when it isn't, or can't be
 * seen. Deno shows no certificate of a handshake that failed, so this is another one, which trusts
 * anybody, says nothing and is only looked at.
 */
function outOfTime(
  address: SocketAddress,
  options: ConnectTls,
  timeoutMs: number,
): Promise<TlsReason | null> {
  const running = looks.get(options);
  if (running !== undefined) return running;
  const look = new Promise<TlsReason | null>((resolve) => {
    const tcp = net.connect({ host: address.host, port: address.port });
    const settle = (reason: TlsReason | null) => {
      clearTimeout(timer);
      looks.delete(options);
      tcp.destroy();
      resolve(reason);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    tcp.once("error", () => settle(null));
    tcp.once("close", () => settle(null));
    tcp.once("connect", () => {
      // Its own context, too: no session of an unverified handshake may be resumed by a verified one.
      const socket = tls.connect(connectOptions(tcp, address, { ...options, verify: "none" }));
      socket.once("error", () => settle(null));
      socket.once("secureConnect", () => {
        const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
        const now = Date.now();
        if (Date.parse(to) < now) settle("expired");
        else settle(Date.parse(from) > now ? "not_yet_valid" : null);
        socket.destroy();
      });
    });
  });
  looks.set(options, look);
  return look;
}

function connectOptions(
  tcp: net.Socket,
  address: SocketAddress,
  options: ConnectTls,
): tls.ConnectionOptions {
  const { serverName, verify, alpn } = options;
  const expected = options.verifyName ?? serverName ?? address.host;
  return {
    socket: tcp,
    secureContext: connectContext(options),
    servername: serverName === null || isIpAddress(serverName) ? "" : serverName,
    rejectUnauthorized: verify !== "none",
    checkServerIdentity: (_host, certificate) =>
      verify === "full" ? tls.checkServerIdentity(expected, certificate) : undefined,
    ALPNProtocols: alpn.length > 0 ? [...alpn] : undefined,
    ...versions(options),
  };
}

const contexts = new WeakMap<ConnectTls, tls.SecureContext>();

/** Parses the trusted certificates once for all connections of a cluster. */
function connectContext(options: ConnectTls): tls.SecureContext {
  const kept = contexts.get(options);
  if (kept !== undefined) return kept;
  const made = tls.createSecureContext({ ca: options.ca ?? undefined, ...versions(options) });
  contexts.set(options, made);
  return made;
}

function versions({ minVersion, maxVersion }: ListenTls | ConnectTls): tls.SecureContextOptions {
  return { minVersion: minVersion ?? "TLSv1.2", maxVersion: maxVersion ?? "TLSv1.3" };
}

/** Says why a certificate is not for a name or address; undefined when it is. */
export function checkCertificateName(name: string, certificate: object): Error | undefined {
  return tls.checkServerIdentity(name, certificate as tls.PeerCertificate);
}

class NodeTlsListener implements Listener {
  readonly address: SocketAddress;
  readonly #server: net.Server;
  readonly #queue = new AcceptQueue();

  constructor(server: net.Server, settings: tls.TLSSocketOptions, options: ListenTls) {
    this.#server = server;
    const { address, port } = server.address() as net.AddressInfo;
    this.address = { host: address, port };
    server.on("connection", (tcp) => {
      // A peer that has left already has no address, and nothing to say.
      const ends = endsOf(tcp);
      if (ends === null) return tcp.destroy();
      const attempt = `Cannot finish the TLS handshake with ${showAddress(ends.remote)}`;
      const conn = new NodeConn(tcp, ends, { attempt, phase: "waiting" });
      const secure = () => {
        conn.secure(new tls.TLSSocket(tcp, settings), {
          secureEvent: "secure",
          serverName: null,
          asksForCertificate: false,
        });
      };
      if (options.admitsPlainHttp === true) {
        peek(tcp, spokenProtocol, (spoken) => spoken === "http" ? conn.plain() : secure());
      } else {
        secure();
      }
      this.#queue.push(conn);
    });
  }

  accept(): Promise<Conn | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#queue.closed) return;
    this.#server.close();
    this.#queue.close();
  }
}
