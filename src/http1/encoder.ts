/**
 * The writing half: heads and chunks into an output buffer. What these write, the decoder reads.
 *
 * Framing fields are written here and nowhere else, from the framing that was decided on, so that a
 * head can't say one length and its body have another.
 *
 * @module
 */

import type { Framing, HeaderMap } from "../http/mod.ts";
import type { OutputBuffer } from "./output_buffer.ts";

/** A request's head. */
export interface RequestToEncode {
  /** A token. */
  readonly method: string;
  /** The target, in any form. */
  readonly target: string;
  /** All fields but the framing's. */
  readonly headers: HeaderMap;
  /** How the body ends; never `eof`. */
  readonly framing: Framing;
}

/** A response's head. */
export interface ResponseToEncode {
  /** 100 to 599. */
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  /** All fields but the framing's; a bodiless answer may tell a length in them (RFC 9110 §8.6). */
  readonly headers: HeaderMap;
  /** How the body ends. */
  readonly framing: Framing;
}

/** Writes a request's head. */
export function encodeRequestHead(out: OutputBuffer, head: RequestToEncode): void {
  out.text(
    `${head.method} ${head.target} HTTP/1.1\r\n` + fields(head.headers) +
      framingField(head.framing),
  );
}

/** Writes a response's head; with framing `none`, no framing field at all. */
export function encodeResponseHead(out: OutputBuffer, head: ResponseToEncode): void {
  out.text(
    `HTTP/1.1 ${head.status} ${head.reason}\r\n` + fields(head.headers) +
      framingField(head.framing),
  );
}

/** Writes what stands before a chunk's data. `size` is at least 1. */
export function encodeChunkStart(out: OutputBuffer, size: number): void {
  out.text(`${size.toString(16)}\r\n`);
}

/** Stands behind a chunk's data. */
export const CHUNK_END = "\r\n";
/** Ends a chunked body, without trailers. */
export const LAST_CHUNK = "0\r\n\r\n";

function fields(headers: HeaderMap): string {
  const { names, values } = headers;
  let text = "";
  for (let at = 0; at < names.length; at++) text += `${names[at]}: ${values[at]}\r\n`;
  return text;
}

/** The framing field, if any, and the empty line. */
function framingField(framing: Framing): string {
  switch (framing.kind) {
    case "length":
      return `content-length: ${framing.size}\r\n\r\n`;
    case "chunked":
      return "transfer-encoding: chunked\r\n\r\n";
    case "eof":
    case "none":
      return "\r\n";
  }
}
