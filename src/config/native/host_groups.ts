/**
 * A flat list of routes → virtual hosts. In the list the first match wins, host, path and headers
 * alike; the model chooses the most specific domain first and stays with it. So each host gets its
 * own routes and, in the order of the list, those of every pattern that takes the host as well.
 * That is the same, because any two patterns of this form are nested or apart.
 *
 * @module
 */

import type { RouteConfig, VirtualHostConfig } from "../model.ts";

/** A route of the list. */
export interface HostRoute {
  /** `*`, `*.suffix` or a host, lower case. */
  readonly host: string;
  readonly route: RouteConfig;
}

/** What the list comes to. */
export interface HostGroups {
  readonly virtualHosts: VirtualHostConfig[];
  /** The indices of routes that no request gets to. */
  readonly unreached: readonly number[];
}

const MAX_GROUPED = 200_000; // routes over all hosts, each counted once for each host

/** Groups the routes; null when they come to too many. */
export function groupByHost(routes: readonly HostRoute[]): HostGroups | null {
  const byHost = new Map<string, number[]>();
  routes.forEach(({ host }, index) => {
    const group = byHost.get(host);
    if (group === undefined) byHost.set(host, [index]);
    else group.push(index);
  });
  const reached = new Set<number>();
  const virtualHosts: VirtualHostConfig[] = [];
  let total = 0;
  for (const host of byHost.keys()) {
    const groups = patternsOver(host).map((pattern) => byHost.get(pattern) ?? []);
    total += groups.reduce((sum, group) => sum + group.length, 0);
    if (total > MAX_GROUPED) return null;
    const indices = upToCatchAll(groups.flat().sort((a, b) => a - b), routes);
    for (const index of indices) reached.add(index);
    const own = indices.map((index) => routes[index].route);
    virtualHosts.push({ name: host, domains: [host], routes: own });
  }
  const unreached = routes.flatMap((_, index) => reached.has(index) ? [] : [index]);
  return { virtualHosts, unreached };
}

/** The host itself and every pattern that takes it: for `a.b.test` also `*.b.test`, `*.test`, `*`. */
function patternsOver(host: string): string[] {
  const patterns = [host];
  const start = host.startsWith("*.") ? 2 : 0;
  for (let dot = host.indexOf(".", start); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    patterns.push(`*${host.slice(dot)}`);
  }
  if (host !== "*") patterns.push("*");
  return patterns;
}

function upToCatchAll(indices: readonly number[], routes: readonly HostRoute[]): number[] {
  const end = indices.findIndex((index) => takesEverything(routes[index].route));
  return indices.slice(0, end === -1 ? indices.length : end + 1);
}

/** True for a route that leaves nothing to those after it. */
export function takesEverything({ match: { path, headers } }: RouteConfig): boolean {
  return path.kind === "prefix" && path.value.length <= 1 && headers.length === 0;
}
