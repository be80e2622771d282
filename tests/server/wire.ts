/**
 * HTTP/1.1 by hand: raw bytes in both directions, and a reader of messages that shares nothing with
 * the codec that it tests. Every wait has a deadline, so that a test fails rather than hangs.
 *
 * @module
 */

import { ConnError } from "../../src/errors.ts";

const ENCODER = new TextEncoder();
/** What no test waits longer for. */
const DEADLINE_MS = 10_000;

/** Each byte as one char. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** Polls until a condition holds: for what no event tells, such as a counter. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A message as it came. */
export interface Message {
  /** The request line or status line. */
  readonly line: string;
  /** The status code; NaN for a request. */
  readonly status: number;
  /** Fields in their order, names as they were sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** The body, each byte one char. */
  readonly text: string;
  /** The lines of a chunked body's trailer section. */
  readonly trailers: readonly string[];
  /** Every value of a field, joined by `, `; null when there is none. */
  header(name: string): string | null;
}

/** What a wire is made of: Deno's connection, or one in memory. */
export interface Stream {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** One end of a connection. */
export class Wire implements Disposable {
  readonly conn: Stream;
  /** Unread bytes are `#buffer[#start..#end)`. */
  #buffer = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;
  #ended = false;

  /** Owns `conn` from now on. */
  constructor(conn: Stream) {
    this.conn = conn;
  }

  /** Sends all of it. */
  async send(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? ENCODER.encode(data) : data;
    while (rest.length > 0) {
      rest = rest.subarray(await this.#bounded(this.conn.write(rest), "a write"));
    }
  }

  /** Ends our direction. */
  async end(): Promise<void> {
    await this.conn.closeWrite();
  }

  /** Closes; with bytes unread, which the system answers by a reset. */
  close(): void {
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads a head, the empty line included; null when the connection ends before one. */
  async head(): Promise<string | null> {
    for (;;) {
      const size = this.#headSize();
      if (size > 0) return latin1(this.#take(size));
      if (await this.#more()) continue;
      if (this.#length === 0) return null;
      const found = latin1(this.#take(this.#length));
      throw new Error(`the connection ended inside of a head: ${JSON.stringify(found)}`);
    }
  }

  /** Reads exactly so many bytes. */
  async bytes(count: number): Promise<Uint8Array> {
    while (this.#length < count) {
      if (!await this.#more()) {
        throw new Error(`the connection ended ${count - this.#length} bytes early`);
      }
    }
    return this.#take(count);
  }

  /** Reads to the end of the connection. Fails when it was reset. */
  async rest(): Promise<Uint8Array> {
    while (await this.#more());
    return this.#take(this.#length);
  }

  /** Reads to the end of the connection, however it ends; gives what came. */
  async drain(): Promise<string> {
    try {
      while (await this.#more());
    } catch (error) {
      if (!isReset(error)) throw error;
    }
    return latin1(this.#take(this.#length));
  }

  /** Reads what comes next, at most 64 KiB of it; null at the end. */
  async piece(): Promise<Uint8Array | null> {
    if (this.#length === 0 && !await this.#more()) return null;
    return this.#take(Math.min(this.#length, 64 * 1024));
  }

  /** Reads a request with its body; null when the connection ends before one. */
  async request(): Promise<Message | null> {
    const head = await this.head();
    return head === null ? null : await this.#message(head, { untilEnd: false, bodiless: false });
  }

  /** Reads a response to `method` with its body; informational ones count as responses. */
  async response(method = "GET"): Promise<Message> {
    const head = await this.head();
    if (head === null) throw new Error("the connection ended before a response");
    const status = Number(head.slice(9, 12));
    const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
    return await this.#message(head, { untilEnd: true, bodiless });
  }

  async #message(
    head: string,
    options: { untilEnd: boolean; bodiless: boolean },
  ): Promise<Message> {
    const [line, ...lines] = head.slice(0, -4).split("\r\n");
    const fields = lines.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()] as const;
    });
    const header = (name: string) => {
      const values = fields.filter(([field]) => field.toLowerCase() === name);
      return values.length === 0 ? null : values.map(([, value]) => value).join(", ");
    };
    const trailers: string[] = [];
    const body = await this.#body(header, { ...options, trailers });
    const status = line.startsWith("HTTP/") ? Number(line.slice(9, 12)) : NaN;
    return {
      line,
      status,
      fields,
      body,
      get text() {
        return latin1(body);
      },
      trailers,
      header,
    };
  }

  async #body(
    header: (name: string) => string | null,
    { untilEnd, bodiless, trailers }: {
      untilEnd: boolean;
      bodiless: boolean;
      trailers: string[];
    },
  ): Promise<Uint8Array> {
    const length = header("content-length");
    if (bodiless) return new Uint8Array(0);
    if (header("transfer-encoding") === "chunked") return await this.#chunks(trailers);
    if (length !== null) return await this.bytes(Number(length));
    return untilEnd ? await this.rest() : new Uint8Array(0);
  }

  async #chunks(trailers: string[]): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const size = parseInt(await this.#line(), 16);
      if (size === 0) break;
      pieces.push(await this.bytes(size));
      if (await this.#line() !== "") throw new Error("no CRLF behind a chunk");
    }
    for (let line = await this.#line(); line !== ""; line = await this.#line()) {
      trailers.push(line);
    }
    return concat(pieces);
  }

  async #line(): Promise<string> {
    for (;;) {
      const at = this.#buffer.subarray(this.#start, this.#end).indexOf(0x0a);
      if (at >= 0) return latin1(this.#take(at + 1)).slice(0, -2);
      if (!await this.#more()) throw new Error("the connection ended inside of a line");
    }
  }

  get #length(): number {
    return this.#end - this.#start;
  }

  /** The size of the head at the front, or 0. */
  #headSize(): number {
    const bytes = this.#buffer;
    for (let at = this.#start; at + 4 <= this.#end; at++) {
      if (
        bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10
      ) return at + 4 - this.#start;
    }
    return 0;
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.slice(this.#start, this.#start + count);
    this.#start += count;
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#end === this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length * 2, this.#buffer.length));
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      [this.#buffer, this.#start, this.#end] = [larger, 0, this.#length];
    }
    const count = await this.#bounded(this.conn.read(this.#buffer.subarray(this.#end)), "a read");
    if (count === null) this.#ended = true;
    else this.#end += count;
    return count !== null;
  }

  async #bounded<T>(wait: Promise<T>, what: string): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.close();
    }, DEADLINE_MS);
    try {
      return await wait;
    } catch (error) {
      throw late ? new Error(`${what} took more than ${DEADLINE_MS} ms`) : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whether a connection was torn by its other end. */
export function isReset(error: unknown): boolean {
  if (error instanceof ConnError) return error.code === "reset";
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected;
}

/** Joins pieces. */
function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Connects to a port of the loopback. */
export async function connect(port: number, hostname = "127.0.0.1"): Promise<Wire> {
  return new Wire(await Deno.connect({ hostname, port }));
}
