/**
 * Who is told why an upstream failed.
 *
 * @module
 */

import type { HttpFilterConfig } from "../../config/model.ts";
import type { HeaderMap } from "../../http/mod.ts";

/** Fields that a proxy puts in: with one of them, the peer isn't the client (RFC 7239, RFC 9110 §7.6.3). */
const BEHIND_A_PROXY = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "via",
];

/**
 * Whether the client may know what is inside. `peer` is the IP address of the connection, `headers`
 * are the request's as the client sent them. For `loopback`, a request that came through another
 * proxy on this machine is from somewhere else, as far as anybody knows.
 */
export function mayKnow(
  errors: HttpFilterConfig["errors"],
  { peer, headers }: { readonly peer: string; readonly headers: Pick<HeaderMap, "has"> },
): boolean {
  switch (errors) {
    case "short":
      return false;
    case "detailed":
      return true;
    case "loopback":
      return isLoopback(peer) && !BEHIND_A_PROXY.some((name) => headers.has(name));
  }
}

/** 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1 (RFC 4291 §2.5.3), and the former as IPv6 sockets show it. */
function isLoopback(peer: string): boolean {
  const address = peer.toLowerCase().replace(/^::ffff:/, "");
  return address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}
