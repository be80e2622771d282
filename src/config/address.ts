/**
 * Addresses, ports and host patterns, as text.
 *
 * @module
 */

import { isIpAddress, type SocketAddress } from "../runtime/mod.ts";
import { ipBytes, ipText } from "../tls/ip_address.ts";
import type { Reading } from "./dialect.ts";

/** Reads an IP address, IPv6 without brackets; gives it in its short form. */
export function parseIp(text: string): Reading<string> {
  const bytes = ipBytes(text);
  return bytes === null
    ? { expected: "an IP address such as 127.0.0.1 or ::1" }
    : { value: ipText(bytes) };
}

/** Reads an IP address or a host name. */
export function parseHost(text: string): Reading<string> {
  const ip = parseIp(text);
  if ("value" in ip) return ip;
  return isHostName(text)
    ? { value: text.toLowerCase() }
    : { expected: "an IP address or a host name" };
}

/** Reads a name for SNI, which is no address (RFC 6066 §3). Empty text is none. */
export function parseServerName(text: string): Reading<string | null> {
  if (text === "") return { value: null };
  if (isHostName(text)) return { value: text.toLowerCase() };
  const hint = isIpAddress(text) ? "; an address is never sent" : "";
  return { expected: "a host name", hint };
}

/** Reads what a Host says: an IP address, IPv6 in brackets, or a host name; a port may follow. */
export function parseAuthority(text: string): Reading<string> {
  const parts = splitAddress(/:\d{1,5}$/.test(text) ? text : `${text}:0`);
  const host = parts === null ? null : parseHost(parts.host);
  return host !== null && "value" in host
    ? { value: text.toLowerCase() }
    : { expected: "a host, such as app.test or app.test:8080" };
}

/** RFC 1123 §2.1, with the underscore that container networks use. */
function isHostName(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.replace(/\.$/, "").split(".");
  const isLabel = (label: string) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label);
  // A last label of digits is an IPv4 address gone wrong, such as 10.0.0 or 256.1.1.1.
  const last = labels[labels.length - 1];
  return labels.every(isLabel) && !/^\d+$/.test(last);
}

/** The parts of `host:port` before they are looked into; null where it isn't that. */
function splitAddress(text: string): { host: string; port: number } | null {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[3]) > 65_535) return null;
  const [, inBrackets, bare, port] = match;
  if (inBrackets !== undefined && !inBrackets.includes(":")) return null;
  return { host: inBrackets ?? bare, port: Number(port) };
}

const ENDPOINT = "host:port, such as 127.0.0.1:3000 or app.internal:443";

/** Reads where to send to: an IP address or a name, and a port from 1. */
export function parseEndpoint(text: string): Reading<SocketAddress> {
  const scheme = /^[a-z]+:\/\//.exec(text);
  if (scheme !== null) {
    return { expected: ENDPOINT, hint: `; leave ${scheme[0]} out, TLS is the cluster's` };
  }
  const parts = splitAddress(text);
  if (parts === null || parts.port === 0) return { expected: ENDPOINT };
  const host = parseHost(parts.host);
  return "value" in host ? { value: { host: host.value, port: parts.port } } : {
    expected: ENDPOINT,
  };
}

const LISTEN = "an IP address and a port, such as 127.0.0.1:8443 or 0.0.0.0:443";

/** Reads where to listen: an IP address or `localhost`, and a port, 0 for any that is free. */
export function parseListenAddress(text: string): Reading<SocketAddress> {
  const parts = splitAddress(text) ?? (/^\d{1,5}$/.test(text) ? splitAddress(`:${text}`) : null);
  if (parts === null) return { expected: LISTEN };
  const { host, port } = parts;
  if (host === "") {
    const hint =
      `; write 0.0.0.0:${port} for every address, 127.0.0.1:${port} for this machine only`;
    return { expected: LISTEN, hint };
  }
  if (host === "localhost") return { value: { host: "127.0.0.1", port } };
  const ip = parseIp(host);
  return "value" in ip ? { value: { host: ip.value, port } } : { expected: LISTEN };
}

/** As `parseListenAddress`, but a port alone means this machine: the admin has no password. */
export function parseAdminAddress(text: string): Reading<SocketAddress> {
  const alone = splitAddress(/^\d{1,5}$/.test(text) ? `:${text}` : text);
  return alone?.host === ""
    ? { value: { host: "127.0.0.1", port: alone.port } }
    : parseListenAddress(text);
}

/** True when only this machine can connect to it. */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host === "localhost";
}
