/**
 * The response as the client gets it.
 *
 * @module
 */

import { type Framing, HeaderMap, type ResponseHead } from "../http/mod.ts";
import { NO_BODY, parseConnection } from "../http1/mod.ts";
import type { Http1ServerSession } from "../session/mod.ts";

/** What genkan calls itself. */
const SERVER = "genkan";

/** What a response is forwarded with. */
export interface ForwardResponseOptions {
  /** The request's method. */
  readonly method: string;
  /** The request's minor version. */
  readonly minorVersion: 0 | 1;
  /** Where it goes; told when the response can only end with the connection. */
  readonly session: Pick<Http1ServerSession, "connectionOption" | "willClose">;
  /** Milliseconds that the upstream took to answer. */
  readonly serviceTimeMs: number;
  /** The current date in HTTP's form. */
  readonly date: string;
}

/** What is written downstream. */
export interface ForwardedResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderMap;
  readonly framing: Framing;
}

/** Builds the client's response (RFC 9110 §7.6; Envoy's header rules). */
export function forwardResponse(
  head: Readonly<ResponseHead>,
  options: ForwardResponseOptions,
): ForwardedResponse {
  const { names, values } = head.headers;
  const { nominated } = parseConnection(head.headers);
  const headers = new HeaderMap();
  // A HEAD or 304 answer tells the length of a body that doesn't come (RFC 9110 §8.6).
  const tellsLength = options.method === "HEAD" || head.status === 304;
  let dated = false, length = false;
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    switch (name) {
      case "connection":
      case "keep-alive":
      case "proxy-connection":
      case "transfer-encoding":
      case "upgrade":
      case "server":
      case "x-envoy-upstream-service-time":
        continue;
      case "content-length":
        if (!tellsLength || length) continue;
        length = true;
        break;
      case "date":
        dated = true;
    }
    if (nominated.length > 0 && nominated.includes(name)) continue;
    headers.append(name, values[at]);
  }
  if (!dated) headers.append("date", options.date);
  headers.append("x-envoy-upstream-service-time", String(options.serviceTimeMs));
  headers.append("server", SERVER);
  const framing = downstreamFraming(head.framing, options.minorVersion);
  if (framing.kind === "eof") options.session.willClose();
  const { connectionOption } = options.session;
  if (connectionOption !== null) headers.append("connection", connectionOption);
  return { status: head.status, reason: head.reason, headers, framing };
}

/** What an informational response must not say (RFC 9112 §6.1) or says to this hop alone. */
const NOT_INFORMATIONAL: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "content-length",
]);

/**
 * An informational response, without what belongs to the final one. Fails with the ProtocolError of
 * a harmful Connection field.
 */
export function forwardInformational(head: Readonly<ResponseHead>): ForwardedResponse {
  const { nominated } = parseConnection(head.headers);
  const headers = new HeaderMap();
  for (const [name, value] of head.headers) {
    if (!NOT_INFORMATIONAL.has(name) && !nominated.includes(name)) headers.append(name, value);
  }
  return { status: head.status, reason: head.reason, headers, framing: NO_BODY };
}

/**
 * A 101: the protocol that was agreed upon, and whatever belongs to it. `date` is the current one, for
 * a response without.
 */
export function forwardSwitch(head: Readonly<ResponseHead>, date: string): ForwardedResponse {
  const { headers: told } = forwardInformational(head);
  const headers = HeaderMap.of(...[...told].filter(([name]) => name !== "server"));
  if (!headers.has("date")) headers.append("date", date);
  headers.append("server", SERVER);
  headers.append("connection", "upgrade");
  headers.append("upgrade", head.headers.joined("upgrade")!);
  return { status: 101, reason: head.reason, headers, framing: NO_BODY };
}

/** The headers that every response of our own has. */
export function ownHeaders(date: string): HeaderMap {
  return HeaderMap.of(["date", date], ["server", SERVER]);
}

/**
 * A body that ends with the upstream's connection is chunked, so that ours may go on; in HTTP/1.0,
 * which knows no chunks, it is the other way round.
 */
function downstreamFraming(framing: Framing, minorVersion: 0 | 1): Framing {
  if (framing.kind !== "eof" && framing.kind !== "chunked") return framing;
  return minorVersion === 0 ? UNTIL_EOF : CHUNKED;
}

const UNTIL_EOF: Framing = { kind: "eof" };
const CHUNKED: Framing = { kind: "chunked" };
