/**
 * Reads PROXY headers.
 *
 * Strategy: each byte is judged as soon as it is there, in order, so that a stranger is refused at
 * its first byte and no cut changes the verdict. What receivers could read in two ways is refused.
 * A header is short and comes in one piece; one that doesn't is simply read again from its start.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { badHeader, type ProxyHeader, V1_PREFIX, V2_SIGNATURE } from "./header.ts";
import { parseV1 } from "./v1.ts";
import { parseV2 } from "./v2.ts";

/** The header isn't whole yet: read more. */
export const NEED_DATA: unique symbol = Symbol("need data");

/** A header, and where the connection's own bytes begin. */
export interface ReadHeader {
  /** What it says. */
  readonly header: ProxyHeader;
  /** Bytes that the header took. */
  readonly size: number;
}

/**
 * Reads the header that `bytes`, which is all that came on the connection so far, begins with.
 * Never asks for more than 4 KiB. Fails with a ProtocolError, at once where there is no header.
 */
export function readProxyHeader(bytes: Uint8Array): ReadHeader | typeof NEED_DATA {
  if (bytes.length === 0) return NEED_DATA;
  const isV2 = bytes[0] === V2_SIGNATURE[0];
  const beginning = isV2 ? V2_SIGNATURE : V1_PREFIX;
  const count = Math.min(bytes.length, beginning.length);
  for (let at = 0; at < count; at++) {
    if (bytes[at] !== beginning[at]) throw noHeader();
  }
  if (bytes.length < beginning.length) return NEED_DATA;
  return (isV2 ? parseV2(bytes) : parseV1(bytes)) ?? NEED_DATA;
}

function noHeader(): ProtocolError {
  return new ProtocolError(
    "no_proxy_header",
    badHeader("none").message +
      ": let the proxy in front send one, or don't ask for it on this listener",
  );
}
