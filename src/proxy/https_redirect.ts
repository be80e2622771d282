/**
 * What plain HTTP is answered on a port for TLS: where to come back to.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { reasonPhrase, type RequestHead } from "../http/mod.ts";
import type { Http1ServerSession } from "../session/mod.ts";
import { ExchangeRecord } from "./exchange_record.ts";
import { ownHeaders } from "./forward_response.ts";
import type { HttpFilter } from "./http_filter.ts";

/** Keeps the method and the body, unlike 301 (RFC 9110 §15.4.9). */
const PERMANENT_REDIRECT = 308;

/** What https:// means without a port (RFC 9110 §4.2.2). */
const HTTPS_PORT = "443";

/**
 * Sends the client to the same place over TLS, and ends the connection: gives false. Fails with a
 * ProtocolError when the request names no host, or a ConnError.
 */
export async function redirectToHttps(
  filter: HttpFilter,
  session: Http1ServerSession,
  head: RequestHead,
): Promise<boolean> {
  const location = httpsLocation(head, session.conn.local.port);
  const record = new ExchangeRecord(filter, session, head);
  const headers = ownHeaders(filter.date.current());
  headers.append("location", location);
  headers.append("connection", "close");
  filter.stats.rqTotal.inc();
  record.status = PERMANENT_REDIRECT;
  session.willClose();
  session.startResponse({
    status: PERMANENT_REDIRECT,
    reason: reasonPhrase(PERMANENT_REDIRECT),
    headers,
    framing: { kind: "length", size: 0 },
  });
  try {
    await session.writer.flush();
  } finally {
    record.close();
  }
  return await session.endExchange();
}

/**
 * The request's target as an https:// URI. `port` is the listener's: it counts where the client
 * names none, since behind a mapped port only the client knows which one it came to.
 */
export function httpsLocation(head: RequestHead, port: number): string {
  const found = /^(.+?)(?::(\d+))?$/.exec(head.authority);
  if (found === null) throw new ProtocolError("no_host", "Cannot redirect to https: found no Host");
  const [, host, asked = String(port)] = found;
  // RFC 9110 §7.1: `OPTIONS *` is an absolute URI without a path.
  const path = head.path === "*" ? "" : head.path;
  return `https://${host}${asked === HTTPS_PORT ? "" : `:${asked}`}${path}`;
}
