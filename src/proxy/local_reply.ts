/**
 * Responses of genkan's own.
 *
 * @module
 */

import { reasonPhrase } from "../http/mod.ts";
import { NO_BODY } from "../http1/mod.ts";
import type { Http1ServerSession } from "../session/mod.ts";
import { ownHeaders } from "./forward_response.ts";

const ENCODER = new TextEncoder();

/** What a response of our own says. */
export interface LocalReply {
  readonly status: number;
  /** Text, or empty. */
  readonly body: string;
  /** Of a body; `text/plain` when it isn't said. */
  readonly contentType?: string;
  /** Further fields. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/**
 * Sends a reply, and tells the client when the connection ends behind it. `method` is the request's,
 * null when none could be read. Gives the body's bytes; fails with a ConnError.
 */
export async function sendReply(
  session: Http1ServerSession,
  { status, body: text, contentType = "text/plain", headers: further = [] }: LocalReply,
  { date, method }: { date: string; method: string | null },
): Promise<number> {
  if (!session.requestComplete) session.willClose();
  const body = ENCODER.encode(text);
  const headers = ownHeaders(date);
  for (const [name, value] of further) headers.append(name, value);
  if (body.length > 0) headers.append("content-type", contentType);
  const { connectionOption } = session;
  if (connectionOption !== null) headers.append("connection", connectionOption);
  const bodiless = method === "HEAD";
  if (bodiless) headers.append("content-length", String(body.length));
  session.startResponse({
    status,
    reason: reasonPhrase(status),
    headers,
    framing: bodiless ? NO_BODY : { kind: "length", size: body.length },
  });
  const sent = bodiless ? 0 : body.length;
  if (sent > 0) await session.writer.body(body);
  await session.writer.flush();
  return sent;
}
