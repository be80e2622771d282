/**
 * The HTTP filter in Envoy's form.
 *
 * @module
 */

import { parseAuthority } from "../address.ts";
import { type ClusterNames, MAX_COUNT } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import type { HttpFilterConfig, HttpLimitsConfig, HttpTimeoutsConfig } from "../model.ts";
import { readAccessLog } from "./access_log.ts";
import { readClientCertHeader } from "./client_cert_header.ts";
import { FIELDS } from "./fields.ts";
import { readRouteConfiguration } from "./route.ts";
import { type Extension, readExtension } from "./typed_config.ts";
import { readFilterUpgrades } from "./upgrade_configs.ts";

// Envoy's defaults. 0 turns a timeout off.
const IDLE_TIMEOUT_MS = 3_600_000;
const STREAM_IDLE_TIMEOUT_MS = 300_000;
const HEAD_KIB = 60;
const HEAD_FIELDS = 100;

/** (Envoy: `HttpConnectionManager`) */
export function httpConnectionManager(clusters: ClusterNames): Extension<HttpFilterConfig> {
  return {
    type: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    message: "HttpConnectionManager",
    read: (fields) => {
      fields.take("codec_type").choice({ AUTO: true, HTTP1: true, HTTP2: null, HTTP3: null }, true);
      readHttpFilters(fields.need("http_filters"));
      const upgrades = readFilterUpgrades(fields.take("upgrade_configs"));
      const options = readCommonOptions(fields.take("common_http_protocol_options"));
      const isAtEdge = fields.take("use_remote_address").boolean(false);
      return {
        kind: "http",
        statPrefix: fields.need("stat_prefix").name(),
        clientCertHeader: readClientCertHeader(fields),
        forwarding: { mode: isAtEdge ? "append" : "keep" },
        ...readRouteConfiguration(routeConfigOf(fields), { clusters, upgrades }),
        accessLog: readAccessLog(fields.take("access_log")),
        ...readHttp1Options(fields.take("http_protocol_options")),
        limits: {
          headBytes: fields.take("max_request_headers_kb").integer(1, 8192, HEAD_KIB) * 1024,
          headFields: options.headFields,
          targetBytes: 0,
          requestsPerConnection: options.requestsPerConnection,
          minBodyRate: 0,
        },
        timeouts: {
          headMs: fields.take("request_headers_timeout").duration(0),
          requestMs: fields.take("request_timeout").duration(0),
          idleMs: options.idleMs,
          streamIdleMs: fields.take("stream_idle_timeout").duration(STREAM_IDLE_TIMEOUT_MS),
        },
        errors: "short",
        maxHops: 0,
      };
    },
  };
}

/** (Envoy: `HttpProtocolOptions`) */
function readCommonOptions(
  field: Cursor,
):
  & Pick<HttpLimitsConfig, "headFields" | "requestsPerConnection">
  & Pick<HttpTimeoutsConfig, "idleMs"> {
  return field.record(FIELDS.HttpProtocolOptions, (fields) => {
    fields.take("headers_with_underscores_action")
      .choice({ ALLOW: true, REJECT_REQUEST: null, DROP_HEADER: null }, true);
    return {
      headFields: fields.take("max_headers_count").integer(1, MAX_COUNT, HEAD_FIELDS),
      requestsPerConnection: fields.take("max_requests_per_connection").integer(0, MAX_COUNT, 0),
      idleMs: fields.take("idle_timeout").duration(IDLE_TIMEOUT_MS),
    };
  });
}

/** (Envoy: `Http1ProtocolOptions`) */
function readHttp1Options(
  field: Cursor,
): Pick<HttpFilterConfig, "acceptHttp10" | "defaultHostForHttp10"> {
  return field.record(FIELDS.Http1ProtocolOptions, (fields) => {
    const acceptHttp10 = fields.take("accept_http_10").boolean(false);
    const host = fields.take("default_host_for_http_10").parsed(parseDefaultHost, null);
    // Without HTTP/1.0 a host for it has no effect, and Envoy takes it.
    return { acceptHttp10, defaultHostForHttp10: acceptHttp10 ? host : null };
  });
}

/** Empty is proto3's way of saying that there is none. */
function parseDefaultHost(text: string): Reading<string | null> {
  return text === "" ? { value: null } : parseAuthority(text);
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
