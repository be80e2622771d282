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
import type { ConnError } from "../errors.ts";
import { isIpAddress, showAddress } from "./address.ts";
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
  readonly #arrived: Conn[] = [];
  #waiting: ((conn: Conn | null) => void)[] = [];
  #closed = false;

  constructor(server: net.Server, settings: tls.TLSSocketOptions) {
    this.#server = server;
    const { address: host, port } = server.address() as net.AddressInfo;
    this.address = { host, port };
    server.on("connection", (socket) => {
      const conn = new NodeTlsConn(new tls.TLSSocket(socket, settings), socket);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#arrived.push(conn);
      else waiting(conn);
    });
  }

  accept(): Promise<Conn | null> {
    const conn = this.#arrived.shift();
    if (conn !== undefined) return Promise.resolve(conn);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    for (const conn of this.#arrived.splice(0)) conn.close();
    for (const waiting of this.#waiting.splice(0)) waiting(null);
  }
}

class NodeTlsConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #socket: tls.TLSSocket;
  readonly #handshake: Promise<TlsInfo>;
  #settle!: { resolve: (info: TlsInfo) => void; reject: (error: ConnError) => void };
  /** What Node gave beyond the caller's buffer. */
  #rest: Uint8Array | null = null;
  #wake: (() => void) | null = null;
  #ended = false;
  #closed = false;
  #secure = false;
  #writing = false;
  #failure: ConnError | null = null;

  constructor(socket: tls.TLSSocket, tcp: net.Socket) {
    this.#socket = socket;
    this.local = { host: tcp.localAddress!, port: tcp.localPort! };
    this.remote = { host: tcp.remoteAddress!, port: tcp.remotePort! };
    this.#handshake = new Promise((resolve, reject) => this.#settle = { resolve, reject });
    this.#handshake.catch(() => {}); // A caller who never asks must not see it unhandled.
    socket.once("secure", () => this.secured(null));
    socket.on("readable", () => this.#rouse());
    socket.on("end", () => {
      this.#ended = true;
      this.#rouse();
    });
    socket.on("error", (error) => this.#fail(error));
    socket.on("_tlsError", (error) => this.#fail(error));
    socket.on("close", () => this.#gone());
  }

  /** The handshake is done; `serverName` is what was sent, null to ask the socket. */
  secured(serverName: string | null): void {
    if (this.#secure) return;
    this.#secure = true;
    const { alpnProtocol } = this.#socket;
    this.#settle.resolve({
      alpn: typeof alpnProtocol === "string" ? alpnProtocol : null,
      serverName: serverName ?? askedName(this.#socket),
      version: this.#socket.getProtocol(),
      cipher: this.#socket.getCipher()?.name ?? null,
    });
  }

  handshake(): Promise<TlsInfo> {
    return this.#handshake;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#closed) throw this.#closedError("read from");
      this.#rest ??= this.#socket.read();
      if (this.#rest !== null) return this.#take(buffer);
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  #take(buffer: Uint8Array): number {
    const rest = this.#rest!;
    if (rest.length <= buffer.length) {
      buffer.set(rest);
      this.#rest = null;
      return rest.length;
    }
    buffer.set(rest.subarray(0, buffer.length));
    this.#rest = rest.subarray(buffer.length);
    return buffer.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#closed) throw this.#closedError("write to");
    if (this.#failure !== null) throw this.#failure;
    const part = bytes.subarray(0, MAX_WRITE_BYTES);
    this.#writing = true;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(part, (error) => error ? reject(error) : resolve());
      });
      return part.length;
    } catch (error) {
      if (this.#closed) throw this.#closedError("write to");
      throw this.#failure ?? connError(`Cannot write to ${showAddress(this.remote)}`, error);
    } finally {
      this.#writing = false;
    }
  }

  closeWrite(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError("end the stream to"));
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#writing && this.#failure === null) this.#socket.end();
    this.#socket.destroy();
    this.#gone();
  }

  #closedError(verb: string): ConnError {
    return connFailure("closed", `Cannot ${verb} ${showAddress(this.remote)}`);
  }

  #fail(error: Error): void {
    const peer = showAddress(this.remote);
    this.#failure ??= this.#secure
      ? connError(`Cannot go on with ${peer}`, error)
      : handshakeError(`Cannot finish the TLS handshake with ${peer}`, error);
    this.#settle.reject(this.#failure);
    this.#socket.destroy();
    this.#rouse();
  }

  #gone(): void {
    this.#ended = true;
    this.#settle.reject(
      this.#failure ?? this.#closedError("finish the TLS handshake with"),
    );
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function askedName(socket: tls.TLSSocket): string | null {
  const name = (socket as { servername?: unknown }).servername;
  return typeof name === "string" && name !== "" ? name.toLowerCase() : null;
}
