/**
 * The TCP proxy filter in Envoy's form.
 *
 * @module
 */

import type { ClusterNames } from "../checks.ts";
import type { TcpFilterConfig } from "../model.ts";
import { readAccessLog } from "./access_log.ts";
import type { Extension } from "./typed_config.ts";

const IDLE_TIMEOUT_MS = 3_600_000; // Envoy's default; 0 turns it off

/** (Envoy: `TcpProxy`) */
export function tcpProxy(clusters: ClusterNames): Extension<TcpFilterConfig> {
  return {
    type: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    message: "TcpProxy",
    read: (fields) => ({
      kind: "tcp",
      statPrefix: fields.need("stat_prefix").name(),
      cluster: clusters.read(
        fields.has("weighted_clusters") ? fields.take("cluster") : fields.need("cluster"),
        "tcp",
      ),
      idleTimeoutMs: fields.take("idle_timeout").duration(IDLE_TIMEOUT_MS),
      accessLog: readAccessLog(fields.take("access_log")),
    }),
  };
}
