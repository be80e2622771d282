/**
 * What a request is matched against, as text: paths, domains, header names. The same for both
 * forms, so that whatever one can say the other can say as well.
 *
 * @module
 */

import type { Reading } from "./dialect.ts";

/** Reads a path. A request's always begins with "/", and is matched without its query. */
export function parsePath(text: string): Reading<string> {
  return /^\/[^\s?#]*$/.test(text)
    ? { value: text }
    : { expected: 'a path that begins with "/", without a query' };
}

/** As `parsePath`; empty text takes every request, also `OPTIONS *`. */
export function parsePrefix(text: string): Reading<string> {
  return text === "" ? { value: "" } : parsePath(text);
}

/** Reads what takes a matched prefix's place; it may go on with a query. */
export function parseRewrite(text: string): Reading<string> {
  return /^\/[^\s#]*$/.test(text) ? { value: text } : { expected: 'a path that begins with "/"' };
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

/** Reads a header's name, lower case. RFC 9110 §5.6.2, §5.1. */
export function parseHeaderName(text: string): Reading<string> {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)) return { value: text.toLowerCase() };
  const hint = text.startsWith(":") ? "; pseudo headers are not supported" : "";
  return { expected: "a header's name", hint };
}
