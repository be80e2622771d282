/**
 * TLS through the built-in `node:tls`, for what a runtime's native calls cannot do: `deno.ts` and
 * `bun.ts` say when they turn to it. Node's streams push; an inbox makes them pulled.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";
import { AcceptQueue } from "./accept_queue.ts";
import { isIpAddress, showAddress, socketAddress } from "./address.ts";
import { connError, connFailure, handshakeError } from "./failure.ts";
import { type Flow, Inbox } from "./inbox.ts";
import type { Conn, ConnectTls, Listener, ListenTls, SocketAddress, TlsInfo } from "./mod.ts";

/** What one `write` hands over at most; Node's streams would hold any amount. */
const MAX_WRITE_BYTES = 64 * 1024;

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
        resolve(new NodeTlsListener(server, settings));
      });
    } catch (error) {
      reject(handshakeError(attempt, error)); // A certificate or key that cannot be used.
    }
  });
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
    const tcp = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      tcp.destroy();
      reject(connError(attempt, error));
    };
    const timer = setTimeout(() => {
      refuse(connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    tcp.on("error", refuse);
    tcp.once("connect", () => {
      try {
        const socket = tls.connect(connectOptions(tcp, address, options));
        const conn = new NodeTlsConn(socket, tcp, {
          attempt,
          secureEvent: "secureConnect",
          serverName: options.serverName,
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

  constructor(server: net.Server, settings: tls.TLSSocketOptions) {
    this.#server = server;
    const { address, port } = server.address() as net.AddressInfo;
    this.address = { host: address, port };
    server.on("connection", (tcp) => {
      // A peer that has left already has no address, and nothing to say.
      if (tcp.remoteAddress === undefined) return tcp.destroy();
      const socket = new tls.TLSSocket(tcp, settings);
      const attempt = `Cannot finish the TLS handshake with ${peerOf(tcp)}`;
      this.#queue.push(
        new NodeTlsConn(socket, tcp, { attempt, secureEvent: "secure", serverName: null }),
      );
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

/** What the client and the server side of a handshake do differently. */
interface Side {
  /** What a failed handshake brings to an end, for the message. */
  readonly attempt: string;
  /** A client has verified its peer at `secureConnect`, not at `secure`; a server has no such event. */
  readonly secureEvent: "secure" | "secureConnect";
  /** The name that a client has sent; null to ask the socket. */
  readonly serverName: string | null;
}

class NodeTlsConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #socket: tls.TLSSocket;
  readonly #inbox: Inbox;
  readonly #attempt: string;
  readonly #handshake = Promise.withResolvers<TlsInfo>();
  #secure = false;
  #writing = false;
  #closed = false;

  constructor(socket: tls.TLSSocket, tcp: net.Socket, side: Side) {
    this.#socket = socket;
    this.#attempt = side.attempt;
    this.local = socketAddress(tcp.localAddress!, tcp.localPort!);
    this.remote = socketAddress(tcp.remoteAddress!, tcp.remotePort!);
    this.#inbox = new Inbox(flowOf(socket, tcp));
    this.#handshake.promise.catch(() => {}); // Who never asks must not see it unhandled.
    socket.once(side.secureEvent, () => this.#secured(side.serverName));
    socket.on("data", (chunk: Uint8Array) => this.#inbox.push(chunk));
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
    socket.on("error", (error) => this.#fail(error));
    socket.on("_tlsError", (error) => this.#fail(error)); // The word for it during a handshake.
    tcp.on("error", (error) => this.#fail(error));
  }

  handshake(): Promise<TlsInfo> {
    return this.#handshake.promise;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#inbox.read(buffer);
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#inbox.failure !== null) throw this.#inbox.failure;
    const part = bytes.subarray(0, MAX_WRITE_BYTES);
    this.#writing = true;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(part, (error) => error ? reject(error) : resolve());
      });
      return part.length;
    } catch (error) {
      throw this.#inbox.failure ?? connError(`Cannot write to ${showAddress(this.remote)}`, error);
    } finally {
      this.#writing = false;
    }
  }

  closeWrite(): Promise<void> {
    if (this.#inbox.failure !== null) return Promise.reject(this.#inbox.failure);
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const failure = connFailure("closed", `Cannot go on with ${showAddress(this.remote)}`);
    const isWhole = this.#secure && !this.#writing && this.#inbox.failure === null;
    this.#inbox.discard(failure);
    this.#handshake.reject(failure);
    if (isWhole) this.#socket.end(); // close_notify
    this.#socket.destroy();
  }

  #secured(serverName: string | null): void {
    this.#secure = true;
    const socket = this.#socket;
    const asked = serverName ?? (socket as { servername?: unknown }).servername;
    this.#handshake.resolve({
      alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : null,
      serverName: typeof asked === "string" && asked !== "" ? asked.toLowerCase() : null,
      version: socket.getProtocol(),
      cipher: socket.getCipher()?.name ?? null,
    });
  }

  #fail(error: unknown): void {
    const failure = this.#secure
      ? connError(`Cannot go on with ${showAddress(this.remote)}`, error)
      : handshakeError(this.#attempt, error);
    this.#handshake.reject(failure);
    this.#inbox.fail(failure);
    this.#socket.destroy();
  }

  #ended(): void {
    if (this.#secure) this.#inbox.end();
    else this.#fail(connFailure("unexpected_eof", this.#attempt));
  }
}

/** The calls on a TCP handle that stop and restart its reads. */
interface TcpHandle {
  readStop?(): void;
  readStart?(): void;
}

/**
 * What holds a stream back. On Deno a TLS socket that is paused reads on below, without a bound, and
 * loses the end of the stream; stopping its TCP handle does what a pause should. Node has had these
 * two calls since its first TLS socket, but not in its documentation, hence the other way.
 */
function flowOf(socket: tls.TLSSocket, tcp: net.Socket): Flow {
  const handle = (tcp as unknown as { _handle?: TcpHandle | null })._handle;
  if (handle?.readStop === undefined || handle.readStart === undefined) return socket;
  return {
    pause: () => handle.readStop!(),
    resume: () => {
      if (!tcp.destroyed && !socket.destroyed) handle.readStart!();
    },
  };
}

function peerOf(tcp: net.Socket): string {
  return showAddress(socketAddress(tcp.remoteAddress!, tcp.remotePort!));
}
