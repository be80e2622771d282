/**
 * What a request is matched against, as text: paths, domains, names. The same for both
 * forms, so that whatever one can say the other can say as well.
 *
 * @module
 */

import type { Reading } from "./dialect.ts";
import { quote } from "./problem.ts";

/** Reads a path. A request's always begins with "/", and is matched without its query. */
export function parsePath(text: string): Reading<string> {
  return /^\/[!"$->@-~]*$/.test(text)
    ? { value: text }
    : { expected: 'a path that begins with "/", without a query', hint: encodingHint(text) };
}

/** As `parsePath`; empty text takes every request, also `OPTIONS *`. */
export function parsePrefix(text: string): Reading<string> {
  return text === "" ? { value: "" } : parsePath(text);
}

/** Reads what takes a matched prefix's place; it may go on with a query. It is sent as it stands. */
export function parseRewrite(text: string): Reading<string> {
  return /^\/[!"$-~]*$/.test(text)
    ? { value: text }
    : { expected: 'a path that begins with "/", without a fragment', hint: encodingHint(text) };
}

/** A request's target is printable ASCII without a space (RFC 9112 §3.2, RFC 3986 §2). */
function encodingHint(text: string): string {
  const [foreign] = /[^!-~]/u.exec(text) ?? [];
  return foreign === undefined ? "" : `; percent-encode ${quote(foreign)}`;
}

/** Characters in a domain: 253 of a name (RFC 1035 §2.3.4), `*.` and a port. */
export const MAX_DOMAIN = 261;

/** Reads a domain of Envoy's kind, lower case: a star may stand at either end. */
export function parseDomain(text: string): Reading<string> {
  const value = text.toLowerCase();
  return value.length <= MAX_DOMAIN && /^(\*|\*?[^\s*/]+|[^\s*/]+\*)$/.test(value)
    ? { value }
    : { expected: 'a host name, "*.suffix", "prefix.*" or "*"' };
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/; // RFC 9110 §5.6.2

/** Reads a header's name, lower case. RFC 9110 §5.1. */
export function parseHeaderName(text: string): Reading<string> {
  if (TOKEN.test(text)) return { value: text.toLowerCase() };
  const hint = text.startsWith(":") ? "; pseudo headers are not supported" : "";
  return { expected: "a header's name", hint };
}

/**
 * Reads a protocol that Upgrade may name, lower case: a name, a version behind it (RFC 9110 §7.8).
 * Not h2c: once upgraded, a client's requests would reach the upstream unseen, past every route.
 */
export function parseProtocol(text: string): Reading<string> {
  const expected = "a protocol such as websocket";
  const value = text.toLowerCase();
  if (value === "h2c") return { expected, found: "h2c, which is not supported" };
  if (value === "*") return { expected, hint: "; name each one" };
  const [name, version = "1", ...rest] = value.split("/");
  return TOKEN.test(name) && TOKEN.test(version) && rest.length === 0 ? { value } : { expected };
}
