/**
 * Addresses, ports and host patterns, as text.
 *
 * @module
 */

import { isIpAddress, isUnixPath, type SocketAddress } from "../runtime/mod.ts";
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

/** Reads a host name, which is no address; gives it in lower case. */
export function parseHostName(text: string): Reading<string> {
  return isHostName(text) ? { value: text.toLowerCase() } : { expected: "a host name" };
}

/**
 * Reads what a client may ask for with SNI: a name, or `*.suffix`; lower case.
 */
export function parseServerPattern(text: string): Reading<string> {
  const expected = 'a host name or "*.suffix"';
  const [, star = "", name = ""] = /^(\*\.)?(.*)$/s.exec(text) ?? [];
  if (isIpAddress(text)) return { expected, hint: "; an address is never sent" };
  if (!isHostName(name) || name.endsWith(".")) {
    const isPartial = text.includes("*") && !/^\*\.[^*]*$/.test(text);
    return { expected, hint: isPartial ? "; a star is the whole of the first label" : "" };
  }
  return { value: `${star === "" ? "" : "*."}${name.toLowerCase()}` };
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

/** Says how `::1:80` is written; empty where it isn't an IPv6 address and a port. */
function bracketHint(text: string): string {
  const [, host = "", port] = /^(.*:.*):(\d{1,5})$/.exec(text) ?? [];
  return ipBytes(host) === null ? "" : `; write [${host}]:${port}`;
}

// Linux's `sun_path` has 108 bytes, one for the end.
const MAX_UNIX_PATH = 107;

/** Reads the path of a unix socket. */
export function parseUnixPath(text: string): Reading<SocketAddress> {
  const expected = "the absolute path of a unix socket, such as /run/app.sock";
  if (!isUnixPath(text) || text.endsWith("/") || text.includes("\0")) return { expected };
  const bytes = new TextEncoder().encode(text).length;
  return bytes <= MAX_UNIX_PATH
    ? { value: { host: text, port: 0 } }
    : { expected: `${expected}, of at most ${MAX_UNIX_PATH} bytes`, found: `${bytes} bytes` };
}

const UNIX = "unix:";

/** Reads a network such as `10.0.0.0/8`; an address alone is a network of one. */
export function parseNetwork(text: string): Reading<string> {
  const expected = "a network such as 10.0.0.0/8 or fd00::/8";
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = ipBytes(address);
  if (bytes === null) return { expected };
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  if (bits > bytes.length * 8) return { expected };
  const masked = bytes.map((byte, index) => byte & (0xff00 >> clamp(bits - index * 8)));
  const network = `${ipText(masked)}/${bits}`;
  return masked.every((byte, index) => byte === bytes[index])
    ? { value: network }
    : { expected, hint: `; write ${network} for the network that it is in` };
}

function clamp(bits: number): number {
  return Math.min(8, Math.max(0, bits));
}

const ENDPOINT = "host:port, such as 127.0.0.1:3000 or app.internal:443, or unix:/path";

/** Reads where to send to: an IP address or a name, and a port from 1; or `unix:` and a path. */
export function parseEndpoint(text: string): Reading<SocketAddress> {
  if (text.startsWith(UNIX)) return parseUnixPath(text.slice(UNIX.length));
  const scheme = /^[a-z]+:\/\//.exec(text);
  if (scheme !== null) {
    return { expected: ENDPOINT, hint: `; leave ${scheme[0]} out, TLS is the cluster's` };
  }
  const parts = splitAddress(text);
  if (parts === null || parts.port === 0) return { expected: ENDPOINT, hint: bracketHint(text) };
  const host = parseHost(parts.host);
  return "value" in host ? { value: { host: host.value, port: parts.port } } : {
    expected: ENDPOINT,
  };
}

const LISTEN = "an IP address and a port, such as 127.0.0.1:8443 or 0.0.0.0:443";

/** Reads where to listen: as `parseTcpAddress`, or `unix:` and a path. */
export function parseListenAddress(text: string): Reading<SocketAddress> {
  return text.startsWith(UNIX) ? parseUnixPath(text.slice(UNIX.length)) : parseTcpAddress(text);
}

/** Reads an IP address or `localhost`, and a port, 0 for any that is free. */
function parseTcpAddress(text: string): Reading<SocketAddress> {
  const parts = splitAddress(text) ?? (/^\d{1,5}$/.test(text) ? splitAddress(`:${text}`) : null);
  if (parts === null) return { expected: LISTEN, hint: bracketHint(text) };
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

/** As `parseTcpAddress`, but a port alone means this machine: the admin has no password. */
export function parseAdminAddress(text: string): Reading<SocketAddress> {
  const alone = splitAddress(/^\d{1,5}$/.test(text) ? `:${text}` : text);
  return alone?.host === ""
    ? { value: { host: "127.0.0.1", port: alone.port } }
    : parseTcpAddress(text);
}

/** True for what a resolver has to be asked for: neither an address nor a path. */
export function isName(host: string): boolean {
  return !isIpAddress(host) && !isUnixPath(host);
}

/** True when only this machine can connect to it. */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host === "localhost";
}
