/**
 * HTTP/1.1 by hand: raw bytes in both directions, and a reader of messages that shares nothing with
 * the codec that it tests. Every wait has a deadline, so that a test fails rather than hangs.
 *
 * @module
 */

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
  /** Every value of a field, joined by `, `; null when there is none. */
  header(name: string): string | null;
}

/** One end of a connection. */
export class Wire implements Disposable {
  readonly conn: Deno.Conn;
  #buffer = new Uint8Array(0);
  #ended = false;

  /** Owns `conn` from now on. */
  constructor(conn: Deno.Conn) {
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
      const at = latin1(this.#buffer).indexOf("\r\n\r\n");
      if (at >= 0) return latin1(this.#take(at + 4));
      if (await this.#more()) continue;
      if (this.#buffer.length === 0) return null;
      throw new Error(`the connection ended inside of a head: ${latin1(this.#buffer)}`);
    }
  }

  /** Reads exactly so many bytes. */
  async bytes(count: number): Promise<Uint8Array> {
    while (this.#buffer.length < count) {
      if (!await this.#more()) {
        throw new Error(`the connection ended ${count - this.#buffer.length} bytes early`);
      }
    }
    return this.#take(count);
  }

  /** Reads to the end of the connection. Fails when it was reset. */
  async rest(): Promise<Uint8Array> {
    while (await this.#more());
    return this.#take(this.#buffer.length);
  }

  /** Reads to the end of the connection, however it ends; gives what came. */
  async drain(): Promise<string> {
    try {
      while (await this.#more());
    } catch (error) {
      if (!isReset(error)) throw error;
    }
    return latin1(this.#take(this.#buffer.length));
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
    const body = await this.#body(header, options);
    const status = line.startsWith("HTTP/") ? Number(line.slice(9, 12)) : NaN;
    return { line, status, fields, body, text: latin1(body), header };
  }

  async #body(
    header: (name: string) => string | null,
    { untilEnd, bodiless }: { untilEnd: boolean; bodiless: boolean },
  ): Promise<Uint8Array> {
    const length = header("content-length");
    if (bodiless) return new Uint8Array(0);
    if (header("transfer-encoding") === "chunked") return await this.#chunks();
    if (length !== null) return await this.bytes(Number(length));
    return untilEnd ? await this.rest() : new Uint8Array(0);
  }

  async #chunks(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const size = parseInt(await this.#line(), 16);
      if (size === 0) break;
      pieces.push(await this.bytes(size));
      if (await this.#line() !== "") throw new Error("no CRLF behind a chunk");
    }
    while (await this.#line() !== "");
    return concat(pieces);
  }

  async #line(): Promise<string> {
    for (;;) {
      const at = this.#buffer.indexOf(0x0a);
      if (at >= 0) return latin1(this.#take(at + 1)).slice(0, -2);
      if (!await this.#more()) throw new Error("the connection ended inside of a line");
    }
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const space = new Uint8Array(64 * 1024);
    const count = await this.#bounded(this.conn.read(space), "a read");
    if (count === null) {
      this.#ended = true;
      return false;
    }
    this.#buffer = concat([this.#buffer, space.subarray(0, count)]);
    return true;
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
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected;
}

/** Joins pieces. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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

/** An upstream that does what a test says with each connection, in the order they come. */
export class Upstream implements AsyncDisposable {
  readonly port: number;
  /** Every connection that came. */
  readonly wires: Wire[] = [];
  readonly #listener: Deno.Listener;
  readonly #serving: Promise<void>;
  readonly #scripts: Promise<void>[] = [];
  readonly #failures: unknown[] = [];

  /** `script` serves a connection; `index` counts them from 0. It is closed afterwards. */
  constructor(script: (wire: Wire, index: number) => Promise<void>, hostname = "127.0.0.1") {
    this.#listener = Deno.listen({ hostname, port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#serving = this.#serve(script);
  }

  /** One that answers each request by `answer`, on as many connections as come. */
  static answering(answer: (request: Message) => string | Promise<string>): Upstream {
    return new Upstream(async (wire) => {
      for (;;) {
        const request = await wire.request();
        if (request === null) return;
        await wire.send(await answer(request));
      }
    });
  }

  async #serve(script: (wire: Wire, index: number) => Promise<void>): Promise<void> {
    for await (const conn of this.#listener) {
      const wire = new Wire(conn);
      const index = this.wires.push(wire) - 1;
      this.#scripts.push(
        script(wire, index).catch((error) => {
          // A connection that the proxy has torn is an end like any other.
          if (!isReset(error) && !(error instanceof Deno.errors.BadResource)) {
            this.#failures.push(error);
          }
        }).finally(() => wire.close()),
      );
    }
  }

  /** Waits for every script, so that what failed there fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    await Promise.all(this.#scripts);
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

/** A port on which nobody listens. */
export function unusedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
