/**
 * The HTTP filter of the model → native YAML.
 *
 * @module
 */

import type { ClientCertHeaderConfig, HttpFilterConfig, RouteConfig } from "./model.ts";
import { DETAILS } from "./native/client_cert_header.ts";
import { HTTP_LIMITS, HTTP_TIMEOUTS, MAX_HOPS, UPGRADES } from "./native/defaults.ts";
import { takesEverything } from "./native/host_groups.ts";
import { DEFAULT_ROUTE_TIMEOUT_MS } from "./native/routes.ts";
import { durationUnless, listUnless, type Mapping, sizeUnless, unless } from "./print_values.ts";
import { formatSan } from "./san.ts";

/** What a listener has where HTTP is spoken, but for what a TCP listener has as well. */
export function printHttp(filter: HttpFilterConfig): Mapping {
  const [first, ...others] = filter.virtualHosts;
  const isOneForAll = others.length === 0 && first?.domains.join() === "*";
  // A flat list drops what comes after a route that takes everything.
  const isFlat = isOneForAll && first.routes.length > 0 &&
    !first.routes.slice(0, -1).some(takesEverything);
  const routes = filter.virtualHosts.flatMap((host) => host.routes);
  const shared: RouteDefaults = {
    maxBodyBytes: mostFrequent(routes.map((route) => route.maxBodyBytes), 0),
    upgrades: mostFrequent(routes.map((route) => route.upgrades.join()), UPGRADES.join()),
  };
  return {
    forwarding: unless("replace", filter.forwarding.mode),
    client_cert_header: printClientCertHeader(filter.clientCertHeader),
    ...printHttp10(filter),
    ...printLimits(filter),
    max_body: sizeUnless(0, shared.maxBodyBytes),
    upgrades: listUnless(UPGRADES.join(), shared.upgrades),
    errors: unless("loopback", filter.errors),
    max_hops: unless(MAX_HOPS, filter.maxHops),
    ...(isFlat ? { routes: first.routes.map((route) => printRoute(route, shared)) } : {
      ignore_host_port: isOneForAll || filter.ignorePortInHost ? undefined : "off",
      virtual_hosts: filter.virtualHosts.map(({ name, domains, routes }) => ({
        name: unless(domains[0], name),
        domains,
        routes: routes.map((route) => printRoute(route, shared)),
      })),
    }),
  };
}

function printClientCertHeader({ mode, details }: ClientCertHeaderConfig): Mapping | undefined {
  const told = DETAILS.filter((detail) => details[detail]);
  if (mode === "sanitize") return undefined;
  return { mode, details: told.length === 0 ? undefined : told };
}

function printHttp10({ acceptHttp10, defaultHostForHttp10 }: HttpFilterConfig): Mapping {
  return {
    accept_http_10: acceptHttp10 ? "on" : undefined,
    default_host_for_http_10: defaultHostForHttp10 ?? undefined,
  };
}

function printLimits({ limits, timeouts }: HttpFilterConfig): Mapping {
  return {
    head_timeout: durationUnless(HTTP_TIMEOUTS.headMs, timeouts.headMs),
    request_timeout: durationUnless(HTTP_TIMEOUTS.requestMs, timeouts.requestMs),
    stream_idle_timeout: durationUnless(HTTP_TIMEOUTS.streamIdleMs, timeouts.streamIdleMs),
    max_head: sizeUnless(HTTP_LIMITS.headBytes, limits.headBytes),
    max_fields: unless(HTTP_LIMITS.headFields, limits.headFields),
    max_target: sizeUnless(HTTP_LIMITS.targetBytes, limits.targetBytes),
    max_requests_per_connection: unless(
      HTTP_LIMITS.requestsPerConnection,
      limits.requestsPerConnection,
    ),
    min_body_rate: sizeUnless(HTTP_LIMITS.minBodyRate, limits.minBodyRate),
  };
}

/** What the listener says for its routes; a list's items are joined by commas. */
interface RouteDefaults {
  readonly maxBodyBytes: number;
  readonly upgrades: string;
}

/** The value that most have; of several, `standard` if it is one of them, else the first. */
function mostFrequent<T>(values: readonly T[], standard: T): T {
  const counts = new Map<T, number>([[standard, 0]]);
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const [winner = standard] = [...counts.keys()].filter((value) => counts.get(value) === most);
  return winner;
}

function printRoute(route: RouteConfig, shared: RouteDefaults): Mapping {
  const headers = new Map(route.match.headers.map(({ name, exact }) => [name, exact]));
  return {
    ...printPath(route.match.path),
    headers: headers.size === 0 ? undefined : headers,
    cluster: route.cluster,
    timeout: durationUnless(DEFAULT_ROUTE_TIMEOUT_MS, route.timeoutMs),
    timeout_covers: unless("head", route.timeoutCovers),
    prefix_rewrite: route.prefixRewrite ?? undefined,
    client_sans: route.clientSans?.map(formatSan),
    max_body: sizeUnless(shared.maxBodyBytes, route.maxBodyBytes),
    upgrades: listUnless(shared.upgrades, route.upgrades.join()),
  };
}

function printPath({ kind, value }: RouteConfig["match"]["path"]): Mapping {
  if (kind === "path") return { exact: value };
  if (value === "/") return {};
  return value.endsWith("/") ? { path: value } : { prefix: value };
}
