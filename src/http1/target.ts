/**
 * What a request asks for: its target and its Host (RFC 9112 §3.2, §3.3).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { HeaderMap } from "../http/mod.ts";
import type { RequestLine } from "./head_parser.ts";
import { quote } from "./quote.ts";

/** Where a request wants to go. */
export interface Target {
  /** Path and query, beginning with `/`; `*` for asterisk-form. */
  readonly path: string;
  /** Host and port, as they were sent; empty when HTTP/1.0 sent none. */
  readonly authority: string;
}

// RFC 3986 §3.2.2, without percent-encoding, which no host on the web uses and parsers disagree on;
// the underscore is no host name's but is common in private ones.
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]{2,}\]|[A-Za-z0-9._~!$&'()*+,;=-]+)(?::[0-9]{0,5})?$/;
const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * Reads a request's target and Host together. Fails with 400, or 405 for CONNECT. The authority is
 * empty when nobody names it, as HTTP/1.0 allows.
 */
export function parseTarget(line: RequestLine, headers: HeaderMap): Target {
  const { method, target } = line;
  if (method === "CONNECT") {
    throw new ProtocolError("connect", "Cannot take CONNECT: this is no forward proxy", {
      status: 405,
    });
  }
  const host = parseHost(headers, line.minorVersion);
  if (target.charCodeAt(0) === 0x2f) return { path: target, authority: host };
  if (target === "*" && method === "OPTIONS") return { path: "*", authority: host };
  const absolute = ABSOLUTE.exec(target);
  if (absolute === null) throw badTarget(target);
  const [, scheme, authority, rest] = absolute;
  // RFC 9112 §3.2.2 has the target win over Host. Stricter here: whoever is behind us may read Host,
  // and two names for one request are how caches are poisoned.
  const contradicted = host !== "" &&
    withoutDefaultPort(host, scheme) !== withoutDefaultPort(authority, scheme);
  if (contradicted || !AUTHORITY.test(authority)) throw badTarget(target);
  return { path: rest.startsWith("/") ? rest : `/${rest}`, authority };
}

/** `a.test` and `A.test:80` are one place for http (RFC 9110 §4.2.3). */
function withoutDefaultPort(authority: string, scheme: string): string {
  const port = scheme.toLowerCase() === "https" ? ":443" : ":80";
  const name = authority.toLowerCase();
  return name.endsWith(port) ? name.slice(0, -port.length) : name;
}

function parseHost(headers: HeaderMap, minorVersion: 0 | 1): string {
  const at = headers.names.indexOf("host");
  if (at < 0) {
    // RFC 9112 §3.2: HTTP/1.1 made it a duty.
    if (minorVersion === 0) return "";
    throw new ProtocolError("no_host", "Cannot take request: found no Host");
  }
  if (headers.names.indexOf("host", at + 1) >= 0) {
    throw new ProtocolError("two_hosts", "Cannot take request: found Host twice");
  }
  const host = headers.values[at];
  if (!AUTHORITY.test(host)) {
    throw new ProtocolError("bad_host", `Cannot parse Host: found ${quote(host)}`);
  }
  return host;
}

function badTarget(target: string): ProtocolError {
  return new ProtocolError("bad_target", `Cannot parse target: found ${quote(target)}`);
}
