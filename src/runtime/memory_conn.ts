/**
 * A connection in memory, for tests: what one end writes, the other end's inbox holds.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import { connFailure, goingOnWith } from "./failure.ts";
import { Inbox } from "./inbox.ts";
import type { Conn, Receiver, SocketAddress, TlsInfo } from "./mod.ts";

/** The most that one write takes, so that whoever forgets that a write may be partial finds out. */
const MAX_WRITE_BYTES = 16 * 1024;

/** Two connections, each the other's other end. */
export function memoryPair(): [MemoryConn, MemoryConn] {
  return connectInMemory({ host: "127.0.0.1", port: 1 }, { host: "127.0.0.1", port: 2 });
}

/** Two connections, the first of which is at `left` and the second at `right`. */
export function connectInMemory(
  left: SocketAddress,
  right: SocketAddress,
): [MemoryConn, MemoryConn] {
  return joinInMemory(new MemoryConn(left, right), new MemoryConn(right, left));
}

/** Makes two new ends each the other's other end. */
export function joinInMemory<Left extends MemoryConn, Right extends MemoryConn>(
  left: Left,
  right: Right,
): [Left, Right] {
  left.join(right);
  right.join(left);
  return [left, right];
}

/** One end of a connection in memory. */
export class MemoryConn implements Conn {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  #peer!: MemoryConn;
  #handshake: Promise<TlsInfo | null> = Promise.resolve(null);
  readonly #inbox: Inbox;
  #full = false;
  #writeEnded = false;
  #closed = false;
  /** Wakes the other end's write, which waits for room here. */
  #wakeWriter: (() => void) | null = null;

  /** For `connectInMemory`, which joins two of them. */
  constructor(local: SocketAddress, remote: SocketAddress) {
    this.local = local;
    this.remote = remote;
    this.#inbox = new Inbox({
      pause: () => this.#full = true,
      resume: () => this.#makeRoom(),
    });
  }

  /** Sets the other end, once. */
  join(peer: MemoryConn): void {
    this.#peer = peer;
  }

  /** Sets what `handshake` gives; a failure is what reads and writes fail with, too. */
  pretendTls(outcome: TlsInfo | ConnError): void {
    if (outcome instanceof ConnError) this.#inbox.discard(outcome);
    this.#handshake = outcome instanceof ConnError
      ? Promise.reject(outcome)
      : Promise.resolve(outcome);
    this.#handshake.catch(() => {}); // Who never asks must not see it unhandled.
  }

  handshake(): Promise<TlsInfo | null> {
    return this.#handshake;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#inbox.read(buffer);
  }

  receive(receiver: Receiver): Promise<void> | null {
    return this.read(receiver.space()).then(receiver.filled, receiver.failed);
  }

  async write(bytes: Uint8Array): Promise<number> {
    for (;;) {
      if (this.#inbox.failure !== null) throw this.#inbox.failure;
      if (this.#writeEnded || this.#peer.#closed) throw this.#failure("reset");
      if (!this.#peer.#full) break;
      await new Promise<void>((resolve) => this.#peer.#wakeWriter = resolve);
    }
    const part = bytes.slice(0, MAX_WRITE_BYTES);
    if (part.length > 0) this.#peer.#inbox.push(part);
    return part.length;
  }

  closeWrite(): Promise<void> {
    if (this.#inbox.failure !== null) return Promise.reject(this.#inbox.failure);
    this.#writeEnded = true;
    this.#peer.#inbox.end();
    return Promise.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.discard(this.#failure("closed"));
    this.#peer.#inbox.end();
    this.#makeRoom();
    this.#peer.#makeRoom();
  }

  /** Breaks the connection: the other end's reads and writes fail with `reset`. */
  reset(): void {
    this.#peer.#inbox.discard(this.#peer.#failure("reset"));
    this.close();
  }

  #makeRoom(): void {
    this.#full = false;
    const wake = this.#wakeWriter;
    this.#wakeWriter = null;
    wake?.();
  }

  #failure(code: "reset" | "closed"): ConnError {
    return connFailure(code, goingOnWith(this.remote));
  }
}
