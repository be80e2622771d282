/**
 * The reading half of an HTTP/1.1 session: a decoder that is fed from a connection.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import { END, NEED_DATA, type RequestDecoder, type ResponseDecoder } from "../http1/mod.ts";
import type { Conn, Receiver } from "../runtime/mod.ts";

/** What a read gives when there is nothing left to read. */
const OVER = Promise.resolve();

/** Feeds a decoder. */
export class MessageReader<D extends RequestDecoder | ResponseDecoder> {
  readonly #conn: Conn;
  /** What the bytes mean. */
  readonly decoder: D;
  /** Bytes read so far, heads and framing included. */
  bytes = 0;
  #isReading = false;
  /** The end of the read under way, for those who wait for it; never rejects: see `#error`. */
  #over: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #error: unknown = null;
  #onRead: (() => void) | null = null;
  /** How much the read under way may bring. */
  #room = 0;
  #end: "none" | "clean" | "cut" = "none";

  /** Reads from `conn`, which nobody else reads from. */
  constructor(conn: Conn, decoder: D) {
    this.#conn = conn;
    this.decoder = decoder;
  }

  /** True once the connection's end was read. */
  get ended(): boolean {
    return this.#end !== "none";
  }

  /** True once reading ahead has found the connection's end or failure. */
  get lost(): boolean {
    return this.ended || this.#error !== null;
  }

  /**
   * Reads once and gives the bytes to the decoder; false at the connection's end, of which the
   * decoder was told. Fails with a ConnError, or a ProtocolError when it ends inside of a message.
   */
  fill(): Promise<boolean> {
    return this.read().then(this.#filled);
  }

  /**
   * The next piece of the body, or null at its end. A piece is a view that is valid until the next
   * call. Fails as `fill` does.
   */
  async body(): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.decoder.nextBody();
      if (piece === END) return null;
      if (piece !== NEED_DATA) return piece;
      await this.fill();
    }
  }

  /**
   * Reads once and drops the bytes, whatever they mean; false at the connection's end. For a
   * connection that is about to be closed. Fails with a ConnError.
   */
  async discard(): Promise<boolean> {
    await this.read();
    if (this.#error !== null) throw this.#error;
    const { input } = this.decoder;
    input.start = input.end;
    return !this.ended;
  }

  /**
   * Reads past the decoder, whatever the bytes mean: what came already first. As `Conn.read`; for a
   * connection that speaks another protocol from here on.
   */
  async readRaw(buffer: Uint8Array): Promise<number | null> {
    if (this.#isReading) await this.read();
    if (this.#error !== null) throw this.#error;
    const { input } = this.decoder;
    if (input.length > 0) {
      const count = Math.min(input.length, buffer.length);
      buffer.set(input.bytes.subarray(input.start, input.start + count));
      input.start += count;
      input.release();
      return count;
    }
    if (this.ended) return null;
    const count = await this.#conn.read(buffer);
    if (count === null) this.#end = "clean";
    else this.bytes += count;
    return count;
  }

  /**
   * Starts the next read before anybody waits for it, because its outcome tells whether the peer is
   * still there. `onRead` is called when it is over, whatever it brought: see `lost`; bytes that came
   * wait for `fill`. It is the read that would come anyway, so it costs no system call.
   */
  readAhead(onRead: () => void): void {
    if (this.#isReading || this.ended || this.decoder.input.length > 0) return;
    // Now: the next message's beginning would, but then this read may have been lent it already.
    this.decoder.input.release();
    this.#onRead = onRead;
    this.#start();
  }

  /**
   * Waits for the read under way, or reads once, and gives the bytes to the decoder; not behind the
   * connection's end or failure. What came of it `filled` tells. Never rejects.
   */
  read(): Promise<void> {
    if (!this.#isReading) {
      if (this.lost) return OVER;
      this.#start();
    }
    return this.#over ??= new Promise(this.#hold);
  }

  /** What `fill` gives, of a read that is over. */
  filled(): boolean {
    if (this.#error !== null) throw this.#error;
    if (!this.ended) return true;
    this.decoder.endOfInput(this.#end === "clean");
    return false;
  }

  #start(): void {
    this.#isReading = true;
    this.#over = this.#conn.receive(this.#receiver);
  }

  // Bound once a connection: closures or async functions cost 0.5 KB of garbage a read.
  readonly #receiver: Receiver = {
    space: () => {
      const space = this.decoder.input.space();
      this.#room = space.length;
      return space;
    },
    filled: (count) => {
      this.#take(count);
      this.#settle();
    },
    given: (bytes) => {
      this.bytes += bytes.length;
      this.decoder.input.add(bytes);
      this.#settle();
    },
    failed: (error) => {
      if (isCut(error)) this.#end = "cut";
      else this.#error = error;
      this.#settle();
    },
  };

  readonly #filled = (): boolean => this.filled();

  readonly #hold = (resolve: () => void): void => {
    this.#wake = resolve;
  };

  /** Nothing more comes, and what a read that failed was lent is nobody's. */
  #letGo(): void {
    const { input } = this.decoder;
    input.commit(0);
    input.release();
  }

  /** The read is over: whoever waits goes on once `onRead` has been told. */
  #settle(): void {
    this.#isReading = false;
    this.#over = null;
    if (this.lost) this.#letGo();
    const wake = this.#wake, onRead = this.#onRead;
    this.#wake = this.#onRead = null;
    onRead?.();
    wake?.();
  }

  #take(count: number | null): void {
    if (count === null) {
      this.#end = "clean";
      return;
    }
    const { input } = this.decoder;
    this.bytes += count;
    input.commit(count);
    // A read that filled its buffer had more to give: a body streams.
    if (count === this.#room && !this.decoder.idle) input.reserve();
  }
}

/** A TLS stream without its close_notify: fine where the message says its own length. */
function isCut(error: unknown): boolean {
  return error instanceof ConnError && error.code === "unexpected_eof";
}
