/**
 * A connection over one of Node's sockets: the socket's events push into an inbox, and `read()`
 * pulls from it. A connection exists before it is settled whether it is a plain one or TLS.
 *
 * @module
 */

import { showAddress } from "./address.ts";
import { connError, connFailure, goingOnWith, handshakeError } from "./failure.ts";
import type { ConnError } from "../errors.ts";
import { type Flow, Inbox } from "./inbox.ts";
import type { Conn, Receiver, SocketAddress, TlsInfo } from "./mod.ts";
import { type CertifiedSocket, peerCertificates } from "./peer_certificates.ts";

/** What one `write` hands over at most; Node's streams would hold any amount. */
const MAX_WRITE_BYTES = 64 * 1024;
/** A write up to this size is copied rather than waited for. */
const MAX_COPIED_BYTES = 16 * 1024;
/** What small copies are cut from: storage of its own costs V8 a quarter of a microsecond each. */
const SLAB_BYTES = 16 * 1024;
/** A copy up to this size is cut from a slab, which stays for as long as one of its copies waits. */
const MAX_CUT_BYTES = 4 * 1024;
/** How long a closed socket may take to send what `write` had taken. */
const LINGER_MS = 30_000;

/** The part of Node's sockets, plain or TLS, that a connection uses. */
export interface NodeSocket extends Flow {
  /** True once it was let go. */
  readonly destroyed: boolean;
  /** Adds a listener. */
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "error" | "_tlsError", listener: (error: Error) => void): unknown;
  on(event: "end" | "close" | "readable", listener: () => void): unknown;
  /** Adds a listener for one time. */
  once(event: "secure" | "secureConnect" | "finish" | "close", listener: () => void): unknown;
  /** Removes a listener. */
  off(event: "end" | "close" | "readable", listener: () => void): unknown;
  /** How many bytes the system hasn't taken yet. */
  readonly writableLength: number;
  /** Sends; `done` is called when the system has taken it, or with an error. */
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): unknown;
  /** Ends our direction behind what was written, on TLS with close_notify. */
  end(done?: () => void): unknown;
  /** Lets go of the socket at once. */
  destroy(): unknown;
}

/** A TCP socket. */
export interface NodeTcpSocket extends NodeSocket {
  /** Our end; absent when the peer has left already, as are the three below. */
  readonly localAddress?: string;
  /** Our end's port. */
  readonly localPort?: number;
  /** The other end. */
  readonly remoteAddress?: string;
  /** The other end's port. */
  readonly remotePort?: number;
  /** All that has come and that no listener was given; null when there is nothing. */
  read(): Uint8Array | null;
  /** Puts bytes back in front of all others. */
  unshift(bytes: Uint8Array): void;
}

/** A TLS socket. */
export interface NodeTlsSocket extends NodeSocket, CertifiedSocket {
  /** The protocol agreed upon; false when there is none. */
  readonly alpnProtocol: string | false | null;
  /** The name that the client asked for, on a server. */
  readonly servername?: unknown;
  /** `TLSv1.3` and so on. */
  getProtocol(): string | null;
  /** The cipher suite. */
  getCipher(): { name: string } | undefined;
}

/** What the client and the server side of a handshake do differently. */
export interface Side {
  /** A client has verified its peer at `secureConnect`, not at `secure`; a server has no such event. */
  readonly secureEvent: "secure" | "secureConnect";
  /** The name that a client has sent; null to ask the socket. */
  readonly serverName: string | null;
  /** Whether the other end may have a certificate. */
  readonly asksForCertificate: boolean;
  /** Why the other end is refused although the handshake went well; absent when nothing is to be said. */
  readonly refusal?: () => ConnError | null;
}

/** Both ends of a connection. */
export interface Ends {
  /** Ours. */
  readonly local: SocketAddress;
  /** The other. */
  readonly remote: SocketAddress;
}

/**
 * How far a connection is. `shown`: nothing was made of it, and its bytes are somebody else's to look
 * at. `waiting`: for the handshake, or until it is known whether there is one.
 */
type Phase = "shown" | "waiting" | "ready";

/** A connection; `plain` or `secure` says once what it is, and reads and writes wait for that. */
export class NodeConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #tcp: NodeTcpSocket;
  readonly #inbox: Inbox;
  readonly #handshake = Promise.withResolvers<TlsInfo | null>();
  /** Whom bytes are read from and written to: `#tcp`, or the TLS socket over it. */
  #socket: NodeSocket;
  #flow: Flow;
  #phase: Phase;
  #attempt: string;
  /** The write that waits for the system to take it. */
  #waiting: { readonly bytes: number; reject(failure: ConnError): void } | null = null;
  /** Why nothing more can be written, whatever may still be read. */
  #broken: ConnError | null = null;
  #closed = false;

  /** `tcp` is connected. `attempt` is what a failure brings to an end, for the message. */
  constructor(
    tcp: NodeTcpSocket,
    ends: Ends,
    { attempt, phase }: { attempt: string; phase: Phase },
  ) {
    this.#tcp = tcp;
    this.#socket = this.#flow = tcp;
    this.#attempt = attempt;
    this.#phase = phase;
    this.local = ends.local;
    this.remote = ends.remote;
    this.#inbox = new Inbox({ pause: () => this.#flow.pause(), resume: () => this.#flow.resume() });
    this.#handshake.promise.catch(() => {}); // Who never asks must not see it unhandled.
    tcp.on("error", this.#fail);
    tcp.on("end", this.#ended);
    tcp.on("close", this.#ended);
  }

  /** Why nothing more can be done with it; null while something can. */
  get failure(): ConnError | null {
    return this.#inbox.failure;
  }

  /** Goes on without TLS, with bytes that were taken from the stream, and its end if that has come. */
  plain({ bytes, ended }: { bytes?: Uint8Array; ended?: boolean } = {}): void {
    this.#phase = "ready";
    this.#handshake.resolve(null);
    if (bytes !== undefined && bytes.length > 0) this.#inbox.push(bytes);
    if (ended === true) this.#inbox.end();
    else this.#tcp.on("data", this.#arrived);
  }

  /**
   * Goes on over TLS: `socket` is around the TCP socket, and its handshake still to come. `attempt` is
   * the handshake, for the message.
   */
  secure(socket: NodeTlsSocket, side: Side, attempt: string = this.#attempt): void {
    this.#phase = "waiting";
    this.#attempt = attempt;
    this.#tcp.off("end", this.#ended);
    this.#tcp.off("close", this.#ended);
    this.#socket = socket;
    this.#flow = flowOf(socket, this.#tcp);
    socket.once(side.secureEvent, () => this.#secured(socket, side));
    socket.on("data", this.#arrived);
    socket.on("end", this.#ended);
    socket.on("close", this.#ended);
    socket.on("error", this.#fail);
    socket.on("_tlsError", this.#fail); // The word for it during a handshake.
  }

  handshake(): Promise<TlsInfo | null> {
    return this.#handshake.promise;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#inbox.read(buffer);
  }

  receive(receiver: Receiver): Promise<void> | null {
    return this.#inbox.receive(receiver);
  }

  write(bytes: Uint8Array): number | Promise<number> {
    const mayCopy = this.#phase === "ready" && this.#broken === null &&
      bytes.length <= MAX_COPIED_BYTES && this.#socket.writableLength === 0;
    if (!mayCopy) return this.#writeAndWait(bytes);
    // To be told that the system has taken it costs 2 µs (docs/performance.md). The next write, or
    // close(), waits for what it hasn't.
    this.#socket.write(copyOf(bytes));
    return bytes.length;
  }

  async #writeAndWait(bytes: Uint8Array): Promise<number> {
    if (this.#phase !== "ready") await this.#handshake.promise;
    if (this.#broken !== null) throw this.#broken;
    const part = bytes.subarray(0, MAX_WRITE_BYTES);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { bytes: part.length, reject };
        this.#socket.write(part, (error) => error ? reject(error) : resolve());
      });
      return part.length;
    } catch (error) {
      throw this.#broken ?? connError(`Cannot write to ${showAddress(this.remote)}`, error);
    } finally {
      this.#waiting = null;
    }
  }

  async closeWrite(): Promise<void> {
    if (this.#phase !== "ready") await this.#handshake.promise;
    if (this.#broken !== null) throw this.#broken;
    await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const failure = connFailure("closed", goingOnWith(this.remote));
    const isUsable = this.#phase === "ready" && this.#broken === null;
    const waitingBytes = this.#waiting?.bytes ?? 0;
    this.#broken = failure;
    this.#inbox.discard(failure);
    this.#handshake.reject(failure);
    this.#waiting?.reject(failure);
    const owesBytes = isUsable && this.#socket.writableLength > waitingBytes;
    // On TLS the end is close_notify, which whoever is cut off doesn't get.
    if (isUsable && (waitingBytes === 0 || owesBytes)) this.#socket.end();
    if (owesBytes) this.#linger();
    else this.#socket.destroy();
  }

  /** Lets the system take what `write` had taken. */
  #linger(): void {
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.once("finish", () => this.#socket.destroy());
  }

  /** Brings the connection to an end for a reason that the socket doesn't know of. */
  refuse(failure: ConnError): void {
    this.#fail(failure);
  }

  #secured(socket: NodeTlsSocket, side: Side): void {
    const refusal = side.refusal?.() ?? null;
    if (refusal !== null) return this.#fail(refusal);
    this.#phase = "ready";
    const asked = side.serverName ?? socket.servername;
    this.#handshake.resolve({
      alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : null,
      serverName: typeof asked === "string" && asked !== "" ? asked.toLowerCase() : null,
      version: socket.getProtocol(),
      cipher: socket.getCipher()?.name ?? null,
      peerCertificates: side.asksForCertificate ? peerCertificates(socket) : [],
    });
  }

  /** Node's arrays are a kind of their own, whose views cost more. */
  readonly #arrived = ({ buffer, byteOffset, length }: Uint8Array): void =>
    this.#inbox.push(new Uint8Array(buffer, byteOffset, length));

  readonly #fail = (error: unknown): void => {
    const failure = this.#phase === "waiting"
      ? handshakeError(this.#attempt, error)
      : connError(goingOnWith(this.remote), error);
    this.#broken ??= failure;
    this.#handshake.reject(failure);
    this.#inbox.fail(failure);
    this.#socket.destroy();
  };

  readonly #ended = (): void => {
    if (this.#phase === "ready") this.#inbox.end();
    else if (this.#phase === "waiting") this.#fail(connFailure("unexpected_eof", this.#attempt));
  };
}

let slab = new Uint8Array(SLAB_BYTES);
let slabUsed = 0;

/** The same bytes, in storage that nobody writes to again. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > MAX_CUT_BYTES) return bytes.slice();
  if (slabUsed + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsed = 0;
  }
  const copy = slab.subarray(slabUsed, slabUsed + length);
  slabUsed += length;
  copy.set(bytes);
  return copy;
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
function flowOf(socket: NodeTlsSocket, tcp: NodeTcpSocket): Flow {
  const handle = (tcp as unknown as { _handle?: TcpHandle | null })._handle;
  if (handle?.readStop === undefined || handle.readStart === undefined) return socket;
  return {
    pause: () => handle.readStop!(),
    resume: () => {
      if (!tcp.destroyed && !socket.destroyed) handle.readStart!();
    },
  };
}
