/**
 * A connection that has left HTTP behind.
 *
 * @module
 */

import type { Conn, Receiver } from "../runtime/mod.ts";
import type { MessageReader } from "./message_reader.ts";
import type { MessageWriter } from "./message_writer.ts";
import type { RequestDecoder, ResponseDecoder } from "../http1/mod.ts";

/** Bytes in both directions: a `Conn`, or what is left of an HTTP session after an upgrade. */
export type ByteStream = Pick<Conn, "read" | "receive" | "write" | "closeWrite" | "close">;

/** The session that a stream is taken from. */
interface Upgradable {
  readonly conn: Conn;
  readonly reader: MessageReader<RequestDecoder | ResponseDecoder>;
  readonly writer: MessageWriter;
  close(): void;
}

/** The bytes of a session whose messages have ended; the session still counts them. */
export class UpgradedStream implements ByteStream {
  readonly #session: Upgradable;

  /** Nobody else reads from or writes to the session any more. */
  constructor(session: Upgradable) {
    this.#session = session;
    session.writer.release();
  }

  /** See `Conn.read`. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#session.reader.readRaw(buffer);
  }

  /** See `Conn.receive`. */
  receive(receiver: Receiver): Promise<void> | null {
    return this.read(receiver.space()).then(receiver.filled, receiver.failed);
  }

  /** See `Conn.write`. */
  async write(bytes: Uint8Array): Promise<number> {
    const count = await this.#session.conn.write(bytes);
    this.#session.writer.bytes += count;
    return count;
  }

  /** See `Conn.closeWrite`. */
  closeWrite(): Promise<void> {
    return this.#session.conn.closeWrite();
  }

  /** See `Conn.close`. */
  close(): void {
    this.#session.close();
  }
}
