/**
 * Requests in HTTP/1.0, which some health checks and old clients still speak.
 *
 * @module
 */

import type { HttpFilterConfig } from "../config/model.ts";
import { ProtocolError } from "../errors.ts";
import { HeaderMap, type RequestHead } from "../http/mod.ts";

/**
 * The request as it would read in HTTP/1.1, with the configured Host where it names none. Fails with
 * 426 where HTTP/1.0 isn't accepted (Envoy: `accept_http_10`), and with 400 for want of a Host.
 */
export function takeHttp10(
  head: RequestHead,
  { acceptHttp10, defaultHostForHttp10 }: HttpFilterConfig,
): RequestHead {
  if (!acceptHttp10) {
    throw new ProtocolError("http10", "Cannot take request: found HTTP/1.0", { status: 426 });
  }
  if (head.authority !== "" || defaultHostForHttp10 === null) {
    if (head.authority !== "") return head;
    throw new ProtocolError("no_host", "Cannot take request: found no Host");
  }
  const headers = HeaderMap.of(["host", defaultHostForHttp10], ...head.headers);
  return { ...head, authority: defaultHostForHttp10, headers };
}
