/**
 * Turns a stream that pushes into one that is pulled. A runtime's callback puts chunks in; `read()`
 * takes them out. A chunk that comes while a read is waiting goes straight into its buffer; the
 * others queue up, and once too much is queued the stream is held until the queue is empty.
 *
 * @module
 */

import type { ConnError } from "../errors.ts";
import type { Receiver } from "./mod.ts";

/**
 * How much may wait before the stream is held. The chunk that passes the mark still comes in whole
 * (512 KiB at most on Bun), so the bound is the sum of both.
 */
const HOLD_BYTES = 64 * 1024;

/** Stops and restarts the stream that pushes. */
export interface Flow {
  /** Asks the stream to stop pushing; what it has in hand already may still come. */
  pause(): void;
  /** Lets it push again. */
  resume(): void;
}

interface Waiting {
  readonly buffer: Uint8Array;
  readonly resolve: (count: number | null) => void;
  readonly reject: (error: ConnError) => void;
}

/** What came in and was not read yet. One read waits at a time. */
export class Inbox {
  readonly #flow: Flow;
  readonly #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #held = false;
  #waiting: Waiting | null = null;
  /** In place of a read that waits. */
  #receiver: Receiver | null = null;
  #ended = false;
  #failure: ConnError | null = null;

  /** `flow` is the stream that will push here. */
  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** Why there is nothing more to come, null while there may be or after a plain end. */
  get failure(): ConnError | null {
    return this.#failure;
  }

  /** Takes ownership of `chunk`. */
  push(chunk: Uint8Array): void {
    if (this.#failure !== null) return;
    const receiver = this.#receiver;
    if (receiver !== null) {
      this.#receiver = null;
      return receiver.given(chunk);
    }
    this.#queue(chunk);
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    waiting.resolve(this.#take(waiting.buffer));
  }

  #queue(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (!this.#held && this.#queuedBytes >= HOLD_BYTES) {
      this.#held = true;
      this.#flow.pause();
    }
  }

  /** The stream has ended: reads give what is queued, then null. */
  end(): void {
    this.#ended = true;
    if (this.#failure !== null) return;
    const waiting = this.#waiting, receiver = this.#receiver;
    this.#waiting = this.#receiver = null;
    waiting?.resolve(null);
    receiver?.filled(null);
  }

  /** The stream has failed: reads give what is queued, then reject. The first failure counts. */
  fail(error: ConnError): void {
    if (this.#ended || this.#failure !== null) return;
    this.#fail(error);
  }

  /** Nobody will read on: drops what is queued, and every read rejects with `error`. */
  discard(error: ConnError): void {
    this.#chunks.length = 0;
    this.#queuedBytes = 0;
    this.#fail(error);
  }

  #fail(error: ConnError): void {
    this.#failure = error;
    const waiting = this.#waiting, receiver = this.#receiver;
    this.#waiting = this.#receiver = null;
    waiting?.reject(error);
    receiver?.failed(error);
  }

  /** As `Conn.read`. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#queuedBytes > 0) return Promise.resolve(this.#take(buffer));
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#waiting = { buffer, resolve, reject });
  }

  /** As `Conn.receive`. */
  receive(receiver: Receiver): Promise<void> | null {
    if (this.#queuedBytes > 0) return Promise.resolve(this.#takeChunk()).then(receiver.given);
    if (this.#failure !== null) return Promise.resolve(this.#failure).then(receiver.failed);
    if (this.#ended) return Promise.resolve(null).then(receiver.filled);
    this.#receiver = receiver;
    return null;
  }

  /** Whether the stream has ended; what is queued may still be read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes all that is queued. */
  takeAll(): Uint8Array {
    const bytes = new Uint8Array(this.#queuedBytes);
    if (bytes.length > 0) this.#take(bytes);
    return bytes;
  }

  #take(buffer: Uint8Array): number {
    let filled = 0;
    while (filled < buffer.length && this.#chunks.length > 0) {
      const chunk = this.#chunks[0];
      const part = chunk.subarray(0, buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#taken(filled);
    return filled;
  }

  #takeChunk(): Uint8Array {
    const chunk = this.#chunks.shift()!;
    this.#taken(chunk.length);
    return chunk;
  }

  #taken(bytes: number): void {
    this.#queuedBytes -= bytes;
    if (this.#held && this.#queuedBytes === 0) {
      this.#held = false;
      this.#flow.resume();
    }
  }
}
