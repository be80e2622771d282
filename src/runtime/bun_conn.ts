/**
 * A connection on Bun: the socket's callbacks push into an inbox, and `read()` pulls from it.
 *
 * @module
 */

import type { ConnError } from "../errors.ts";
import { showAddress, socketAddress } from "./address.ts";
import type { BunSocket, BunSocketHandler } from "./bun_api.ts";
import { connError, connFailure, goingOnWith, handshakeError, handshakeWith } from "./failure.ts";
import { Inbox } from "./inbox.ts";
import type { Conn, Receiver, SocketAddress, TlsInfo } from "./mod.ts";
import { peerCertificates } from "./peer_certificates.ts";

/** How long a closed socket may take to send what `write` had taken. */
const LINGER_SECONDS = 30;

/** A socket that belongs to a connection once it is open. */
export type Socket = BunSocket<BunConn | null>;

/**
 * Whom a socket leads to; null when it was reset already: Bun opens such a socket none the less,
 * and doesn't know its peer any more. To be asked once, because it asks the system each time.
 */
export function peerOf({ remoteAddress, remotePort }: Socket): SocketAddress | null {
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return socketAddress(remoteAddress, remotePort);
}

/** A connection over one of Bun's sockets. */
export class BunConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #inbox: Inbox;
  /** The socket, or once TLS was put on it the TLS socket. */
  #socket: Socket;
  /** Null on a plain connection. */
  #handshake: PromiseWithResolvers<TlsInfo> | null;
  #secure: boolean;
  #shut = false;
  #closed = false;
  /** Wakes a write that waits for room. */
  #wake: (() => void) | null = null;

  /** `socket` is open; its handshake, when there is one, is still to come. */
  constructor(socket: Socket, { remote, isTls }: { remote: SocketAddress; isTls: boolean }) {
    this.#socket = socket;
    this.local = socketAddress(socket.localAddress, socket.localPort);
    this.remote = remote;
    this.#inbox = new Inbox({
      pause: () => this.#socket.pause(),
      resume: () => this.#socket.resume(),
    });
    this.#secure = !isTls;
    this.#handshake = isTls ? newHandshake() : null;
    socket.setNoDelay(true);
  }

  /** Why nothing more can be done with it; null while something can. */
  get failure(): ConnError | null {
    return this.#inbox.failure;
  }

  /**
   * Has TLS put on a plain connection. `upgrade` is given the socket with all that came and wasn't
   * read, and gives the TLS socket, whose callbacks belong to this connection from then on.
   */
  upgrade(upgrade: (below: Socket, bytes: Uint8Array) => Socket): void {
    const below = this.#socket;
    this.#secure = false;
    this.#handshake = newHandshake();
    if (this.#inbox.ended) return this.refuse(this.#failure("unexpected_eof"));
    // Its callbacks are nobody's any more.
    below.data = null;
    try {
      this.#socket = upgrade(below, this.#inbox.takeAll());
    } catch (error) {
      this.refused(error); // Settings that can't be used.
    }
  }

  handshake(): Promise<TlsInfo | null> {
    return this.#handshake?.promise ?? Promise.resolve(null);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#inbox.read(buffer);
  }

  receive(receiver: Receiver): Promise<void> | null {
    return this.#inbox.receive(receiver);
  }

  write(bytes: Uint8Array): number | Promise<number> {
    // Most writes are taken at once; only what is left goes through an async function.
    const taken = this.#secure ? this.#socket.write(bytes) : 0;
    return taken > 0 ? taken : this.#writeLater(bytes);
  }

  async #writeLater(bytes: Uint8Array): Promise<number> {
    if (!this.#secure) await this.#handshake!.promise;
    if (bytes.length === 0) return 0;
    for (;;) {
      const taken = this.#inbox.failure === null ? this.#socket.write(bytes) : -1;
      if (taken > 0) return taken;
      if (taken < 0) {
        throw this.#inbox.failure ??
          connFailure("reset", `Cannot write to ${showAddress(this.remote)}`);
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async closeWrite(): Promise<void> {
    if (!this.#secure) await this.#handshake!.promise;
    if (this.#inbox.failure !== null) throw this.#inbox.failure;
    this.#shutdown();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const failure = this.#failure("closed");
    this.#inbox.discard(failure);
    this.#handshake?.reject(failure);
    this.rouse();
    if (!this.#secure) return this.#socket.terminate();
    // close() alone sends no close_notify; what was written goes out before both.
    if (this.#handshake !== null) this.#shutdown();
    this.#socket.timeout(LINGER_SECONDS);
    this.#socket.close();
  }

  /** The handshake went well. */
  secured(
    serverName: string | null,
    { asksForCertificate }: { asksForCertificate: boolean },
  ): void {
    const { alpnProtocol } = this.#socket;
    this.#secure = true;
    this.#handshake?.resolve({
      alpn: typeof alpnProtocol === "string" ? alpnProtocol : null,
      serverName,
      version: this.#socket.getTLSVersion(),
      cipher: this.#socket.getCipher()?.name ?? null,
      peerCertificates: asksForCertificate
        ? peerCertificates({ getPeerCertificate: () => this.#socket.getPeerCertificate(false) })
        : [],
    });
  }

  /** The handshake failed. */
  refused(error: unknown): void {
    this.refuse(handshakeError(this.handshakeAttempt, error));
  }

  /** Brings the connection to an end for a reason that the socket doesn't know of. */
  refuse(failure: ConnError): void {
    this.#fail(failure);
    this.#socket.close();
  }

  /** A chunk came in. */
  push(chunk: Uint8Array): void {
    this.#inbox.push(chunk);
  }

  /** The other end has ended its direction. */
  ended(): void {
    if (this.#secure) this.#inbox.end();
  }

  /** The socket is gone; `error` when it failed. */
  gone(error: unknown): void {
    if (error) {
      this.#fail(
        this.#secure
          ? connError(this.#goingOn, error)
          : handshakeError(this.handshakeAttempt, error),
      );
    } else if (!this.#secure) this.#fail(this.#failure("unexpected_eof"));
    else this.#inbox.end();
    this.rouse();
  }

  /** There is room to write. */
  rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #shutdown(): void {
    if (this.#shut) return;
    this.#shut = true;
    this.#socket.shutdown();
  }

  #fail(failure: ConnError): void {
    this.#handshake?.reject(failure);
    this.#inbox.fail(failure);
    this.rouse();
  }

  #failure(code: "closed" | "unexpected_eof"): ConnError {
    return connFailure(
      code,
      this.#secure || code === "closed" ? this.#goingOn : this.handshakeAttempt,
    );
  }

  get #goingOn(): string {
    return goingOnWith(this.remote);
  }

  /** What a handshake that fails brings to an end. */
  get handshakeAttempt(): string {
    return handshakeWith(this.remote);
  }
}

function newHandshake(): PromiseWithResolvers<TlsInfo> {
  const handshake = Promise.withResolvers<TlsInfo>();
  handshake.promise.catch(() => {}); // Who never asks must not see it unhandled.
  return handshake;
}

/**
 * The callbacks that every connection shares; `socket.data` finds the connection. `opened` and
 * `shaken` are what accepting and dialling do differently.
 */
export function socketHandler(
  opened: (socket: Socket) => void,
  shaken: (conn: BunConn, socket: Socket, success: boolean, error: Error | null) => void,
): BunSocketHandler<BunConn | null> {
  return {
    binaryType: "uint8array",
    open: opened,
    handshake: (socket, success, error) => {
      if (socket.data) shaken(socket.data, socket, success, error);
    },
    data: (socket, chunk) => socket.data?.push(chunk),
    drain: (socket) => socket.data?.rouse(),
    end: (socket) => socket.data?.ended(),
    close: (socket, error) => socket.data?.gone(error),
    error: (socket, error) => socket.data?.gone(error),
  };
}
