/**
 * Reads a head's lines.
 *
 * The scanner has checked every byte and marked where lines and names end. Here the head is decoded
 * once, as latin1, and names and values are cut out of that one text.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { HeaderMap } from "../http/mod.ts";
import { commonName } from "./common_names.ts";
import type { HeadMarks } from "./head_scanner.ts";
import { quote } from "./quote.ts";
import { CLASS, CR, isBlank, SP, TARGET, TOKEN } from "./syntax.ts";

/** A head's bytes with their text: `text[i]` is the byte `bytes[base + i]`. */
export interface HeadText {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly text: string;
  readonly marks: HeadMarks;
}

/** What HTTP/2 begins with, as far as it looks like a head (RFC 9113 §3.4). */
const HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\n";

const ASCII = new TextDecoder();
const ZERO = 0x30;

/**
 * Decodes the head of that size at `base`. UTF-8's decoder is the fast one, and equal to latin1 for
 * ASCII.
 */
export function decodeHead(
  bytes: Uint8Array,
  base: number,
  size: number,
  marks: HeadMarks,
): HeadText {
  const isWhole = base === 0 && size === bytes.length;
  const part = isWhole ? bytes : bytes.subarray(base, base + size);
  return { bytes, base, marks, text: marks.hasObsText ? latin1(part) : ASCII.decode(part) };
}

/** The request line's parts. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: 0 | 1;
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
  };
}

/** The status line's parts. */
export interface StatusLine {
  readonly status: number;
  readonly reason: string;
  readonly minorVersion: 0 | 1;
}

/** Reads `HTTP/1.x SP status SP [reason] CRLF` (RFC 9112 §4). */
export function parseStatusLine(head: HeadText): StatusLine {
  const { bytes, base, text } = head;
  const minorVersion = parseVersion(head, base, SP);
  let at = base + 9, status = 0;
  while (at < base + 12 && isDigit(bytes[at])) status = status * 10 + bytes[at++] - ZERO;
  // Three digits, or it is below 100.
  if (status < 100 || status > 599 || (bytes[at] !== SP && bytes[at] !== CR)) {
    throw new ProtocolError(
      "bad_status_line",
      `Cannot parse status line: found ${quoteLine(head)}`,
    );
  }
  // The space before an empty reason is required, and often left out: there is no doubt without it.
  if (bytes[at] === SP) at++;
  const reason = text.slice(at - base, head.marks.fieldsStart - 2);
  return { status, reason, minorVersion };
}

/** Reads the fields into `headers` (RFC 9112 §5). */
export function parseFields(head: HeadText, headers: HeaderMap): void {
  const { bytes, base, text, marks: { fieldsStart, places, count } } = head;
  let nameStart = fieldsStart;
  for (let mark = 0; mark < count; mark += 2) {
    const colon = places[mark], lineEnd = places[mark + 1];
    let valueStart = colon + 1, valueEnd = lineEnd;
    // The CR at the line's end stops this as well.
    while (isBlank(bytes[base + valueStart])) valueStart++;
    while (valueEnd > valueStart && isBlank(bytes[base + valueEnd - 1])) valueEnd--;
    const name = commonName(bytes, base + nameStart, base + colon) ??
      text.slice(nameStart, colon).toLowerCase();
    headers.append(name, text.slice(valueStart, valueEnd));
    nameStart = lineEnd + 2;
  }
}

function parseVersion(head: HeadText, at: number, delimiter: number): 0 | 1 {
  const { bytes, base, text } = head;
  const from = at - base;
  if (text.startsWith("HTTP/1.", from) && bytes[at + 8] === delimiter) {
    if (bytes[at + 7] === 0x31) return 1;
    if (bytes[at + 7] === 0x30) return 0;
  }
  if (text === HTTP2_PREFACE) {
    throw new ProtocolError(
      "http2_preface",
      "Cannot parse version: found HTTP/2's preface, expected HTTP/1.1: make the client speak that",
    );
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
  return byte >= ZERO && byte <= ZERO + 9;
}

function quoteLine(head: HeadText): string {
  return quote(head.text.slice(0, head.text.indexOf("\r")));
}

function requestLineError(head: HeadText, what: string): ProtocolError {
  return new ProtocolError(
    "bad_request_line",
    `Cannot parse request line: found ${what} in ${quoteLine(head)}`,
  );
}
