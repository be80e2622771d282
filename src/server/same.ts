/**
 * What of a configuration is as it was, so that a reload can leave it alone.
 *
 * Two parts are compared by their JSON: both come from the same front end, which fills in every field
 * in the same order. The texts of PEM files don't count where they can be replaced while they are in
 * use.
 *
 * @module
 */

import type {
  ClusterConfig,
  Config,
  FilterChainConfig,
  HttpFilterConfig,
  ListenerConfig,
  VirtualHostConfig,
} from "../config/model.ts";

/** Whether two parts are equal. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Whether two clusters are equal, but for what their PEM files say. */
export function isSameCluster(one: ClusterConfig, other: ClusterConfig): boolean {
  return withoutPem(one) === withoutPem(other);
}

/**
 * Whether connections that one filter chain took may go on under the other: they differ at most in
 * routes, in the cluster of a TCP filter, and in the certificates that are shown.
 */
export function goesOn(one: FilterChainConfig, other: FilterChainConfig): boolean {
  return withoutPem(lasting(one)) === withoutPem(lasting(other));
}

/** Whether two filter chains ask the same of a client's TLS, whatever they show it. */
export function asksTheSame(one: FilterChainConfig, other: FilterChainConfig): boolean {
  return withoutPem(demands(one)) === withoutPem(demands(other));
}

/** What tells a listener from others over a reload: its address, or its name where any port will do. */
export function keyOfListener({ name, address: { host, port } }: ListenerConfig): string {
  return port === 0 && !host.startsWith("/") ? `${name} ${host}` : `${host} ${port}`;
}

/** The tally of a listener's connections. */
export function tallyOfListener(listener: ListenerConfig): string {
  return `listener/${keyOfListener(listener)}`;
}

/** What tells a listener's filter chain from the others. */
export function keyOfChain({ match }: FilterChainConfig): string {
  return JSON.stringify(match);
}

/**
 * `next` with the running objects in place of the virtual hosts and routes that are as they were:
 * so `===` tells a route that was touched.
 */
export function keepRoutes(running: HttpFilterConfig, next: HttpFilterConfig): HttpFilterConfig {
  const known = new Map(running.virtualHosts.map((host) => [JSON.stringify(host.domains), host]));
  const virtualHosts = next.virtualHosts.map((host): VirtualHostConfig => {
    const before = known.get(JSON.stringify(host.domains));
    if (before === undefined) return host;
    if (isSame(before, host)) return before;
    const routes = new Map(before.routes.map((route) => [JSON.stringify(route), route]));
    return {
      ...host,
      routes: host.routes.map((route) => routes.get(JSON.stringify(route)) ?? route),
    };
  });
  return { ...next, virtualHosts };
}

/** What became of the parts of a kind, by name. */
export interface Changes {
  /** As they were. */
  readonly kept: readonly string[];
  /** With something else in them. */
  readonly changed: readonly string[];
  /** New. */
  readonly added: readonly string[];
  /** Gone; what still runs on them may finish. */
  readonly drained: readonly string[];
}

/** What a reload touches. */
export interface ConfigChanges {
  /** By the names that they have now, those that are gone by the ones that they had. */
  readonly listeners: Changes;
  /** The same of clusters. */
  readonly clusters: Changes;
}

/** Compares two configurations. */
export function changesOf(running: Config, next: Config): ConfigChanges {
  const isReform = running.frontEnd !== next.frontEnd;
  return {
    listeners: compare(running.listeners, next.listeners, {
      key: keyOfListener,
      isKept: (one, other) => !isReform && isSame(one, other),
    }),
    clusters: compare(running.clusters, next.clusters, { key: ({ name }) => name, isKept: isSame }),
  };
}

function compare<Part extends { readonly name: string }>(
  running: readonly Part[],
  next: readonly Part[],
  { key, isKept }: { key: (part: Part) => string; isKept: (one: Part, other: Part) => boolean },
): Changes {
  const before = new Map(running.map((part) => [key(part), part]));
  const kept: string[] = [], changed: string[] = [], added: string[] = [];
  for (const part of next) {
    const known = before.get(key(part));
    before.delete(key(part));
    (known === undefined ? added : isKept(known, part) ? kept : changed).push(part.name);
  }
  return { kept, changed, added, drained: Array.from(before.values(), ({ name }) => name) };
}

function lasting({ match, tls, filter }: FilterChainConfig): unknown {
  return {
    match,
    tls: demands({ tls }),
    filter: filter.kind === "http"
      ? { ...filter, virtualHosts: null }
      : { ...filter, cluster: null },
  };
}

function demands({ tls }: Pick<FilterChainConfig, "tls">): unknown {
  return tls && { ...tls, certificates: null };
}

/**
 * The authorities that clients' certificates are verified against count by their path, too: what
 * stands in the file can be exchanged while it is used, as the certificates can.
 */
function withoutPem(part: unknown): string {
  return JSON.stringify(part, (key, value) => key === "pem" ? undefined : value);
}
