/**
 * The endpoints of a cluster as a run would have them: names resolved, its own settings for TLS.
 *
 * @module
 */

import type { ClusterConfig, EndpointConfig } from "../../config/model.ts";
import { isIpAddress, isUnixPath } from "../../runtime/mod.ts";
import { Cluster, type ClusterOptions, type Endpoint } from "../../upstream/mod.ts";

/** What is probed: an endpoint, or a name that gave none. */
export type Target =
  | { readonly kind: "endpoint"; readonly cluster: ClusterConfig; readonly endpoint: Endpoint }
  | {
    readonly kind: "unresolved";
    readonly cluster: ClusterConfig;
    readonly missing: EndpointConfig;
  }
  | { readonly kind: "empty"; readonly cluster: ClusterConfig };

/** A cluster that whoever asked for closes, and what there is to probe. */
export interface FoundEndpoints {
  readonly cluster: Cluster;
  readonly targets: readonly Target[];
}

/** Resolves a cluster's names, for 5 s at most. */
export async function findEndpoints(
  config: ClusterConfig,
  options: ClusterOptions,
): Promise<FoundEndpoints> {
  // Probes are no traffic: that a cluster may take none at all doesn't keep them.
  const maxConnections = Number.MAX_SAFE_INTEGER;
  const circuitBreakers = { ...config.circuitBreakers, maxConnections };
  const cluster = new Cluster({ ...config, circuitBreakers }, options);
  await cluster.start();
  const { endpoints } = cluster;
  const missing = config.endpoints.filter(({ address: { host } }) =>
    !isIpAddress(host) && !isUnixPath(host) &&
    !endpoints.some(({ place }) => place.hostname === host)
  );
  const targets: Target[] = [
    ...endpoints.map((endpoint) => ({ kind: "endpoint" as const, cluster: config, endpoint })),
    ...missing.map((each) => ({ kind: "unresolved" as const, cluster: config, missing: each })),
  ];
  if (config.endpoints.length === 0) targets.push({ kind: "empty", cluster: config });
  return { cluster, targets };
}
