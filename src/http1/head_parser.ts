/**
 * Finds a head's end by bytes, then reads its lines.
 *
 * A head is walked twice. The first walk (`HeadScanner`) finds the empty line, resumes where it
 * stopped when more bytes come, and refuses every byte that may stand nowhere in a head, so that
 * the second may rely on well-formed line ends. The second walks the bytes again for structure and
 * cuts names and values out of one latin1 string: one decode a head.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { HeaderMap } from "../http/mod.ts";
import { quote } from "./quote.ts";
import { CLASS, COLON, CR, FIELD, HT, LF, SP, TARGET, TOKEN, UPPER } from "./syntax.ts";

/** Envoy's `max_request_headers_kb`; a longer head is answered 431. */
const MAX_HEAD_BYTES = 60 * 1024;
/** Envoy's `max_headers_count`; more fields are answered 431. */
const MAX_FIELDS = 100;

/** Looks for the end of a head that may come in any number of pieces. */
export class HeadScanner {
  #scanned = 0;
  #lineStart = 0;
  #high = 0;

  /** True when the head that was found holds a byte ≥ 0x80. */
  get hasObsText(): boolean {
    return this.#high >= 0x80;
  }

  /** Forgets the last head. */
  reset(): void {
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#high = 0;
  }

  /**
   * The length of the head in `bytes[start..end)`, its empty line included, or 0 when it isn't all
   * there yet. `start` stands at the same byte at each call until `reset()`.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start + this.#scanned;
    let lineStart = start + this.#lineStart;
    let high = this.#high;
    const stop = Math.min(end, start + MAX_HEAD_BYTES);
    for (; at < stop; at++) {
      const byte = bytes[at];
      if (CLASS[byte] & FIELD) {
        high |= byte;
      } else if (byte === CR) {
        if (at + 1 >= stop) break;
        if (bytes[at + 1] !== LF) throw lineError("a bare CR");
        if (at === lineStart) {
          this.#high = high;
          return at + 2 - start;
        }
        at++;
        lineStart = at + 1;
      } else {
        throw lineError(byte === LF ? "a bare LF" : `control byte ${hexByte(byte)}`);
      }
    }
    if (end - start >= MAX_HEAD_BYTES) throw tooLarge(`over ${MAX_HEAD_BYTES} bytes`);
    this.#scanned = at - start;
    this.#lineStart = lineStart - start;
    this.#high = high;
    return 0;
  }
}

/** A head's bytes with their text: `text[i]` is the byte `bytes[base + i]`. */
export interface HeadText {
  readonly bytes: Uint8Array;
  readonly base: number;
  /** Behind the last byte, the empty line included. */
  readonly end: number;
  readonly text: string;
}

const ASCII = new TextDecoder();

/** Decodes a head once. UTF-8's decoder is the fast one, and equal to latin1 for ASCII. */
export function decodeHead(
  bytes: Uint8Array,
  base: number,
  end: number,
  hasObsText: boolean,
): HeadText {
  const part = bytes.subarray(base, end);
  return { bytes, base, end, text: hasObsText ? latin1(part) : ASCII.decode(part) };
}

/** The request line's parts. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: 0 | 1;
  /** The index in `bytes` of the first field. */
  readonly next: number;
}

/** Reads `method SP target SP HTTP/1.x CRLF` (RFC 9112 §3). */
export function parseRequestLine(head: HeadText): RequestLine {
  const { bytes, base, text } = head;
  let at = base;
  while (CLASS[bytes[at]] & TOKEN) at++;
  const methodEnd = at;
  if (methodEnd === base || bytes[at] !== SP) throw requestLineError(head, "no method");
  at++;
  const targetStart = at;
  while (CLASS[bytes[at]] & TARGET) at++;
  const targetEnd = at;
  if (targetEnd === targetStart || bytes[at] !== SP) {
    throw requestLineError(head, "no valid target");
  }
  return {
    method: text.slice(0, methodEnd - base),
    target: text.slice(targetStart - base, targetEnd - base),
    minorVersion: parseVersion(head, at + 1, CR),
    next: at + 11,
  };
}

/** The status line's parts. */
export interface StatusLine {
  readonly status: number;
  readonly reason: string;
  readonly minorVersion: 0 | 1;
  /** The index in `bytes` of the first field. */
  readonly next: number;
}

/** Reads `HTTP/1.x SP status SP [reason] CRLF` (RFC 9112 §4). */
export function parseStatusLine(head: HeadText): StatusLine {
  const { bytes, base, text } = head;
  const minorVersion = parseVersion(head, base, SP);
  const status = Number(text.slice(9, 12));
  let at = base + 12;
  const digits = [9, 10, 11].every((offset) => isDigit(bytes[base + offset]));
  if (!digits || status < 100 || status > 599 || (bytes[at] !== SP && bytes[at] !== CR)) {
    throw new ProtocolError(
      "bad_status_line",
      `Cannot parse status line: found ${quoteLine(head)}`,
    );
  }
  // The space before an empty reason is required, and often left out: there is no doubt without it.
  if (bytes[at] === SP) at++;
  const reasonStart = at;
  while (bytes[at] !== CR) at++;
  return { status, reason: text.slice(reasonStart - base, at - base), minorVersion, next: at + 2 };
}

/** Reads the fields from `at` to the empty line into `headers` (RFC 9112 §5). */
export function parseFields(head: HeadText, at: number, headers: HeaderMap): void {
  const { bytes, base, text } = head;
  const end = head.end - 2;
  while (at < end) {
    const nameStart = at;
    let seen = 0, flags = 0;
    while ((flags = CLASS[bytes[at]]) & TOKEN) {
      seen |= flags;
      at++;
    }
    if (bytes[at] !== COLON || at === nameStart) throw fieldError(bytes, nameStart, at);
    const name = text.slice(nameStart - base, at - base);
    at++;
    while (bytes[at] === SP || bytes[at] === HT) at++;
    const valueStart = at;
    while (bytes[at] !== CR) at++;
    let valueEnd = at;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HT)) {
      valueEnd--;
    }
    if (headers.size >= MAX_FIELDS) throw tooLarge(`over ${MAX_FIELDS} fields`);
    headers.append(
      seen & UPPER ? name.toLowerCase() : name,
      text.slice(valueStart - base, valueEnd - base),
    );
    at += 2;
  }
}

function parseVersion(head: HeadText, at: number, delimiter: number): 0 | 1 {
  const { bytes, base, text } = head;
  const from = at - base;
  if (text.startsWith("HTTP/1.", from) && bytes[at + 8] === delimiter) {
    if (bytes[at + 7] === 0x31) return 1;
    if (bytes[at + 7] === 0x30) return 0;
  }
  throw new ProtocolError(
    "bad_version",
    `Cannot parse version: found ${quoteLine(head)}, expected HTTP/1.1`,
  );
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  // `apply` puts every byte on the stack as an argument: in slices, so that 60 KiB fit.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[]);
  }
  return text;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

function quoteLine(head: HeadText): string {
  return quote(head.text.slice(0, head.text.indexOf("\r")));
}

function lineError(what: string): ProtocolError {
  return new ProtocolError("bad_line", `Cannot parse head: found ${what}`);
}

function requestLineError(head: HeadText, what: string): ProtocolError {
  return new ProtocolError(
    "bad_request_line",
    `Cannot parse request line: found ${what} in ${quoteLine(head)}`,
  );
}

function fieldError(bytes: Uint8Array, nameStart: number, at: number): ProtocolError {
  const byte = bytes[at];
  const blank = byte === SP || byte === HT;
  // RFC 9112 §5.1 and §5.2: both have been used to hide a field from one of two parsers.
  if (blank && at === nameStart) {
    return new ProtocolError("obs_fold", "Cannot parse field: found a folded line");
  }
  const found = blank ? "white space before the colon" : "a name that is not a token";
  return new ProtocolError("bad_field_name", `Cannot parse field: found ${found}`);
}

function tooLarge(found: string): ProtocolError {
  return new ProtocolError("head_too_large", `Cannot take head: found ${found}`, { status: 431 });
}
