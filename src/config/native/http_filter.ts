/**
 * What an HTTP listener has beside its routes, in the native form.
 *
 * @module
 */

import { parseAuthority } from "../address.ts";
import { type ClusterNames, MAX_COUNT } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import { parseSize, type SizeBounds } from "../dialect.ts";
import type {
  ForwardingConfig,
  HttpFilterConfig,
  HttpLimitsConfig,
  HttpTimeoutsConfig,
} from "../model.ts";
import { HTTP_LIMITS, HTTP_TIMEOUTS, MAX_HOPS, UPGRADES } from "./defaults.ts";
import { readClientCertHeader } from "./client_cert_header.ts";
import { readMaxBody, readRoutes, readUpgrades, readVirtualHosts } from "./routes.ts";

/** The fields of a listener that mean nothing where bytes are passed on. */
export const HTTP_FIELDS: readonly string[] = [
  "routes",
  "virtual_hosts",
  "ignore_host_port",
  "forwarding",
  "accept_http_10",
  "default_host_for_http_10",
  "max_head",
  "max_fields",
  "max_target",
  "max_body",
  "max_requests_per_connection",
  "min_body_rate",
  "head_timeout",
  "request_timeout",
  "stream_idle_timeout",
  "upgrades",
  "errors",
  "max_hops",
  "client_cert_header",
];

const FORWARDING: Readonly<Record<string, ForwardingConfig["mode"]>> = {
  replace: "replace",
  append: "append",
  keep: "keep",
};

const ERRORS: Readonly<Record<string, HttpFilterConfig["errors"]>> = {
  short: "short",
  loopback: "loopback",
  detailed: "detailed",
};

/** More would only carry a loop further. */
const MAX_MAX_HOPS = 100;

/** What the filter needs to know of the rest of the file. */
export interface HttpContext {
  readonly clusters: ClusterNames;
  /** The file's own `access_log`. */
  readonly accessLog: boolean;
  /** Clients are asked for a certificate. */
  readonly asksForCertificates: boolean;
}

/** Reads a listener that has `routes` or `virtual_hosts`. */
export function readHttp(name: string, fields: Fields, context: HttpContext): HttpFilterConfig {
  const ignorePort = fields.take("ignore_host_port").boolean(true);
  const inner = {
    clusters: context.clusters,
    ignorePort,
    asksForCertificates: context.asksForCertificates,
    maxBodyBytes: readMaxBody(fields.take("max_body"), 0),
    upgrades: readUpgrades(fields.take("upgrades"), UPGRADES),
  };
  const routes = fields.take("routes");
  const virtualHosts = fields.take("virtual_hosts");
  return {
    kind: "http",
    statPrefix: fields.take("stat_prefix").name(name),
    clientCertHeader: readClientCertHeader(fields.take("client_cert_header")),
    forwarding: {
      mode: fields.take("forwarding").choice<ForwardingConfig["mode"]>(FORWARDING, "replace"),
    },
    virtualHosts: virtualHosts.given
      ? readVirtualHosts(virtualHosts, inner)
      : readRoutes(routes, inner),
    ignorePortInHost: ignorePort,
    accessLog: fields.take("access_log").boolean(context.accessLog),
    ...readHttp10(fields),
    limits: readLimits(fields),
    timeouts: readTimeouts(fields),
    errors: fields.take("errors").choice<HttpFilterConfig["errors"]>(ERRORS, "loopback"),
    maxHops: fields.take("max_hops").integer(0, MAX_MAX_HOPS, MAX_HOPS),
  };
}

function readHttp10(
  fields: Fields,
): Pick<HttpFilterConfig, "acceptHttp10" | "defaultHostForHttp10"> {
  const acceptHttp10 = fields.take("accept_http_10").boolean(false);
  const field = fields.take("default_host_for_http_10");
  if (field.given && !acceptHttp10) {
    field.failAtName('has no effect without "accept_http_10: on"; remove it');
  }
  return { acceptHttp10, defaultHostForHttp10: field.parsed<string | null>(parseAuthority, null) };
}

// Bytes. A head has its bounds from Envoy's `max_request_headers_kb`.
const HEAD: SizeBounds = { min: 1024, max: 8192 * 1024 };
const TARGET: SizeBounds = { min: 0, max: HEAD.max };
const BODY_RATE: SizeBounds = { min: 0, max: 2 ** 30 };

function readLimits(fields: Fields): HttpLimitsConfig {
  const size = (field: Cursor, bounds: SizeBounds, fallback: number) =>
    field.literal((text) => parseSize(text, bounds), fallback);
  return {
    headBytes: size(fields.take("max_head"), HEAD, HTTP_LIMITS.headBytes),
    headFields: fields.take("max_fields").integer(1, MAX_COUNT, HTTP_LIMITS.headFields),
    targetBytes: size(fields.take("max_target"), TARGET, HTTP_LIMITS.targetBytes),
    requestsPerConnection: fields.take("max_requests_per_connection")
      .integer(0, MAX_COUNT, HTTP_LIMITS.requestsPerConnection),
    minBodyRate: size(fields.take("min_body_rate"), BODY_RATE, HTTP_LIMITS.minBodyRate),
  };
}

function readTimeouts(fields: Fields): HttpTimeoutsConfig {
  return {
    headMs: fields.take("head_timeout").duration(HTTP_TIMEOUTS.headMs),
    requestMs: fields.take("request_timeout").duration(HTTP_TIMEOUTS.requestMs),
    idleMs: fields.take("idle_timeout").duration(HTTP_TIMEOUTS.idleMs),
    streamIdleMs: fields.take("stream_idle_timeout").duration(HTTP_TIMEOUTS.streamIdleMs),
  };
}
