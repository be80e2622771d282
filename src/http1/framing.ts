/**
 * How long a message is (RFC 9112 §6). Whatever two parsers could read differently is refused: a
 * proxy that guesses lets one client write into another's connection.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { Framing, HeaderMap } from "../http/mod.ts";
import { quote } from "./quote.ts";
import { isToken, trimBlanks } from "./syntax.ts";

/** No body. */
export const NO_BODY: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };
const UNTIL_EOF: Framing = { kind: "eof" };

/** How a request's body ends. Fails with 400, or 501 for an unknown coding. */
export function requestFraming(headers: HeaderMap, minorVersion: 0 | 1): Framing {
  return statedFraming(headers, minorVersion) ?? NO_BODY;
}

/** How the body of a response to `method` ends. Fails where the response can't be framed. */
export function responseFraming(
  headers: HeaderMap,
  minorVersion: 0 | 1,
  response: { status: number; method: string },
): Framing {
  const stated = statedFraming(headers, minorVersion);
  const { status, method } = response;
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return NO_BODY;
  return stated ?? UNTIL_EOF;
}

function statedFraming(headers: HeaderMap, minorVersion: 0 | 1): Framing | null {
  const codingAt = headers.names.indexOf("transfer-encoding");
  const lengthAt = headers.names.indexOf("content-length");
  if (codingAt < 0) return lengthAt < 0 ? null : lengthFraming(headers, lengthAt);
  if (lengthAt >= 0) {
    // RFC 9112 §6.1: both given is an attack until proven otherwise.
    throw new ProtocolError(
      "length_and_coding",
      "Cannot frame message: found both Content-Length and Transfer-Encoding",
    );
  }
  if (minorVersion === 0) {
    throw new ProtocolError(
      "coding_in_http10",
      "Cannot frame message: found Transfer-Encoding in HTTP/1.0",
    );
  }
  return codingFraming(headers, codingAt);
}

function codingFraming(headers: HeaderMap, at: number): Framing {
  const single = headers.names.indexOf("transfer-encoding", at + 1) < 0;
  if (single && headers.values[at].toLowerCase() === "chunked") return CHUNKED;
  const value = headers.getAll("transfer-encoding").join(", ");
  const codings = value.toLowerCase().split(",").map(trimBlanks);
  // Well formed but unknown is 501 (RFC 9112 §6.1). Anything dressed up, and anything over chunked
  // (RFC 9112 §6.3), is 400.
  const unknown = codings.every(isToken) && !codings.slice(0, -1).includes("chunked");
  throw new ProtocolError(
    unknown ? "unknown_coding" : "bad_coding",
    `Cannot frame message: found Transfer-Encoding ${quote(value)}`,
    { status: unknown ? 501 : 400 },
  );
}

function lengthFraming(headers: HeaderMap, at: number): Framing {
  const value = headers.values[at];
  let next = at;
  while ((next = headers.names.indexOf("content-length", next + 1)) >= 0) {
    if (headers.values[next] !== value) {
      throw new ProtocolError(
        "different_lengths",
        "Cannot frame message: found Content-Length twice with different values",
      );
    }
  }
  return { kind: "length", size: parseLength(value) };
}

function parseLength(value: string): number {
  const size = /^[0-9]{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(size)) {
    throw new ProtocolError(
      "bad_length",
      `Cannot parse Content-Length: found ${quote(value)}`,
    );
  }
  return size;
}
