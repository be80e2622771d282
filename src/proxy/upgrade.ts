/**
 * Requests to switch protocols (RFC 9110 §7.8).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { RequestHead } from "../http/mod.ts";

/**
 * The protocols that a request asks for, as one text in lower case; null when it asks for none.
 * `nominated` is what its Connection field names: an Upgrade field that isn't among it is not meant
 * for us, and in HTTP/1.0 there is none. An offer of h2c alone, which curl makes, may be ignored
 * (RFC 7540 §3.2) and is, as Envoy does.
 */
export function askedUpgrade(
  { headers, minorVersion }: RequestHead,
  nominated: readonly string[],
): string | null {
  if (minorVersion === 0 || !nominated.includes("upgrade")) return null;
  const asked = headers.joined("upgrade")?.toLowerCase().trim() ?? "";
  return asked === "" || asked === "h2c" ? null : asked;
}

/**
 * Refuses a request that may be upgraded, and says more than its head: whether a body, or what
 * stands behind the head, is HTTP or the other protocol, two servers could read differently. `extra`
 * is how many bytes stand behind the head. Fails with 400.
 */
export function checkUpgrade({ framing }: RequestHead, extra: number): void {
  const hasBody = framing.kind === "length" ? framing.size > 0 : framing.kind !== "none";
  if (!hasBody && extra === 0) return;
  const found = hasBody ? "a body" : `${extra} bytes behind it`;
  throw new ProtocolError("upgrade_with_bytes", `Cannot take upgrade: found ${found}`);
}
