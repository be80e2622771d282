/**
 * `/config_dump`: the configuration that runs, as Envoy would have been given it.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import { type Endpoint, json } from "./endpoint.ts";
import { addressJson, clusterJson, listenerJson, routeConfigurationJson } from "./envoy_json.ts";
import type { ServerView } from "./view.ts";

/** Envoy's `admin.v3.ConfigDump`. Keys are redacted: see `envoy_json.ts`. */
export const CONFIG_DUMP: Endpoint = {
  path: "/config_dump",
  help: "dump current configs, keys redacted",
  answer: (view, _query, now) => json({ configs: dumps(view, new Date(now - view.uptimeMs)) }),
};

/** The entries that Envoy has, in its order; genkan has no scoped routes and no named secrets. */
function dumps({ config, version }: ServerView, started: Date): unknown[] {
  const last_updated = started.toISOString();
  return [
    dump("BootstrapConfigDump", { bootstrap: bootstrapJson(config, version), last_updated }),
    dump("ClustersConfigDump", {
      static_clusters: config.clusters.map((cluster) => ({
        cluster: {
          "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
          ...clusterJson(cluster),
        },
        last_updated,
      })),
    }),
    dump("ListenersConfigDump", {
      static_listeners: config.listeners.map((listener) => ({
        listener: {
          "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
          ...listenerJson(listener),
        },
        last_updated,
      })),
    }),
    dump("ScopedRoutesConfigDump", {}),
    dump("RoutesConfigDump", {
      static_route_configs: config.listeners.flatMap(({ name, filterChains, defaultFilterChain }) =>
        filterChains.concat(defaultFilterChain ?? []).flatMap(({ filter }) =>
          filter.kind !== "http" ? [] : [{
            route_config: {
              "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
              ...routeConfigurationJson(name, filter),
            },
            last_updated,
          }]
        )
      ),
    }),
    dump("SecretsConfigDump", {}),
  ];
}

function dump(type: string, fields: Record<string, unknown>): unknown {
  return { "@type": `type.googleapis.com/envoy.admin.v3.${type}`, ...fields };
}

function bootstrapJson(config: Config, version: string): unknown {
  return {
    node: { user_agent_name: "genkan", user_agent_version: version },
    static_resources: {
      listeners: config.listeners.map(listenerJson),
      clusters: config.clusters.map(clusterJson),
    },
    ...(config.admin !== null && { admin: { address: addressJson(config.admin) } }),
  };
}
