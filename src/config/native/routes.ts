/**
 * Routes in the native form: a flat list of which the first match wins, or `virtual_hosts`, of
 * which the most specific domain is chosen first, as in Envoy.
 *
 * @module
 */

import type { ClusterNames } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import { parseSize, type Reading } from "../dialect.ts";
import type {
  RouteConfig,
  RouteMatchConfig,
  SanMatcherConfig,
  VirtualHostConfig,
} from "../model.ts";
import { quote } from "../problem.ts";
import {
  MAX_DOMAIN,
  parseDomain,
  parseHeaderName,
  parsePath,
  parsePrefix,
  parseProtocol,
  parseRewrite,
} from "../request_match.ts";
import { readSans } from "../san.ts";
import { groupByHost, type HostRoute } from "./host_groups.ts";

/** What routes need to know of the rest of the file. */
export interface RoutesContext {
  readonly clusters: ClusterNames;
  /** The listener's `ignore_host_port`. */
  readonly ignorePort: boolean;
  /** The listener's `max_body`, for routes without their own. */
  readonly maxBodyBytes: number;
  /** The listener's `upgrades`, for routes without their own. */
  readonly upgrades: readonly string[];
  /** Clients are asked for a certificate. */
  readonly asksForCertificates: boolean;
}

/** Milliseconds for a response, unless the route says otherwise. */
export const DEFAULT_ROUTE_TIMEOUT_MS = 15_000;

/** Reads a listener's `routes`. */
export function readRoutes(field: Cursor, context: RoutesContext): VirtualHostConfig[] {
  const items = field.items();
  if (field.kind === "list" && items.length === 0) field.fail("expected a route, found none");
  const routes: HostRoute[] = items.map((item) =>
    item.record([], (fields) => {
      const hostField = fields.take("host");
      const host = hostField.parsed(parseHostPattern, "*");
      checkPort(hostField, host, context);
      return { host, route: readRoute(item, fields, context) };
    })
  );
  const groups = groupByHost(routes);
  if (groups === null) {
    field.fail("too many hosts and routes without a host; use virtual_hosts");
    return [];
  }
  for (const index of groups.unreached) {
    items[index].warn("never reached: an earlier route takes every request");
  }
  return groups.virtualHosts;
}

/** Reads a listener's `virtual_hosts`. */
export function readVirtualHosts(field: Cursor, context: RoutesContext): VirtualHostConfig[] {
  const taken = new Set<string>();
  return field.items().map((item) =>
    item.record([], (fields) => {
      const domainsField = fields.need("domains");
      const domains = domainsField.items().map((domain) => {
        const pattern = domain.parsed(parseDomain, "");
        checkPort(domain, pattern, context);
        if (pattern !== "" && taken.has(pattern)) domain.fail(`${quote(pattern)} is given twice`);
        taken.add(pattern);
        return pattern;
      });
      if (domainsField.kind === "list" && domains.length === 0) {
        domainsField.fail("expected a domain, found none");
      }
      const routes = fields.need("routes").items().map((route) =>
        route.record([], (inner) => readRoute(route, inner, context))
      );
      return { name: fields.take("name").name(domains[0]), domains, routes };
    })
  );
}

function checkPort(field: Cursor, pattern: string, { ignorePort }: RoutesContext): void {
  if (!field.given || !ignorePort || !/:\d+$/.test(pattern)) return;
  field.fail('the port is not looked at; leave it out, or set "ignore_host_port: off"');
}

const HOST = /^(\*|((\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:\d{1,5})?)$/;

function parseHostPattern(text: string): Reading<string> {
  const value = text.toLowerCase();
  if (value.length <= MAX_DOMAIN && HOST.test(value)) return { value };
  const hint = value.endsWith("*") ? "; a star at the end needs virtual_hosts" : "";
  return { expected: 'a host name, "*.suffix" or "*"', hint };
}

function readRoute(item: Cursor, fields: Fields, context: RoutesContext): RouteConfig {
  return {
    match: { path: readPath(item, fields), headers: readHeaders(fields.take("headers")) },
    cluster: context.clusters.read(fields.need("cluster"), "http"),
    timeoutMs: fields.take("timeout").duration(DEFAULT_ROUTE_TIMEOUT_MS),
    timeoutCovers: fields.take("timeout_covers").choice<RouteConfig["timeoutCovers"]>(
      { head: "head", response: "response" },
      "head",
    ),
    prefixRewrite: fields.take("prefix_rewrite").parsed<string | null>(parseRewrite, null),
    clientSans: readClientSans(fields.take("client_sans"), context),
    maxBodyBytes: readMaxBody(fields.take("max_body"), context.maxBodyBytes),
    upgrades: readUpgrades(fields.take("upgrades"), context.upgrades),
  };
}

function readClientSans(field: Cursor, context: RoutesContext): SanMatcherConfig[] | null {
  if (!field.given) return null;
  if (!context.asksForCertificates) {
    field.warn(
      'no client is asked for a certificate, so all get a 403; give "client_certificates" in ' +
        'the listener\'s "tls"',
    );
  }
  return readSans(field);
}

const BODY = { min: 0, max: 2 ** 50 }; // bytes

/** Reads a listener's or a route's `max_body`. */
export function readMaxBody(field: Cursor, fallback: number): number {
  return field.literal((text) => parseSize(text, BODY), fallback);
}

/** Reads a listener's or a route's `upgrades`; an empty list allows none. */
export function readUpgrades(field: Cursor, fallback: readonly string[]): string[] {
  if (!field.given) return [...fallback];
  const protocols = new Set<string>();
  for (const item of field.items()) {
    const protocol = item.parsed(parseProtocol, "");
    if (protocols.has(protocol) && protocol !== "") item.fail(`${quote(protocol)} is given twice`);
    protocols.add(protocol);
  }
  return [...protocols];
}

/** At most one of three ways to name a path; none takes all. */
function readPath(item: Cursor, fields: Fields): RouteMatchConfig["path"] {
  const below = fields.take("path");
  const exact = fields.take("exact");
  const prefix = fields.take("prefix");
  const [first, second] = [below, exact, prefix].filter((field) => field.given);
  if (second !== undefined) {
    second.failAtName(`cannot stand beside "${first.path.slice(item.path.length + 1)}"`);
  }
  if (exact.given) return { kind: "path", value: exact.parsed(parsePath, "/") };
  if (prefix.given) return { kind: "prefix", value: prefix.parsed(parsePrefix, "/") };
  return { kind: "prefix", value: below.parsed(parsePathBelow, "/") };
}

/** Whether `/api` is meant to take `/api/users` too, proxies disagree; so it has to be said. */
function parsePathBelow(text: string): Reading<string> {
  const path = parsePath(text);
  if (!("value" in path) || text.endsWith("/")) return path;
  return {
    expected: 'a path that ends in "/" and takes everything below it',
    hint: `; write "path: ${text}/" for that, or "exact: ${text}" for this path alone`,
  };
}

function readHeaders(field: Cursor): RouteMatchConfig["headers"] {
  const names = new Set<string>();
  return field.entries().map(({ name, value }) => {
    const reading = parseHeaderName(name);
    if (!("value" in reading)) {
      value.failAtName(`expected ${reading.expected}, found ${quote(name)}${reading.hint ?? ""}`);
    } else if (names.has(reading.value)) value.failAtName("given twice");
    names.add(name.toLowerCase());
    return { name: name.toLowerCase(), exact: value.text() };
  });
}
