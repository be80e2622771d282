/**
 * An accepted connection over one of Bun's sockets that can be looked at before it is settled what
 * becomes of it.
 *
 * @module
 */

import type { BunServerTls, BunSocketHandler } from "./bun_api.ts";
import { BunConn, type Socket } from "./bun_conn.ts";
import { connFailure, goingOnWith } from "./failure.ts";
import type { AcceptedConn, Receiver, ServerTls, SocketAddress, TlsInfo } from "./mod.ts";

/** How a handshake is to be done, and what its callbacks are. */
export interface Termination {
  /** What Bun is told. */
  readonly settings: BunServerTls;
  /** Tell a connection what comes of it. */
  readonly handler: BunSocketHandler<BunConn | null>;
}

/** Throws when the settings can't be used. */
export type Terminate = (tls: ServerTls) => Termination;

/** A usual ClientHello; a longer one makes it grow. */
const FIRST_BYTES = 2048;
const ENDED = "the stream ended before it was known what it is";

/** What an inspecting listener accepts. */
export class InspectedBunConn extends BunConn implements AcceptedConn {
  readonly #terminate: Terminate;
  /** What was shown; null once it is settled what becomes of the connection. */
  #shown: Uint8Array | null = new Uint8Array();
  /** What was shown of a plain connection and not read yet. */
  #unread: Uint8Array | null = null;
  #isTls = false;

  /** `socket` is open and nobody has read from it. */
  constructor(socket: Socket, remote: SocketAddress, terminate: Terminate) {
    super(socket, { remote, isTls: false });
    this.#terminate = terminate;
  }

  async peek<Verdict>(judge: (bytes: Uint8Array) => Verdict | null): Promise<Verdict> {
    let room = new Uint8Array(0);
    for (;;) {
      if (this.failure !== null) throw this.failure;
      const shown = this.#shown;
      if (shown === null) throw new Error("peek() after the first read");
      const verdict = shown.length === 0 ? null : judge(shown);
      if (verdict !== null) return verdict;
      // What is shown grows in place while there is room behind it.
      if (room.length === 0) {
        const grown = new Uint8Array(Math.max(FIRST_BYTES, shown.length * 2));
        grown.set(shown);
        this.#shown = grown.subarray(0, shown.length);
        room = grown.subarray(shown.length);
      }
      const count = await super.read(room);
      if (count === null) throw connFailure("unexpected_eof", this.#attempt, ENDED);
      const { buffer, byteOffset, length } = this.#shown!;
      this.#shown = new Uint8Array(buffer, byteOffset, length + count);
      room = room.subarray(count);
    }
  }

  skip(count: number): void {
    if (this.#shown === null) throw new Error("skip() after the first read");
    if (count > this.#shown.length) throw new RangeError("cannot skip what was not shown");
    this.#shown = this.#shown.subarray(count);
  }

  async startTls(tls: ServerTls): Promise<TlsInfo> {
    if (this.failure !== null) throw this.failure;
    const shown = this.#shown;
    if (shown === null) throw new Error("startTls() after the first read");
    this.#shown = null;
    this.#isTls = true;
    this.upgrade((below, bytes) => {
      const { settings, handler } = this.#terminate(tls);
      const initialData = joined(shown, bytes);
      return below.upgradeTLS<BunConn | null>({
        data: this,
        isServer: true,
        tls: settings,
        initialData: initialData.length > 0 ? initialData : undefined,
        socket: handler,
      })[1];
    });
    return (await super.handshake())!;
  }

  override handshake(): Promise<TlsInfo | null> {
    return this.#isTls ? super.handshake() : Promise.resolve(null);
  }

  override read(buffer: Uint8Array): Promise<number | null> {
    if (this.#shown !== null) this.#settle();
    const unread = this.#unread;
    if (unread === null || this.failure !== null) return super.read(buffer);
    const count = Math.min(unread.length, buffer.length);
    buffer.set(unread.subarray(0, count));
    this.#unread = count < unread.length ? unread.subarray(count) : null;
    return Promise.resolve(count);
  }

  override receive(receiver: Receiver): Promise<void> | null {
    if (this.#shown !== null) this.#settle();
    const unread = this.#unread;
    if (unread === null || this.failure !== null) return super.receive(receiver);
    this.#unread = null;
    return Promise.resolve(unread).then(receiver.given);
  }

  override write(bytes: Uint8Array): number | Promise<number> {
    if (this.#shown !== null) this.#settle();
    return super.write(bytes);
  }

  override closeWrite(): Promise<void> {
    if (this.#shown !== null) this.#settle();
    return super.closeWrite();
  }

  /** Nobody wants TLS: it is a plain connection. */
  #settle(): void {
    if (this.#shown!.length > 0) this.#unread = this.#shown;
    this.#shown = null;
  }

  get #attempt(): string {
    return goingOnWith(this.remote);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (second.length === 0) return first;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
