/**
 * A server that keeps every byte it gets, and answers what its strict reader finds in them.
 *
 * @module
 */

import { type Upstream, wireUpstream } from "../e2e/upstream.ts";
import type { Wire } from "../e2e/wire.ts";
import { Malformed, type Message, readRequest, requestLine, valuesOf } from "./strict_reader.ts";

/** One connection that it took. */
export class RecordedConnection {
  /** What came and nobody has read as a message yet; one char a byte. */
  unread = "";
  /** Why the bytes are no HTTP; null when they are. */
  malformed: string | null = null;
  /** Resolves when the other side has ended the connection. */
  readonly ended: Promise<void>;
  readonly #end: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Reads more; false at the end. */
  async fill(wire: Wire): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await wire.conn.read(buffer).catch(() => null);
    if (count === null) {
      this.#end();
      return false;
    }
    this.unread += latin1(buffer.subarray(0, count));
    return true;
  }

  /** Takes a whole request out of what came. */
  take(): Message | null {
    try {
      const message = readRequest(this.unread);
      if (message !== null) this.unread = this.unread.slice(message.size);
      return message;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.malformed = error.message;
      return null;
    }
  }
}

/** What it has got since it was asked last. */
export interface Recorded {
  /** Whole requests, in the order of their arrival. */
  readonly requests: readonly Message[];
  /** Beginnings of requests, and what is no request. */
  readonly scraps: readonly string[];
}

/** The server. Each request is answered 200 with `METHOD TARGET`; an upgrade is agreed to. */
export class RecordingUpstream implements AsyncDisposable {
  readonly #server: Upstream = wireUpstream((wire) => this.#serve(wire));
  readonly #connections = new Set<RecordedConnection>();
  #requests: Message[] = [];

  /** Where it listens. */
  get port(): number {
    return this.#server.port;
  }

  /** What has come, which is forgotten here. The beginnings of `/cut` are left to `unfinished`. */
  take(): Recorded {
    const requests = this.#requests;
    this.#requests = [];
    const scraps: string[] = [];
    for (const connection of this.#connections) {
      const { unread, malformed } = connection;
      if (unread === "" || (malformed === null && unread.startsWith("POST /cut "))) continue;
      scraps.push(`${malformed ?? "unfinished"}: ${JSON.stringify(unread.slice(0, 200))}`);
      connection.unread = "";
    }
    return { requests, scraps };
  }

  /** The connections that hold the beginning of a request. */
  unfinished(): RecordedConnection[] {
    return [...this.#connections].filter(({ unread }) => unread !== "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(wire: Wire): Promise<void> {
    const connection = new RecordedConnection();
    this.#connections.add(connection);
    while (await connection.fill(wire)) {
      for (let request; (request = connection.take()) !== null;) {
        this.#requests.push(request);
        const { method, target } = requestLine(request);
        const [protocol] = valuesOf(request.fields, "upgrade");
        if (protocol !== undefined && !target.startsWith("/declined")) {
          return await echo(wire, connection, protocol);
        }
        const body = `${method} ${target}`;
        await wire.send(
          `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${
            method === "HEAD" ? "" : body
          }`,
        );
      }
      // Ends what would otherwise wait for an answer.
      if (connection.malformed !== null) return;
    }
  }
}

/** Switches, and sends back whatever comes until the other side has said all. */
async function echo(wire: Wire, connection: RecordedConnection, protocol: string): Promise<void> {
  await wire.send(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`,
  );
  do {
    const heard = connection.unread;
    connection.unread = "";
    await wire.send(heard);
  } while (await connection.fill(wire));
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
