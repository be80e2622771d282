/**
 * A connection whose other end is the test itself.
 *
 * @module
 */

import { ConnError, type ConnErrorCode } from "../../src/errors.ts";
import type { Conn, Receiver, SocketAddress, TlsInfo } from "../../src/runtime/mod.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** What a read may find next. */
type Event = { kind: "bytes"; bytes: Uint8Array } | { kind: "end" } | {
  kind: "error";
  code: ConnErrorCode;
};

/** Takes what is written, and gives what the test feeds it. */
export class ScriptedConn implements Conn {
  readonly local: SocketAddress = { host: "127.0.0.1", port: 1 };
  readonly remote: SocketAddress = { host: "192.0.2.7", port: 2 };
  /** How many reads were begun. */
  reads = 0;
  /** What each write took. */
  readonly writes: string[] = [];
  /** True once `closeWrite` was called. */
  writeEnded = false;
  /** True once `close` was called. */
  closed = false;
  /** The most that one write takes. */
  writeSize = Infinity;
  /** Whether bytes are handed over as they are to who receives. */
  gives = false;
  /** What every write fails with, or null. */
  writeFailure: ConnErrorCode | null = null;
  #events: Event[] = [];
  #reading: PromiseWithResolvers<void> | null = null;
  #stall: PromiseWithResolvers<void> | null = null;

  /** All that was written. */
  get written(): string {
    return this.writes.join("");
  }

  /** True while a read waits. */
  get isReading(): boolean {
    return this.#reading !== null;
  }

  /** The other end sends. */
  feed(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? ENCODER.encode(data) : data;
    this.#push({ kind: "bytes", bytes });
  }

  /** The other end ends its direction. */
  feedEnd(): void {
    this.#push({ kind: "end" });
  }

  /** The connection fails for whoever reads. */
  feedError(code: ConnErrorCode): void {
    this.#push({ kind: "error", code });
  }

  /** From now on the other end takes nothing, until `resume()`. */
  stall(): void {
    this.#stall ??= Promise.withResolvers();
  }

  /** The other end takes what is written again. */
  resume(): void {
    this.#stall?.resolve();
    this.#stall = null;
  }

  handshake(): Promise<TlsInfo | null> {
    return Promise.resolve(null);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#reading !== null) throw new Error("two reads at a time");
    this.reads++;
    if (this.#events.length === 0 && !this.closed) {
      this.#reading = Promise.withResolvers();
      await this.#reading.promise;
      this.#reading = null;
    }
    if (this.closed) throw new ConnError("closed", "read from a closed connection");
    const [event] = this.#events;
    if (event.kind === "end") return null;
    if (event.kind === "error") throw new ConnError(event.code, "scripted");
    const count = Math.min(buffer.length, event.bytes.length);
    buffer.set(event.bytes.subarray(0, count));
    if (count === event.bytes.length) this.#events.shift();
    else event.bytes = event.bytes.subarray(count);
    return count;
  }

  receive(receiver: Receiver): Promise<void> | null {
    if (!this.gives) return this.read(receiver.space()).then(receiver.filled, receiver.failed);
    const buffer = new Uint8Array(1024 * 1024);
    return this.read(buffer).then((count) => {
      if (count === null) receiver.filled(null);
      else receiver.given(buffer.slice(0, count));
    }, receiver.failed);
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#stall?.promise;
    if (this.closed) throw new ConnError("closed", "write to a closed connection");
    if (this.writeFailure !== null) throw new ConnError(this.writeFailure, "scripted");
    const count = Math.min(bytes.length, this.writeSize);
    this.writes.push(DECODER.decode(bytes.subarray(0, count)));
    return count;
  }

  // deno-lint-ignore require-await -- a failure must reject
  async closeWrite(): Promise<void> {
    if (this.closed) throw new ConnError("closed", "end of a closed connection");
    this.writeEnded = true;
  }

  close(): void {
    this.closed = true;
    this.#reading?.resolve();
    this.resume();
  }

  #push(event: Event): void {
    this.#events.push(event);
    this.#reading?.resolve();
  }
}

/** Lets everything that can happen without new input happen. */
export async function settle(): Promise<void> {
  // A timer's turn comes after every promise that is ready, and after those that it makes ready.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A plain connection's origin, as a listener tells a filter. */
export function from({ remote, local }: ScriptedConn) {
  return { tls: null, source: remote, destination: local };
}
