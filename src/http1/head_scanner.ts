/**
 * Finds a head's end, and where its lines and names end on the way.
 *
 * Strategy: each byte is looked at once, however many pieces a head comes in, and refused at once
 * when it may not stand where it stands. What is left for the parser is to cut along the marks.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { CLASS, COLON, CR, FIELD, isBlank, LF, TOKEN } from "./syntax.ts";

/** How large a head, or a trailer section, may be; a larger one is answered 431. */
export interface HeadLimits {
  /** Bytes, the start line and the empty line included. */
  readonly headBytes: number;
  /** Fields. */
  readonly headFields: number;
}

/** Envoy's defaults: `max_request_headers_kb` and `max_headers_count`. */
export const HEAD_LIMITS: HeadLimits = { headBytes: 60 * 1024, headFields: 100 };

/** The first byte of whatever a TLS client says first. */
const TLS_HANDSHAKE = 0x16;

/** No colon was found on this line yet. */
const NO_COLON = -1;
/** A request or status line, which has no name. */
const START_LINE = 0;

/** Where things are in a head; places are counted from its first byte. */
export interface HeadMarks {
  /** The first field, right behind the start line if there is one. */
  readonly fieldsStart: number;
  /** Two places a field: its colon, and the CR that ends its line. */
  readonly places: readonly number[];
  /** How many of `places` belong to this head. */
  readonly count: number;
  /** True when the head has a byte ≥ 0x80. */
  readonly hasObsText: boolean;
}

/** Walks a head that comes in any number of pieces. Its marks hold from its end until `reset()`. */
export class HeadScanner implements HeadMarks {
  /** See `HeadMarks`. */
  fieldsStart = 0;
  /** See `HeadMarks`. */
  readonly places: number[] = [];
  /** See `HeadMarks`. */
  count = 0;
  readonly #firstLine: number;
  readonly #maxBytes: number;
  readonly #maxFields: number;
  #at = 0;
  #lineStart = 0;
  #colon: number;
  #high = 0;

  /** For a head with its start line, or for a trailer section, which has none. */
  constructor(kind: "head" | "trailers", limits: HeadLimits = HEAD_LIMITS) {
    this.#maxBytes = limits.headBytes;
    this.#maxFields = limits.headFields;
    this.#firstLine = kind === "head" ? START_LINE : NO_COLON;
    this.#colon = this.#firstLine;
  }

  /** See `HeadMarks`. */
  get hasObsText(): boolean {
    return this.#high >= 0x80;
  }

  /** Forgets the last head. */
  reset(): void {
    this.fieldsStart = this.count = 0;
    this.#at = this.#lineStart = this.#high = 0;
    this.#colon = this.#firstLine;
  }

  /**
   * The length of the head in `bytes[start..end)`, its empty line included, or 0 when it isn't all
   * there yet. `start` stands at the same byte at each call until `reset()`. Fails with a
   * ProtocolError.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.#maxBytes);
    let at = start + this.#at, lineStart = start + this.#lineStart;
    let colon = this.#colon, high = this.#high, byte = 0;
    for (;;) {
      if (colon === NO_COLON) {
        while (at < stop && CLASS[byte = bytes[at]] & TOKEN) at++;
        if (at === stop) break;
        if (byte === COLON && at > lineStart) colon = at - start;
        else if (byte !== CR || at > lineStart) throw nameError(byte, at === lineStart);
      }
      while (at < stop && CLASS[byte = bytes[at]] & FIELD) {
        high |= byte;
        at++;
      }
      if (at === stop) break;
      if (byte !== CR) throw at === start ? beginningError(byte) : byteError(byte);
      if (at + 1 === stop) break;
      if (bytes[at + 1] !== LF) throw lineError("a bare CR");
      if (at === lineStart) {
        this.#high = high;
        return at + 2 - start;
      }
      this.#mark(colon, at - start);
      at += 2;
      lineStart = at;
      colon = NO_COLON;
    }
    if (end - start >= this.#maxBytes) throw tooLarge(`over ${this.#maxBytes} bytes`);
    this.#at = at - start;
    this.#lineStart = lineStart - start;
    this.#colon = colon;
    this.#high = high;
    return 0;
  }

  #mark(colon: number, lineEnd: number): void {
    if (colon === START_LINE) {
      this.fieldsStart = lineEnd + 2;
      return;
    }
    if (this.count === 2 * this.#maxFields) throw tooLarge(`over ${this.#maxFields} fields`);
    this.places[this.count++] = colon;
    this.places[this.count++] = lineEnd;
  }
}

/** RFC 9112 §5.1 and §5.2: the first two have been used to hide a field from one of two parsers. */
function nameError(byte: number, first: boolean): ProtocolError {
  if (isBlank(byte)) {
    if (first) return new ProtocolError("obs_fold", "Cannot parse field: found a folded line");
    return fieldError("white space before the colon");
  }
  if (byte === CR) return fieldError("a line without a colon");
  return CLASS[byte] & FIELD ? fieldError("a name that is not a token") : byteError(byte);
}

function fieldError(found: string): ProtocolError {
  return new ProtocolError("bad_field_name", `Cannot parse field: found ${found}`);
}

function byteError(byte: number): ProtocolError {
  return lineError(byte === LF ? "a bare LF" : `control byte 0x${byte.toString(16)}`);
}

/** A head can't begin with a control byte, but TLS does (RFC 8446 §5.1: content type 22). */
function beginningError(byte: number): ProtocolError {
  if (byte !== TLS_HANDSHAKE) return byteError(byte);
  return new ProtocolError(
    "tls_on_plain_port",
    "Cannot parse head: found a TLS handshake, expected plain HTTP: " +
      "call it with http://, or give the listener a certificate",
  );
}

function lineError(found: string): ProtocolError {
  return new ProtocolError("bad_line", `Cannot parse head: found ${found}`);
}

function tooLarge(found: string): ProtocolError {
  return new ProtocolError("head_too_large", `Cannot take head: found ${found}`, { status: 431 });
}
