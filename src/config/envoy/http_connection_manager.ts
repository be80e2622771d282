/**
 * The HTTP filter in Envoy's form.
 *
 * @module
 */

import type { ClusterNames } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { HttpFilterConfig } from "../model.ts";
import { readAccessLog } from "./access_log.ts";
import { FIELDS } from "./fields.ts";
import { readRouteConfiguration } from "./route.ts";
import { type Extension, readExtension } from "./typed_config.ts";

const IDLE_TIMEOUT_MS = 3_600_000; // Envoy's default; 0 turns it off

/** (Envoy: `HttpConnectionManager`) */
export function httpConnectionManager(clusters: ClusterNames): Extension<HttpFilterConfig> {
  return {
    type: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    message: "HttpConnectionManager",
    read: (fields) => {
      fields.take("codec_type").choice({ AUTO: true, HTTP1: true, HTTP2: null, HTTP3: null }, true);
      readHttpFilters(fields.need("http_filters"));
      const isAtEdge = fields.take("use_remote_address").boolean(false);
      return {
        kind: "http",
        statPrefix: fields.need("stat_prefix").name(),
        forwarding: { mode: isAtEdge ? "append" : "keep" },
        ...readRouteConfiguration(routeConfigOf(fields), clusters),
        accessLog: readAccessLog(fields.take("access_log")),
        acceptHttp10: false,
        defaultHostForHttp10: null,
        limits: {
          headBytes: 60 * 1024,
          headFields: 100,
          targetBytes: 0,
          requestsPerConnection: 0,
          minBodyRate: 0,
        },
        timeouts: {
          headMs: fields.take("request_headers_timeout").duration(0),
          requestMs: 0,
          idleMs: fields.take("common_http_protocol_options").record(
            FIELDS.HttpProtocolOptions,
            (options) => options.take("idle_timeout").duration(IDLE_TIMEOUT_MS),
          ),
          streamIdleMs: 300_000,
        },
        errors: "short",
        maxHops: 0,
      };
    },
  };
}

function routeConfigOf(fields: Fields): Cursor {
  return fields.has("rds", "scoped_routes")
    ? fields.take("route_config")
    : fields.need("route_config");
}

const ROUTER: Extension<true> = {
  type: "envoy.extensions.filters.http.router.v3.Router",
  message: "Router",
  read: () => true,
};

/** The router is the only filter that genkan has, and is the one that forwards. */
function readHttpFilters(field: Cursor): void {
  const filters = field.items();
  if (field.kind === "list" && filters.length === 0) {
    field.fail("expected the router, found nothing");
  }
  filters.forEach((filter, index) =>
    filter.record(FIELDS.HttpFilter, (fields) => {
      fields.need("name").name();
      const isRouter = readExtension(fields, [ROUTER]);
      if (isRouter && index < filters.length - 1) {
        filter.fail("the router must be the last HTTP filter");
      }
    })
  );
}
