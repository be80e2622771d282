/**
 * The Connection field: whether the connection goes on, and which fields end here (RFC 9110 §7.6.1).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { HeaderMap } from "../http/mod.ts";
import { quote } from "./quote.ts";
import { trimBlanks } from "./syntax.ts";

/** What a message's Connection field says. */
export interface ConnectionOptions {
  /** The sender closes behind this message. */
  readonly close: boolean;
  /** HTTP/1.0's way to go on. */
  readonly keepAlive: boolean;
  /** Lower-case names of fields that are meant for the next hop only; usually none. */
  readonly nominated: readonly string[];
}

const NONE: ConnectionOptions = { close: false, keepAlive: false, nominated: [] };
const CLOSE: ConnectionOptions = { close: true, keepAlive: false, nominated: [] };
const KEEP_ALIVE: ConnectionOptions = { close: false, keepAlive: true, nominated: [] };

/** Envoy refuses a Connection field of this many tokens. */
const MAX_TOKENS = 10;

/** To nominate one of these would take from the next hop what it needs to read the message right. */
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "host",
  "content-length",
  "authorization",
  "cookie",
]);

/** Reads the Connection fields. Fails with 400 for a list that is meant to harm. */
export function parseConnection(headers: HeaderMap): ConnectionOptions {
  const value = headers.joined("connection");
  if (value === null) return NONE;
  // Nearly every message has one of these two.
  if (value === "keep-alive" || value === "Keep-Alive") return KEEP_ALIVE;
  if (value === "close") return CLOSE;
  const tokens = value.toLowerCase().split(",").map(trimBlanks).filter(Boolean);
  if (tokens.length >= MAX_TOKENS) {
    throw badConnection(`${tokens.length} tokens`);
  }
  const harmful = tokens.find((token) => NEVER_NOMINATED.has(token) || token.startsWith(":"));
  if (harmful !== undefined) throw badConnection(quote(harmful));
  return {
    close: tokens.includes("close"),
    keepAlive: tokens.includes("keep-alive"),
    nominated: tokens.filter((token) => token !== "close" && token !== "keep-alive"),
  };
}

/** Whether another message may follow on this connection (RFC 9112 §9.3). */
export function persists(options: ConnectionOptions, minorVersion: 0 | 1): boolean {
  return !options.close && (minorVersion === 1 || options.keepAlive);
}

function badConnection(found: string): ProtocolError {
  return new ProtocolError("bad_connection", `Cannot take Connection: found ${found}`);
}
