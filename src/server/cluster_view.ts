/**
 * Clusters for the admin's `/clusters`: as a worker has them, and those of all workers as one.
 *
 * @module
 */

import type { ClusterView, EndpointView } from "../admin/view.ts";
import type { Config } from "../config/model.ts";
import { showAddress } from "../runtime/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import type { ClusterState } from "./worker.ts";

/** A cluster as it is now. */
export function describeCluster({ config: { name }, endpoints }: Cluster): ClusterState {
  return {
    name,
    endpoints: endpoints.map((endpoint) => ({
      address: endpoint.address,
      hostname: endpoint.place.hostname,
      weight: endpoint.weight,
      healthy: true,
      cxActive: endpoint.cxActive,
      cxConnectFail: endpoint.cxConnectFail,
      cxTotal: endpoint.cxTotal,
      rqActive: endpoint.rqActive,
      rqPending: endpoint.rqPending,
      rqError: endpoint.rqError,
      rqSuccess: endpoint.rqSuccess,
      rqTimeout: endpoint.rqTimeout,
      rqTotal: endpoint.rqTotal,
    })),
  };
}

/** `states` are what each worker says of its clusters. */
export function viewClusters(
  config: Config,
  states: readonly (readonly ClusterState[])[],
): ClusterView[] {
  return config.clusters.map(({ name, circuitBreakers }) => {
    const endpoints = new Map<string, EndpointView>();
    for (const state of states) {
      for (const endpoint of state.find((cluster) => cluster.name === name)?.endpoints ?? []) {
        const key = `${showAddress(endpoint.address)} ${endpoint.hostname}`;
        const known = endpoints.get(key);
        endpoints.set(key, known === undefined ? endpoint : together(known, endpoint));
      }
    }
    return { name, circuitBreakers, endpoints: [...endpoints.values()] };
  });
}

function together(one: EndpointView, other: EndpointView): EndpointView {
  return {
    ...one,
    healthy: one.healthy && other.healthy,
    cxActive: one.cxActive + other.cxActive,
    cxConnectFail: one.cxConnectFail + other.cxConnectFail,
    cxTotal: one.cxTotal + other.cxTotal,
    rqActive: one.rqActive + other.rqActive,
    rqPending: one.rqPending + other.rqPending,
    rqError: one.rqError + other.rqError,
    rqSuccess: one.rqSuccess + other.rqSuccess,
    rqTimeout: one.rqTimeout + other.rqTimeout,
    rqTotal: one.rqTotal + other.rqTotal,
  };
}
