/**
 * The chunked transfer coding (RFC 9112 §7.1).
 *
 * Strategy: a line (a chunk's size, the CRLF behind its data, the trailer section) is read when
 * all of it is in the buffer; data is handed on as it comes. Chunk extensions are checked and
 * dropped, trailers are checked and dropped, as Envoy does without `enable_trailers`.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { HeaderMap } from "../http/mod.ts";
import { type BodyDecoder, END, NEED_DATA, truncatedBody } from "./body.ts";
import { decodeHead, parseFields } from "./head_parser.ts";
import { HEAD_LIMITS, type HeadLimits, HeadScanner } from "./head_scanner.ts";
import type { InputBuffer } from "./input_buffer.ts";
import { BACKSLASH, CLASS, CR, EQUALS, FIELD, HEX, LF, QUOTE, SEMICOLON, TOKEN } from "./syntax.ts";

/** A size with its extensions; nobody sends more than a few, and each is work for nothing. */
const MAX_SIZE_LINE_BYTES = 1024;
/** 2^53−1 has 14 digits; zeros in front are allowed up to here. */
const MAX_SIZE_DIGITS = 16;

/** Fields that may not come after the body they would have changed (RFC 9110 §6.5.1). */
const NEVER_TRAILERS: ReadonlySet<string> = new Set([
  "transfer-encoding",
  "content-length",
  "host",
  "connection",
  "upgrade",
  "te",
  "trailer",
  "expect",
  "content-encoding",
  "content-type",
  "content-range",
  "authorization",
  "cookie",
  "set-cookie",
  "cache-control",
]);

/** What comes next, and what may follow it. */
type State = "size" | "data" | "data_end" | "trailers" | "done";

/** Takes a chunked body out of the bytes that come. */
export class ChunkedDecoder implements BodyDecoder {
  #state: State = "size";
  #left = 0;
  readonly #trailers: HeadScanner;

  /** `limits` are for the trailer section. */
  constructor(limits: HeadLimits = HEAD_LIMITS) {
    this.#trailers = new HeadScanner("trailers", limits);
  }

  /** See `BodyDecoder.next`. */
  next(input: InputBuffer): Uint8Array | typeof NEED_DATA | typeof END {
    for (;;) {
      switch (this.#state) {
        case "size": {
          const size = takeSize(input);
          if (size === NEED_DATA) return NEED_DATA;
          this.#left = size;
          this.#state = size === 0 ? "trailers" : "data";
          break;
        }
        case "data": {
          if (input.length === 0) return NEED_DATA;
          const size = Math.min(this.#left, input.length);
          const piece = input.bytes.subarray(input.start, input.start + size);
          input.start += size;
          this.#left -= size;
          if (this.#left === 0) this.#state = "data_end";
          return piece;
        }
        case "data_end":
          if (!takeDataEnd(input)) return NEED_DATA;
          this.#state = "size";
          break;
        case "trailers":
          if (!this.#takeTrailers(input)) return NEED_DATA;
          this.#state = "done";
          break;
        case "done":
          return END;
      }
    }
  }

  /** See `BodyDecoder.endOfInput`. */
  endOfInput(): void {
    if (this.#state !== "done") throw truncatedBody("the last chunk");
  }

  #takeTrailers(input: InputBuffer): boolean {
    const size = this.#trailers.scan(input.bytes, input.start, input.end);
    if (size === 0) return false;
    const fields = new HeaderMap();
    parseFields(decodeHead(input.bytes, input.start, size, this.#trailers), fields);
    const forbidden = fields.names.find((name) => NEVER_TRAILERS.has(name));
    if (forbidden !== undefined) {
      throw new ProtocolError("bad_trailer", `Cannot take trailers: found ${forbidden}`);
    }
    input.start += size;
    return true;
  }
}

/** Reads `size [;extensions] CRLF` when the line is complete. */
function takeSize(input: InputBuffer): number | typeof NEED_DATA {
  const { bytes, start, end } = input;
  let at = start, size = 0;
  while (at < end && CLASS[bytes[at]] & HEX) {
    if (at - start >= MAX_SIZE_DIGITS) throw sizeError(input);
    size = size * 16 + hexValue(bytes[at]);
    at++;
  }
  if (at === end) return NEED_DATA;
  if (at === start || size > Number.MAX_SAFE_INTEGER) throw sizeError(input);
  if (bytes[at] === SEMICOLON) {
    const extensionsEnd = skipExtensions(bytes, at, end);
    if (extensionsEnd === NEED_DATA || extensionsEnd - start > MAX_SIZE_LINE_BYTES) {
      if (end - start > MAX_SIZE_LINE_BYTES) throw extensionError();
      return NEED_DATA;
    }
    at = extensionsEnd;
  }
  if (bytes[at] !== CR) throw sizeError(input);
  if (at + 1 === end) return NEED_DATA;
  if (bytes[at + 1] !== LF) throw sizeError(input);
  input.start = at + 2;
  return size;
}

/**
 * Skips `*( ";" name [ "=" value ] )`, without the white space that RFC 9112 §7.1.1 has senders
 * leave out: gives the place of the byte behind it.
 */
function skipExtensions(bytes: Uint8Array, at: number, end: number): number | typeof NEED_DATA {
  // What is skipped ends before `end`, or the line isn't all there: so `at` is always a byte of it.
  while (bytes[at] === SEMICOLON) {
    const name = skipToken(bytes, at + 1, end);
    if (name === end) return NEED_DATA;
    if (name === at + 1) throw extensionError();
    at = name;
    if (bytes[at] !== EQUALS) continue;
    const valueStart = at + 1;
    if (valueStart === end) return NEED_DATA;
    const value = bytes[valueStart] === QUOTE
      ? skipQuoted(bytes, valueStart + 1, end)
      : skipToken(bytes, valueStart, end);
    if (value === NEED_DATA || value === end) return NEED_DATA;
    if (value === valueStart) throw extensionError();
    at = value;
  }
  if (bytes[at] !== CR) throw extensionError();
  return at;
}

function skipToken(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && CLASS[bytes[at]] & TOKEN) at++;
  return at;
}

function skipQuoted(bytes: Uint8Array, at: number, end: number): number | typeof NEED_DATA {
  for (; at < end; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH && ++at === end) return NEED_DATA;
    if (!(CLASS[bytes[at]] & FIELD)) throw extensionError();
  }
  return NEED_DATA;
}

/** Takes the CRLF behind a chunk's data. */
function takeDataEnd(input: InputBuffer): boolean {
  const { bytes, start } = input;
  if (input.length === 0) return false;
  if (bytes[start] !== CR || (input.length > 1 && bytes[start + 1] !== LF)) {
    throw new ProtocolError(
      "bad_chunk_end",
      "Cannot parse chunk: found no CRLF behind its data",
    );
  }
  if (input.length < 2) return false;
  input.start += 2;
  return true;
}

function hexValue(digit: number): number {
  return digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57;
}

function sizeError(input: InputBuffer): ProtocolError {
  const shown = input.bytes.subarray(input.start, Math.min(input.end, input.start + 20));
  const text = JSON.stringify(String.fromCharCode(...shown));
  return new ProtocolError("bad_chunk_size", `Cannot parse chunk size: found ${text}`);
}

function extensionError(): ProtocolError {
  return new ProtocolError(
    "bad_chunk_extension",
    "Cannot parse chunk extension: found neither a token nor a quoted string",
  );
}
