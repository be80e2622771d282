/**
 * What has come on a stream of which nothing was made yet, for `AcceptedConn.peek`.
 *
 * @module
 */

import type { ConnError } from "../errors.ts";

/** The part of Node's streams that a preview takes. */
export interface ShownStream {
  /** Adds a listener. */
  on(event: "readable" | "end", listener: () => void): unknown;
  /** Removes a listener. */
  off(event: "readable" | "end", listener: () => void): unknown;
  /** All that has come; null when nothing has, and at the end. */
  read(): Uint8Array | null;
}

/** Somebody who looks. */
interface Look {
  /** Shows what there is; true when that settled it. */
  show(): boolean;
  reject(error: unknown): void;
}

/** How much a preview has room for at first; it doubles from there. */
const FIRST_BYTES = 1024;

/**
 * Bytes that were shown and belong to whoever reads on. Takes from the stream while somebody looks,
 * and leaves it alone otherwise, so that the stream's own bound holds.
 */
export class Preview {
  readonly #stream: ShownStream;
  readonly #eof: () => ConnError;
  /** Grows by doubling: a client that sends single bytes must not cost a copy of all of them each. */
  #buffer: Uint8Array | null = null;
  #start = 0;
  #end = 0;
  #look: Look | null = null;
  #ended = false;
  #failure: ConnError | null = null;

  /** `eof` is what a look at a stream that ends too early fails with. */
  constructor(stream: ShownStream, eof: () => ConnError) {
    this.#stream = stream;
    this.#eof = eof;
    stream.on("end", this.#finish);
  }

  /** Whether the stream has ended behind what was shown. */
  get ended(): boolean {
    return this.#ended;
  }

  /** As `AcceptedConn.peek`. One look at a time. */
  look<Verdict>(judge: (bytes: Uint8Array) => Verdict | null): Promise<Verdict> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const show = () => {
        if (this.#start === this.#end) return false;
        try {
          const verdict = judge(this.#buffer!.subarray(this.#start, this.#end));
          if (verdict === null) return false;
          resolve(verdict);
        } catch (error) {
          reject(error);
        }
        return true;
      };
      if (show()) return;
      if (this.#ended) return reject(this.#eof());
      this.#look = { show, reject };
      this.#stream.on("readable", this.#gather);
      this.#gather(); // Bytes may have come before there was a listener.
    });
  }

  /** As `AcceptedConn.skip`. */
  skip(count: number): void {
    if (count > this.#end - this.#start) throw new RangeError("cannot skip what was not shown");
    this.#start += count;
  }

  /** Ends the preview and gives what was shown. */
  take(): Uint8Array {
    this.#stream.off("end", this.#finish);
    const bytes = this.#buffer?.subarray(this.#start, this.#end) ?? new Uint8Array();
    this.#buffer = null;
    return bytes;
  }

  /** The connection has failed or was closed: a look rejects with `error`, now and later. */
  fail(error: ConnError): void {
    this.#failure = error;
    this.#settle()?.reject(error);
  }

  readonly #gather = (): void => {
    // Until there is nothing left: else Deno doesn't say when there is more.
    while (this.#look !== null) {
      const piece = this.#stream.read();
      if (piece === null) return;
      this.#append(piece);
      if (this.#look.show()) this.#settle();
    }
  };

  readonly #finish = (): void => {
    this.#ended = true;
    this.#settle()?.reject(this.#eof());
  };

  #settle(): Look | null {
    const look = this.#look;
    this.#look = null;
    this.#stream.off("readable", this.#gather);
    return look;
  }

  #append(piece: Uint8Array): void {
    if (this.#buffer === null || this.#end + piece.length > this.#buffer.length) {
      const kept = this.#buffer?.subarray(this.#start, this.#end) ?? new Uint8Array();
      const needed = kept.length + piece.length;
      const grown = new Uint8Array(Math.max(FIRST_BYTES, needed > FIRST_BYTES ? needed * 2 : 0));
      grown.set(kept);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = kept.length;
    }
    this.#buffer.set(piece, this.#end);
    this.#end += piece.length;
  }
}
