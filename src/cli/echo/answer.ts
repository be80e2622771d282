/**
 * What the echo service answers: the request as JSON, in the shape of `mendhak/http-https-echo`,
 * which Envoy's TLS sandbox uses. That service is an Express application, so the words are Express's
 * (`req.ip`, `req.subdomains` …), and so is what it makes of a proxy's headers: it believes them
 * from loopback and private addresses, which is where a sandbox's proxies are.
 *
 * @module
 */

import type { HeaderMap } from "../../http/mod.ts";

/** A request that has arrived as a whole. */
export interface EchoRequest {
  readonly method: string;
  /** Path and query, as in `RequestHead.path`. */
  readonly path: string;
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  /** The other end's IP address. */
  readonly peer: string;
  /** The name asked for in the TLS handshake, false when there was none; undefined without TLS. */
  readonly serverName: string | false | undefined;
}

/** A value of `query`: a string for a name given once, all of them for one given again. */
type QueryValue = string | string[];

/** The answer. */
export interface EchoAnswer {
  /** Without the query. */
  readonly path: string;
  /** Names in lower case; several fields of one name are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  /** As UTF-8 text. */
  readonly body: string;
  /** Express: whether the client's copy is still good. An echo has nothing to compare it with. */
  readonly fresh: boolean;
  /** The host asked for, without its port; an IPv6 address keeps its brackets. */
  readonly hostname: string;
  /** The client, as far as the proxies on the way are believed. */
  readonly ip: string;
  /** The addresses in x-forwarded-for that are believed, the client first. */
  readonly ips: readonly string[];
  readonly protocol: string;
  readonly query: Readonly<Record<string, QueryValue>>;
  /** The labels of `hostname` before the last two, from right to left. */
  readonly subdomains: readonly string[];
  /** Asked for by a script (x-requested-with). */
  readonly xhr: boolean;
  readonly os: { readonly hostname: string };
  readonly connection: { readonly servername?: string | false };
  /** The body once more when it is JSON. */
  readonly json?: unknown;
}

/** Says what arrived. `name` is the service's own, `os.hostname`. */
export function echoAnswer(request: EchoRequest, name: string): EchoAnswer {
  const { headers } = request;
  const [path, search] = splitAt(request.path, "?");
  const trusted = isPrivate(request.peer);
  const ips = trusted ? believedAddresses(headers) : [];
  const hostname = requestedHost(headers, trusted);
  const body = new TextDecoder().decode(request.body);
  return {
    path,
    headers: joinFields(headers),
    method: request.method,
    body,
    fresh: false,
    hostname,
    ip: ips[0] ?? request.peer,
    ips,
    protocol: (trusted ? firstOf(headers.get("x-forwarded-proto")) : null) ??
      (request.serverName === undefined ? "http" : "https"),
    query: parseQuery(search),
    subdomains: isAddress(hostname) ? [] : hostname.split(".").reverse().slice(2),
    xhr: headers.get("x-requested-with")?.toLowerCase() === "xmlhttprequest",
    os: { hostname: name },
    connection: request.serverName === undefined ? {} : { servername: request.serverName },
    ...jsonOf(headers, body),
  };
}

/** Fields that make no sense twice: the first one counts, as in Node. */
const SINGLE = new Set([
  "authorization",
  "content-length",
  "content-type",
  "from",
  "host",
  "if-modified-since",
  "if-unmodified-since",
  "max-forwards",
  "proxy-authorization",
  "referer",
  "user-agent",
]);

function joinFields(headers: HeaderMap): Record<string, string> {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) {
    const before = joined[name];
    if (before === undefined) joined[name] = value;
    else if (!SINGLE.has(name)) {
      joined[name] = `${before}${name === "cookie" ? "; " : ", "}${value}`;
    }
  }
  return joined;
}

/**
 * The addresses of x-forwarded-for, from the right as far as they are private, and the one where
 * belief ends; the client first.
 */
function believedAddresses(headers: HeaderMap): string[] {
  const all = (headers.joined("x-forwarded-for") ?? "").split(",").map((part) => part.trim())
    .filter((part) => part !== "");
  let first = all.length - 1;
  while (first > 0 && isPrivate(all[first])) first--;
  return all.slice(Math.max(first, 0));
}

/** Loopback, link-local and private (RFC 1918, RFC 4193, RFC 4291): Express's three names. */
function isPrivate(address: string): boolean {
  return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) ||
    /^(::1$|fe[89ab][0-9a-f]:|f[cd][0-9a-f]{2}:)/i.test(address);
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

function requestedHost(headers: HeaderMap, trusted: boolean): string {
  const forwarded = trusted ? firstOf(headers.get("x-forwarded-host")) : null;
  const host = forwarded ?? headers.get("host") ?? "";
  return /^(\[[^\]]*\]|[^:]*)/.exec(host)?.[0] ?? "";
}

function firstOf(list: string | null): string | null {
  return list === null ? null : splitAt(list, ",")[0].trim() || null;
}

function splitAt(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function parseQuery(search: string): Record<string, QueryValue> {
  const query: Record<string, QueryValue> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) {
    const before = query[name];
    if (before === undefined) query[name] = value;
    else if (typeof before === "string") query[name] = [before, value];
    else before.push(value);
  }
  return query;
}

function jsonOf(headers: HeaderMap, body: string): { json?: unknown } {
  const [type] = splitAt(headers.get("content-type") ?? "", ";");
  if (type.trim().toLowerCase() !== "application/json") return {};
  try {
    return { json: JSON.parse(body) };
  } catch {
    return {};
  }
}
