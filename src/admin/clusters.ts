/**
 * `/clusters`: the endpoints of each cluster with their numbers and their health.
 *
 * @module
 */

import { showAddress } from "../runtime/mod.ts";
import { type Endpoint, json, regexParam, text } from "./endpoint.ts";
import { addressJson } from "./envoy_json.ts";
import type { ClusterView, EndpointView } from "./view.ts";

/** As lines `cluster::endpoint::key::value`, or as Envoy's `admin.v3.Clusters`. */
export const CLUSTERS: Endpoint = {
  path: "/clusters",
  help: "upstream cluster status",
  params: [
    { name: "filter", help: "Regular expression (JavaScript) for filtering clusters by name" },
    { name: "format", help: "File format to use; One of (text, json)" },
  ],
  async answer(view, query) {
    let filter: RegExp | null;
    try {
      filter = regexParam(query, "filter");
    } catch (error) {
      return text(`Invalid regex: ${(error as Error).message}\n`, 400);
    }
    const all = await view.clusters();
    const clusters = all.filter(({ name }) => filter?.test(name) ?? true);
    if (query.get("format") === "json") {
      return json({ cluster_statuses: clusters.map(clusterJson) });
    }
    return text(clusters.map(clusterText).join(""));
  },
};

/** A cluster's circuit breakers under Envoy's names. genkan has one priority, so both show the same. */
function limitsOf({ circuitBreakers }: ClusterView): Record<string, number> {
  return {
    max_connections: circuitBreakers.maxConnections,
    max_pending_requests: circuitBreakers.maxPendingRequests,
    max_requests: circuitBreakers.maxRequests,
    max_retries: circuitBreakers.maxRetries,
  };
}

function clusterText(cluster: ClusterView): string {
  const { name, endpoints } = cluster;
  const limits = Object.entries(limitsOf(cluster));
  const lines: [key: string, value: unknown][] = [
    ["observability_name", name],
    ...limits.map(([key, value]) => [`default_priority::${key}`, value] as [string, number]),
    ...limits.map(([key, value]) => [`high_priority::${key}`, value] as [string, number]),
    ["added_via_api", false],
  ];
  for (const endpoint of endpoints) {
    const address = showAddress(endpoint.address);
    const { counters, gauges } = endpointStats(endpoint);
    // Envoy sorts these among each other.
    const stats = [...Object.entries(counters), ...Object.entries(gauges)].sort();
    for (
      const [key, value] of [
        ...stats,
        ["hostname", endpoint.hostname],
        ["health_flags", endpoint.healthy ? "healthy" : "/failed_active_hc"],
        ["weight", endpoint.weight],
        ["region", ""],
        ["zone", ""],
        ["sub_zone", ""],
        ["canary", false],
        ["priority", 0],
        ["success_rate", -1],
        ["local_origin_success_rate", -1],
      ]
    ) lines.push([`${address}::${key}`, value]);
  }
  return lines.map(([key, value]) => `${name}::${key}::${value}\n`).join("");
}

function clusterJson(cluster: ClusterView): unknown {
  const { name, endpoints } = cluster;
  const limits = limitsOf(cluster);
  return {
    name,
    host_statuses: endpoints.map(endpointJson),
    circuit_breakers: { thresholds: [limits, { priority: "HIGH", ...limits }] },
    observability_name: name,
  };
}

function endpointJson(endpoint: EndpointView): unknown {
  const { counters, gauges } = endpointStats(endpoint);
  // Protobuf's JSON leaves out what has its default, and writes 64-bit numbers as strings.
  const stat = ([name, value]: [string, number], type?: string) => ({
    ...(type && { type }),
    ...(value !== 0 && { value: String(value) }),
    name,
  });
  return {
    address: addressJson(endpoint.address),
    stats: [
      ...Object.entries(counters).map((entry) => stat(entry)),
      ...Object.entries(gauges).map((entry) => stat(entry, "GAUGE")),
    ],
    health_status: {
      ...(!endpoint.healthy && { failed_active_health_check: true }),
      eds_health_status: "HEALTHY",
    },
    weight: endpoint.weight,
    ...(endpoint.hostname !== "" && { hostname: endpoint.hostname }),
    locality: {},
  };
}

function endpointStats(endpoint: EndpointView) {
  return {
    counters: {
      cx_connect_fail: endpoint.cxConnectFail,
      cx_total: endpoint.cxTotal,
      rq_error: endpoint.rqError,
      rq_success: endpoint.rqSuccess,
      rq_timeout: endpoint.rqTimeout,
      rq_total: endpoint.rqTotal,
    },
    gauges: {
      cx_active: endpoint.cxActive,
      rq_active: endpoint.rqActive,
      rq_pending_active: endpoint.rqPending,
    },
  };
}
