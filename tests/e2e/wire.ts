/**
 * One end of a connection, byte by byte: for what no well-behaved client or server would send.
 *
 * @module
 */

import { within } from "./deadline.ts";

const WAIT_MS = 20_000;

/** A connection with what it has read and nobody has taken yet. */
export class Wire implements Disposable {
  readonly conn: Deno.Conn;
  #pending: Uint8Array = new Uint8Array(0);

  /** Owns the connection. */
  constructor(conn: Deno.Conn) {
    this.conn = conn;
  }

  /** Connects to a port of this machine; with a CA's certificate, over TLS as `localhost`. */
  static async connect(port: number, ca: string | null = null): Promise<Wire> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    if (ca === null) return new Wire(conn);
    const tls = await Deno.startTls(conn, { hostname: "localhost", caCerts: [ca] });
    await tls.handshake();
    return new Wire(tls);
  }

  /** Writes all of it. */
  async send(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? latin1Bytes(data) : data;
    while (rest.length > 0) {
      const written = await within(WAIT_MS, this.conn.write(rest), "the peer to take bytes");
      rest = rest.subarray(written);
    }
  }

  /** What comes up to `mark`, which is part of it. Fails when the stream ends before. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const text = latin1(this.#pending);
      const at = text.indexOf(mark);
      if (at >= 0) return this.#take(at + mark.length);
      if (!await this.#fill()) throw new Deno.errors.UnexpectedEof(`before ${mark}: ${text}`);
    }
  }

  /** Exactly that many bytes. Fails when the stream ends before. */
  async bytes(count: number): Promise<string> {
    while (this.#pending.length < count) {
      if (!await this.#fill()) throw new Deno.errors.UnexpectedEof(`before ${count} bytes`);
    }
    return this.#take(count);
  }

  /** A response with a content-length, head and body. */
  async response(): Promise<string> {
    const head = await this.until("\r\n\r\n");
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    return head + await this.bytes(length);
  }

  /** Everything up to the end of the stream, be it orderly or a reset. */
  async toEnd(): Promise<string> {
    try {
      while (await this.#fill());
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    return this.#take(this.#pending.length);
  }

  /** Reads and throws away until the stream ends; gives the count of bytes. */
  async drainToEnd(): Promise<number> {
    let count = this.#pending.length;
    this.#pending = new Uint8Array(0);
    try {
      while (await this.#fill()) {
        count += this.#pending.length;
        this.#pending = new Uint8Array(0);
      }
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    return count;
  }

  [Symbol.dispose](): void {
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #fill(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await within(WAIT_MS, this.conn.read(buffer), "bytes from the peer");
    if (count === null) return false;
    const joined = new Uint8Array(this.#pending.length + count);
    joined.set(this.#pending);
    joined.set(buffer.subarray(0, count), this.#pending.length);
    this.#pending = joined;
    return true;
  }

  #take(count: number): string {
    const text = latin1(this.#pending.subarray(0, count));
    this.#pending = this.#pending.subarray(count);
    return text;
  }
}

/** True for what a connection throws that was refused or broken off, or by our own close. */
export function isLost(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.InvalidData;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
