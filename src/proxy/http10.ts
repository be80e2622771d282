/**
 * Requests in HTTP/1.0, which some health checks and old clients still speak.
 *
 * @module
 */

import type { HttpFilterConfig } from "../config/model.ts";
import { ProtocolError } from "../errors.ts";
import { HeaderMap, type RequestHead } from "../http/mod.ts";

/**
 * The request as it would read in HTTP/1.1, with a Host: the target's, or the configured one. Fails with
 * 426 where HTTP/1.0 isn't accepted (Envoy: `accept_http_10`), and with 400 for want of a Host.
 */
export function takeHttp10(
  head: RequestHead,
  { acceptHttp10, defaultHostForHttp10 }: HttpFilterConfig,
): RequestHead {
  if (!acceptHttp10) {
    throw new ProtocolError("http10", "Cannot take request: found HTTP/1.0", { status: 426 });
  }
  if (head.headers.has("host")) return head;
  const authority = head.authority || defaultHostForHttp10;
  if (authority === null) {
    throw new ProtocolError("no_host", "Cannot take request: found no Host");
  }
  // An absolute target names a host too; whoever is behind us looks for it in the Host field.
  return { ...head, authority, headers: HeaderMap.of(["host", authority], ...head.headers) };
}
