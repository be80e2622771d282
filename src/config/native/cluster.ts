/**
 * A cluster in the native form.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { isName, parseEndpoint } from "../address.ts";
import {
  checkDiscovery,
  type ClusterNames,
  MAX_COUNT,
  MAX_WEIGHT,
  readDnsRefresh,
} from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { CircuitBreakersConfig, ClusterConfig, EndpointConfig } from "../model.ts";
import { CIRCUIT_BREAKERS } from "./defaults.ts";
import { readUpstreamTls, type TlsContext } from "./tls.ts";

/** What a cluster needs to know of the rest of the file. */
export interface ClusterContext extends TlsContext {
  readonly clusters: ClusterNames;
}

/** Milliseconds to connect, unless the file says otherwise. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;

const DISCOVERY: Readonly<Record<string, ClusterConfig["discovery"]>> = {
  static: "static",
  strict_dns: "strict_dns",
  logical_dns: "logical_dns",
};

/** The words of `dns_lookup_family`. */
export const FAMILIES: Readonly<Record<string, NonNullable<ClusterConfig["dnsLookupFamily"]>>> = {
  all: "all",
  auto: "auto",
  v4_preferred: "v4_preferred",
  v4_only: "v4_only",
  v6_only: "v6_only",
};

/** Reads `clusters.<name>`. */
export function readCluster(name: string, field: Cursor, context: ClusterContext): ClusterConfig {
  if (name === "") field.failAtName("expected a name, found none");
  return field.record([], (fields) => {
    const endpointsField = fields.need("endpoints");
    const placed = endpointsField.items().map((item) => [item, readEndpoint(item)] as const);
    const endpoints = placed.flatMap(([, endpoint]) => endpoint ?? []);
    const discoveryField = fields.take("discovery");
    const discovery = discoveryField.choice<ClusterConfig["discovery"]>(
      DISCOVERY,
      inferDiscovery(endpoints),
    );
    checkDiscovery(discovery, placed, endpointsField);
    const family = fields.take("dns_lookup_family");
    const refresh = fields.take("dns_refresh_rate");
    const hasNames = endpoints.some(({ address }) => isName(address.host));
    for (const field of [family, refresh]) {
      if (field.given && !hasNames && endpoints.length === placed.length) {
        field.failAtName("has no effect: no endpoint is a host name");
      }
    }
    const isUsedForHttp = context.clusters.isUsedForHttp(name);
    return {
      name,
      discovery,
      ...(hasNames
        ? { dnsLookupFamily: family.choice(FAMILIES, "v4_preferred"), ...readDnsRefresh(refresh) }
        : {}),
      endpoints,
      loadBalancing: "round_robin",
      connectTimeoutMs: readConnectTimeout(fields.take("connect_timeout")),
      circuitBreakers: readCircuitBreakers(fields),
      proxyProtocol: fields.take("proxy_protocol")
        .choice<ClusterConfig["proxyProtocol"]>({ v1: "v1", v2: "v2" }, null),
      tls: readUpstreamTls(fields.take("tls"), {
        ...context,
        cluster: name,
        endpoints,
        isUsedForHttp,
      }),
    };
  });
}

/** `host:port`, or that with a weight; null where it was reported. */
function readEndpoint(item: Cursor): EndpointConfig | null {
  const read = (field: Cursor) => field.parsed<SocketAddress | null>(parseEndpoint, null);
  if (item.kind !== "map") {
    const address = read(item);
    return address && { address, weight: 1 };
  }
  return item.record([], (fields) => {
    const address = read(fields.need("address"));
    const weight = fields.take("weight").integer(1, MAX_WEIGHT, 1);
    return address && { address, weight };
  });
}

function inferDiscovery(endpoints: readonly EndpointConfig[]): ClusterConfig["discovery"] {
  return endpoints.every(({ address }) => !isName(address.host)) ? "static" : "strict_dns";
}

function readCircuitBreakers(fields: Fields): CircuitBreakersConfig {
  const count = (name: string, fallback: number) =>
    fields.take(name).integer(0, MAX_COUNT, fallback);
  return {
    maxConnections: count("max_connections", CIRCUIT_BREAKERS.maxConnections),
    maxPendingRequests: count("max_pending_requests", CIRCUIT_BREAKERS.maxPendingRequests),
    maxRequests: count("max_requests", CIRCUIT_BREAKERS.maxRequests),
    maxRetries: count("max_retries", CIRCUIT_BREAKERS.maxRetries),
  };
}

function readConnectTimeout(field: Cursor): number {
  const timeout = field.duration(DEFAULT_CONNECT_TIMEOUT_MS);
  if (timeout === 0) field.fail("expected more than 0, found 0: every connect would time out");
  return timeout;
}
