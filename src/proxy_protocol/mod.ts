/**
 * The PROXY protocol, versions 1 and 2, without I/O: what a proxy says in front of a connection's
 * bytes about whose connection it is (haproxy.org, `doc/proxy-protocol.txt`).
 *
 * @module
 */

export type { ProxyHeader } from "./header.ts";
export { NEED_DATA, type ReadHeader, readProxyHeader } from "./reader.ts";
export { encodeProxyHeader } from "./encoder.ts";
