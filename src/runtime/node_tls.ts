/**
 * TLS through the built-in `node:tls`, for what a runtime's native calls cannot do. It is the one
 * file that may import `node:`; `deno.ts` and `bun.ts` say when they turn to it.
 *
 * Node's streams push; here they are pulled. A socket stays in paused mode and is drained by
 * `read()`, so its own high-water mark bounds what is buffered.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";
import { AcceptQueue } from "./accept_queue.ts";
import { isIpAddress, showAddress, socketAddress } from "./address.ts";
import { Inbox } from "./inbox.ts";
import { connError, connFailure, handshakeError } from "./failure.ts";
import type { Conn, ConnectTls, Listener, ListenTls, SocketAddress, TlsInfo } from "./mod.ts";

/** What one `write` hands over at most; Node's streams would copy and hold any amount. */
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
      const secureContext = tls.createSecureContext({
        cert: options.certChain,
        key: options.privateKey,
        ...versions(options),
      });
      const settings: tls.TLSSocketOptions = {
        isServer: true,
        secureContext,
        ...versions(options),
        ALPNProtocols: options.alpn.length > 0 ? [...options.alpn] : undefined,
      };
      const server = net.createServer({ allowHalfOpen: true, noDelay: true });
      server.once("error", (error) => reject(connError(attempt, error)));
      server.listen({ host: address.host, port: address.port, reusePort }, () => {
        resolve(new NodeTlsListener(server, settings));
      });
    } catch (error) {
      reject(connFailure("tls", attempt, (error as Error).message, error));
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
  const named = options.serverName ?? address.host;
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: address.host,
      port: address.port,
      allowHalfOpen: true,
      servername: options.serverName === null || isIpAddress(options.serverName)
        ? ""
        : options.serverName,
      rejectUnauthorized: options.verify !== "none",
      checkServerIdentity: options.verify === "full"
        ? (_host, certificate) => tls.checkServerIdentity(named, certificate)
        : () => undefined,
      ca: options.ca ?? undefined,
      ALPNProtocols: options.alpn.length > 0 ? [...options.alpn] : undefined,
      ...versions(options),
    } as tls.ConnectionOptions);
    socket.setNoDelay(true);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(connFailure("timeout", attempt, `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const refuse = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(handshakeError(attempt, error));
    };
    socket.on("error", refuse);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", refuse);
      const conn = new NodeTlsConn(socket, socket);
      conn.secured(options.serverName);
      resolve(conn);
    });
  });
}

function versions({ minVersion, maxVersion }: ListenTls | ConnectTls): tls.SecureContextOptions {
  return { minVersion: minVersion ?? "TLSv1.2", maxVersion: maxVersion ?? "TLSv1.3" };
}

class NodeTlsListener implements Listener {
  readonly address: SocketAddress;
  readonly #server: net.Server;
  readonly #queue = new AcceptQueue();

  constructor(server: net.Server, settings: tls.TLSSocketOptions) {
    this.#server = server;
    const { address, port } = server.address() as net.AddressInfo;
    this.address = { host: address, port };
    server.on("connection", (socket) => {
      this.#queue.push(new NodeTlsConn(new tls.TLSSocket(socket, settings), socket));
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

class NodeTlsConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #socket: tls.TLSSocket;
  readonly #inbox: Inbox;
  readonly #handshake = Promise.withResolvers<TlsInfo>();
  #secure = false;
  #writing = false;
  #closed = false;

  constructor(socket: tls.TLSSocket, tcp: net.Socket) {
    this.#socket = socket;
    this.local = socketAddress(tcp.localAddress!, tcp.localPort!);
    this.remote = socketAddress(tcp.remoteAddress!, tcp.remotePort!);
    this.#inbox = new Inbox(socket);
    this.#handshake.promise.catch(() => {}); // Who never asks must not see it unhandled.
    socket.once("secure", () => this.secured(null));
    socket.on("data", (chunk: Uint8Array) => this.#inbox.push(chunk));
    socket.on("end", () => this.#inbox.end());
    socket.on("error", (error) => this.#fail(error));
    socket.on("_tlsError", (error) => this.#fail(error)); // Node's word until the handshake ended.
    socket.on("close", () => this.#gone());
  }

  /** The handshake is done; `serverName` is what was sent, null to ask the socket. */
  secured(serverName: string | null): void {
    if (this.#secure) return;
    this.#secure = true;
    const { alpnProtocol } = this.#socket;
    this.#handshake.resolve({
      alpn: typeof alpnProtocol === "string" ? alpnProtocol : null,
      serverName: serverName ?? askedName(this.#socket),
      version: this.#socket.getProtocol(),
      cipher: this.#socket.getCipher()?.name ?? null,
    });
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
    const broken = this.#inbox.failure !== null;
    this.#inbox.discard(failure);
    if (!this.#writing && !broken) this.#socket.end();
    this.#socket.destroy();
    this.#handshake.reject(failure);
  }

  #fail(error: Error): void {
    const peer = showAddress(this.remote);
    const failure = this.#secure
      ? connError(`Cannot go on with ${peer}`, error)
      : handshakeError(`Cannot finish the TLS handshake with ${peer}`, error);
    this.#handshake.reject(failure);
    this.#inbox.fail(failure);
    this.#socket.destroy();
  }

  #gone(): void {
    if (!this.#secure) this.#fail(new Error("the other end closed the connection"));
    this.#inbox.end();
  }
}

function askedName(socket: tls.TLSSocket): string | null {
  const name = (socket as { servername?: unknown }).servername;
  return typeof name === "string" && name !== "" ? name.toLowerCase() : null;
}
