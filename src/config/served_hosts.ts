/**
 * The hosts that a filter chain says it serves, as a certificate would name them.
 *
 * @module
 */

import type { FilterChainConfig } from "./model.ts";

/**
 * Each host once, without its port: DNS names, IP addresses, and patterns with a star in front. What
 * says nothing about names, such as `*` or `api.*`, is left out. A chain for some server names serves
 * no others, whatever its routes say.
 */
export function servedHosts({ match, filter }: FilterChainConfig): string[] {
  if (match.serverNames.length > 0) return match.serverNames;
  if (filter.kind === "tcp") return [];
  const domains = filter.virtualHosts.flatMap((virtualHost) => virtualHost.domains);
  const hosts = domains.map((domain) => domain.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
  return [...new Set(hosts)].filter((host) => !host.endsWith("*"));
}
