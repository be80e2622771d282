/**
 * Finds the ClientHello at a connection's beginning, without I/O and without taking it away: the TLS
 * library behind reads the same bytes again.
 *
 * Strategy: walk from record to record (RFC 8446 §5.1), each header looked at once, and note where
 * the message's pieces lie. Everything is refused at the byte that makes it wrong, so that no cut
 * changes the verdict. A message in one record, as nearly all are, is never copied.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { type ClientHello, parseClientHello } from "./client_hello.ts";
import { badHello } from "./wire_reader.ts";

/** The ClientHello isn't whole yet: read more. */
export const NEED_DATA: unique symbol = Symbol("need data");
/** What the client speaks isn't TLS: Envoy's transport protocol `raw_buffer`. */
export const NOT_TLS: unique symbol = Symbol("not TLS");

/** Envoy's `max_client_hello_size`: record headers count. Such a connection is closed. */
const MAX_BYTES = 16 * 1024;
/** RFC 8446 §5.1. */
const MAX_RECORD_BYTES = 1 << 14;

const RECORD_HEADER_BYTES = 5;
/** The content type of a record that holds handshake messages (RFC 8446 §5.1). */
const HANDSHAKE = 22;
/** The first byte of every version from SSL 3.0 on. The second one means nothing in a record. */
const MAJOR_VERSION = 3;

/** A message's type and its length in three bytes (RFC 8446 §4). */
const MESSAGE_HEADER_BYTES = 4;
const CLIENT_HELLO = 1;

/** Reads one ClientHello that comes in any number of pieces. */
export class ClientHelloReader {
  /** Where the record begins that isn't whole yet. */
  #at = 0;
  /** Where the pieces of the message lie that are whole: two places each. */
  readonly #pieces: number[] = [];
  /** Bytes of the message in `#pieces`. */
  #taken = 0;
  /** Bytes of the message, its header included; 0 as long as that isn't known. */
  #size = 0;
  #hello: ClientHello | null = null;

  /**
   * Looks at `bytes`, which is all that came on the connection so far. What comes behind the
   * ClientHello is not looked at. Fails with a ProtocolError, and then at each later call too: with
   * `client_hello_too_large` for one of more than 16 KiB, with `bad_client_hello` when the records are
   * TLS's but can't hold a ClientHello. Envoy closes the former; the latter is `raw_buffer` to it
   * unless `close_connection_on_client_hello_parsing_errors` is set.
   */
  read(bytes: Uint8Array): ClientHello | typeof NEED_DATA | typeof NOT_TLS {
    while (this.#hello === null) {
      const at = this.#at, left = bytes.length - at;
      if (at === 0 && !mayBeTls(bytes)) return NOT_TLS;
      if (left < RECORD_HEADER_BYTES) return NEED_DATA;
      const start = at + RECORD_HEADER_BYTES;
      const end = start + recordLength(bytes, at);
      if (this.#size === 0) this.#readHeader(bytes, start, Math.min(end, bytes.length));
      if (this.#size > 0) this.#checkSize(start, end);
      if (end > bytes.length) return NEED_DATA;
      if (this.#taken + end - start === this.#size) {
        const message = this.#message(bytes, start, end);
        this.#hello = parseClientHello(message.subarray(MESSAGE_HEADER_BYTES));
        break;
      }
      this.#pieces.push(start, end);
      this.#taken += end - start;
      this.#at = end;
    }
    return this.#hello;
  }

  /** Looks for the message's size in its pieces and in `bytes[start..end)` behind them. */
  #readHeader(bytes: Uint8Array, start: number, end: number): void {
    const header: number[] = [];
    const take = (from: number, to: number) => {
      for (let at = from; at < to && header.length < MESSAGE_HEADER_BYTES; at++) {
        header.push(bytes[at]);
      }
    };
    for (let piece = 0; piece < this.#pieces.length; piece += 2) {
      take(this.#pieces[piece], this.#pieces[piece + 1]);
    }
    take(start, end);
    const [type, high, middle, low] = header;
    if (header.length > 0 && type !== CLIENT_HELLO) throw badHello(`message type ${type}`);
    if (header.length < MESSAGE_HEADER_BYTES) return;
    this.#size = MESSAGE_HEADER_BYTES + (high << 16 | middle << 8 | low);
  }

  #checkSize(start: number, end: number): void {
    const missing = this.#size - this.#taken;
    if (start + missing > MAX_BYTES) {
      throw new ProtocolError(
        "client_hello_too_large",
        `Cannot read ClientHello: found more than ${MAX_BYTES} bytes`,
      );
    }
    // RFC 8446 §5.1: a client may not say more before the keys change.
    if (end - start > missing) throw badHello("bytes behind it in its record");
  }

  /** The message, whose last piece is `bytes[start..end)`. */
  #message(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const last = bytes.subarray(start, end);
    if (this.#pieces.length === 0) return last;
    const message = new Uint8Array(this.#size);
    let at = 0;
    for (let piece = 0; piece < this.#pieces.length; piece += 2) {
      const part = bytes.subarray(this.#pieces[piece], this.#pieces[piece + 1]);
      message.set(part, at);
      at += part.length;
    }
    message.set(last, at);
    return message;
  }
}

function mayBeTls(bytes: Uint8Array): boolean {
  return (bytes.length < 1 || bytes[0] === HANDSHAKE) &&
    (bytes.length < 2 || bytes[1] === MAJOR_VERSION);
}

/** The length of the record whose header is at `at`. */
function recordLength(bytes: Uint8Array, at: number): number {
  // RFC 8446 §5.1: no other record may come between the pieces of a message.
  if (bytes[at] !== HANDSHAKE) throw badHello(`a record of type ${bytes[at]} within it`);
  if (bytes[at + 1] !== MAJOR_VERSION) throw badHello("a record of another protocol within it");
  const length = bytes[at + 3] << 8 | bytes[at + 4];
  if (length === 0) throw badHello("an empty record");
  if (length > MAX_RECORD_BYTES) throw badHello(`a record of ${length} bytes`);
  return length;
}
