/**
 * Which route a request takes.
 *
 * @module
 */

import type { HttpFilterConfig, RouteConfig, VirtualHostConfig } from "../config/model.ts";
import type { HeaderMap } from "../http/mod.ts";

/** The virtual hosts of an HTTP filter, sorted for look-up. */
export class RouteTable {
  readonly #ignorePort: boolean;
  readonly #exact = new Map<string, VirtualHostConfig>();
  /** `*.suffix`, kept as `.suffix`; the longest first. */
  readonly #suffixes: (readonly [string, VirtualHostConfig])[] = [];
  /** `prefix.*`, kept as `prefix.`; the longest first. */
  readonly #prefixes: (readonly [string, VirtualHostConfig])[] = [];
  #any: VirtualHostConfig | null = null;

  /** Domains are unique. */
  constructor(config: Pick<HttpFilterConfig, "ignorePortInHost" | "virtualHosts">) {
    this.#ignorePort = config.ignorePortInHost;
    for (const host of config.virtualHosts) {
      for (const domain of host.domains) this.#add(domain.toLowerCase(), host);
    }
    const longestFirst = (a: readonly [string, unknown], b: readonly [string, unknown]) =>
      b[0].length - a[0].length;
    this.#suffixes.sort(longestFirst);
    this.#prefixes.sort(longestFirst);
  }

  /** The first route that matches, or null. `path` includes the query. */
  match(authority: string, path: string, headers: HeaderMap): RouteConfig | null {
    const host = this.#host(authority);
    if (host === null) return null;
    for (const route of host.routes) {
      if (matches(route, path, headers)) return route;
    }
    return null;
  }

  #add(domain: string, host: VirtualHostConfig): void {
    if (domain === "*") this.#any = host;
    else if (domain.startsWith("*")) this.#suffixes.push([domain.slice(1), host]);
    else if (domain.endsWith("*")) this.#prefixes.push([domain.slice(0, -1), host]);
    else this.#exact.set(domain, host);
  }

  /** Envoy's order: exact, longest suffix, longest prefix, any. */
  #host(authority: string): VirtualHostConfig | null {
    if (this.#exact.size + this.#suffixes.length + this.#prefixes.length === 0) return this.#any;
    const lower = authority.toLowerCase();
    const name = this.#ignorePort ? lower.replace(/:\d*$/, "") : lower;
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    // A wildcard stands for at least one character.
    const suffix = this.#suffixes.find(([end]) => name.length > end.length && name.endsWith(end));
    if (suffix !== undefined) return suffix[1];
    const prefix = this.#prefixes.find(([start]) =>
      name.length > start.length && name.startsWith(start)
    );
    return prefix?.[1] ?? this.#any;
  }
}

/** The path that a route sends upstream, or null when it stays as it came. */
export function rewrittenPath(route: RouteConfig, path: string): string | null {
  if (route.prefixRewrite === null || path === ASTERISK) return null;
  return route.prefixRewrite + path.slice(route.match.path.value.length);
}

/** OPTIONS for the server as a whole, not for one of its paths (RFC 9110 §9.3.7). */
const ASTERISK = "*";

function matches(route: RouteConfig, path: string, headers: HeaderMap): boolean {
  const { path: { kind, value }, headers: wanted } = route.match;
  // A path that starts with the value and goes on with a query, or not at all, is the whole path.
  const isPath = path.startsWith(value) &&
    (kind === "prefix" || path.length === value.length || path[value.length] === "?");
  // Whoever has every path is the server.
  const isServer = path === ASTERISK && kind === "prefix" && value === "/";
  if (!isPath && !isServer) return false;
  return wanted.every(({ name, exact }) => headers.joined(name) === exact);
}
