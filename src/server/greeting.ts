/**
 * What stands at a connection's beginning, before any filter sees it: a PROXY header where one is
 * due, a ClientHello where TLS is spoken. Which filter chain takes the connection follows from it.
 *
 * @module
 */

import type { ListenerConfig } from "../config/model.ts";
import { NEED_DATA as MORE, readProxyHeader } from "../proxy_protocol/mod.ts";
import type { AcceptedConn, Conn } from "../runtime/mod.ts";
import type { ClientHello } from "../tls/client_hello.ts";
import { ClientHelloReader, NEED_DATA, NOT_TLS } from "../tls/client_hello_reader.ts";
import type { Ends } from "../upstream/mod.ts";
import type { AddressSet } from "./address_set.ts";

/** The connection's own ends. */
export function ownEnds({ remote, local }: Conn): Ends {
  return { source: remote, destination: local };
}

/**
 * Reads the PROXY header of a connection that must have one, and takes it away. The connection's own
 * ends are given where it isn't trusted to send one, and where the header names nobody. Fails as
 * `peek` does, or with a ProtocolError.
 */
export async function readEnds(conn: AcceptedConn, trusted: AddressSet): Promise<Ends> {
  if (!trusted.has(conn.remote.host)) return ownEnds(conn);
  const { header, size } = await conn.peek((bytes) => {
    const read = readProxyHeader(bytes);
    return read === MORE ? null : read;
  });
  conn.skip(size);
  return header.kind === "proxied" ? header : ownEnds(conn);
}

/** What a client says first; of what isn't TLS, whether it may be HTTP. */
export type Beginning = ClientHello | "http" | "other";

/**
 * Reads as far as it takes to know. Takes nothing away. Fails as `peek` does, or with a
 * ProtocolError for what begins like TLS and isn't.
 */
export function readBeginning(conn: AcceptedConn): Promise<Beginning> {
  const reader = new ClientHelloReader();
  return conn.peek((bytes) => {
    const hello = reader.read(bytes);
    if (hello === NEED_DATA) return null;
    return hello === NOT_TLS ? spokenProtocol(bytes) : hello;
  });
}

/** A request begins with the letter of a method. */
function spokenProtocol(bytes: Uint8Array): "http" | "other" {
  const letter = bytes[0] | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? "http" : "other";
}

/** True when a listener's connections have to be looked at before anything is made of them. */
export function looksFirst(
  { inspectTls, proxyProtocol, filterChains, defaultFilterChain }: ListenerConfig,
): boolean {
  return inspectTls || proxyProtocol !== null || defaultFilterChain !== null ||
    filterChains.some(({ tls }) => tls !== null);
}
