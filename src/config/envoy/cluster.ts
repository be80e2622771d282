/**
 * Clusters in Envoy's form.
 *
 * @module
 */

import { isName } from "../address.ts";
import { checkDiscovery, MAX_WEIGHT, readDnsRefresh } from "../checks.ts";
import type { Cursor } from "../cursor.ts";
import type { ClusterConfig, EndpointConfig } from "../model.ts";
import { hostField, readAddress } from "./address.ts";
import { readCircuitBreakers } from "./circuit_breakers.ts";
import { FIELDS } from "./fields.ts";
import type { ResourceContext } from "./resource_context.ts";
import { readUpstreamTransport } from "./upstream_transport.ts";

const CONNECT_TIMEOUT_MS = 5_000; // Envoy's default

const DISCOVERY: Readonly<Record<string, ClusterConfig["discovery"] | null>> = {
  STATIC: "static",
  STRICT_DNS: "strict_dns",
  LOGICAL_DNS: "logical_dns",
  EDS: null,
  ORIGINAL_DST: null,
};

const LB_POLICY: Readonly<Record<string, "round_robin" | null>> = {
  ROUND_ROBIN: "round_robin",
  LEAST_REQUEST: null,
  RING_HASH: null,
  RANDOM: null,
  MAGLEV: null,
  CLUSTER_PROVIDED: null,
  LOAD_BALANCING_POLICY_CONFIG: null,
};

const FAMILIES: Readonly<Record<string, NonNullable<ClusterConfig["dnsLookupFamily"]>>> = {
  AUTO: "auto",
  V4_ONLY: "v4_only",
  V6_ONLY: "v6_only",
  V4_PREFERRED: "v4_preferred",
  ALL: "all",
};

/** (Envoy: `Cluster`) */
export function readCluster(field: Cursor, context: ResourceContext): ClusterConfig {
  return field.record(FIELDS.Cluster, (fields) => {
    const name = fields.need("name").name();
    const discovery = fields.take("type").choice(DISCOVERY, "static");
    const family = fields.take("dns_lookup_family").choice(FAMILIES, "auto");
    const refresh = readDnsRefresh(fields.take("dns_refresh_rate"));
    const assignment = fields.take("load_assignment");
    const endpoints = readAssignment(assignment);
    // What stands for the list of endpoints in a message; the cluster itself where there is none.
    checkDiscovery(discovery, endpoints, assignment.given ? assignment : field);
    const hasNames = endpoints.some(([, { address }]) => isName(address.host));
    return {
      name,
      discovery,
      ...(hasNames ? { dnsLookupFamily: family, ...refresh } : {}),
      endpoints: endpoints.map(([, endpoint]) => endpoint),
      loadBalancing: fields.take("lb_policy").choice(LB_POLICY, "round_robin"),
      connectTimeoutMs: readConnectTimeout(fields.take("connect_timeout")),
      circuitBreakers: readCircuitBreakers(fields.take("circuit_breakers")),
      ...readUpstreamTransport(fields.take("transport_socket"), {
        ...context,
        cluster: name,
        isUsedForHttp: context.clusters.isUsedForHttp(name),
      }),
    };
  });
}

function readConnectTimeout(field: Cursor): number {
  const timeout = field.duration(CONNECT_TIMEOUT_MS);
  if (timeout === 0) field.fail("expected more than 0s, found 0s");
  return timeout;
}

type PlacedEndpoint = readonly [field: Cursor, endpoint: EndpointConfig];

/** (Envoy: `ClusterLoadAssignment`; its `cluster_name` need not be the cluster's) */
function readAssignment(field: Cursor): PlacedEndpoint[] {
  if (!field.given) return [];
  return field.record(FIELDS.ClusterLoadAssignment, (fields) => {
    fields.need("cluster_name").name();
    return fields.take("endpoints").items().flatMap((locality) =>
      locality.record(
        FIELDS.LocalityLbEndpoints,
        (inner) => inner.take("lb_endpoints").items().map(readEndpoint),
      )
    );
  });
}

/** (Envoy: `LbEndpoint`) */
function readEndpoint(field: Cursor): PlacedEndpoint {
  return field.record(FIELDS.LbEndpoint, (fields) => {
    const weight = fields.take("load_balancing_weight").integer(1, MAX_WEIGHT, 1);
    const endpoint = fields.has("endpoint_name")
      ? fields.take("endpoint")
      : fields.need("endpoint");
    return endpoint.record(FIELDS.Endpoint, (inner) => {
      const addressField = inner.need("address");
      const address = readAddress(addressField, "connect");
      return [hostField(addressField), { address, weight }] as const;
    });
  });
}
