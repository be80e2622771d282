/**
 * Which values of limits, timeouts, upgrades and circuit breakers are taken, beside what a real
 * Envoy says of them.
 *
 * @module
 */

import { type Takers, testVerdicts } from "./verdicts.ts";

type Place = "filter" | "route" | "cluster" | "limit";

const CASES: readonly (readonly [place: Place, fields: string, takers: Takers])[] = [
  ["filter", "max_request_headers_kb: 0", "neither"],
  ["filter", "max_request_headers_kb: 1", "both"],
  ["filter", 'max_request_headers_kb: "8192"', "both"],
  ["filter", "max_request_headers_kb: 8193", "neither"],
  ["filter", "max_request_headers_kb: 1.5", "neither"],
  ["filter", "stream_idle_timeout: 0s", "both"],
  ["filter", "request_timeout: 0.5s", "both"],
  ["filter", "request_timeout: -1s", "neither"],
  ["filter", "common_http_protocol_options: { max_headers_count: 0 }", "neither"],
  ["filter", "common_http_protocol_options: { max_headers_count: 4294967295 }", "both"],
  ["filter", "common_http_protocol_options: { max_headers_count: 4294967296 }", "neither"],
  ["filter", "common_http_protocol_options: { max_requests_per_connection: 0 }", "both"],
  ["filter", "common_http_protocol_options: { max_requests_per_connection: -1 }", "neither"],
  ["filter", "common_http_protocol_options: { headers_with_underscores_action: allow }", "both"],
  [
    "filter",
    "common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }",
    "envoy",
  ],
  ["filter", "common_http_protocol_options: { headers_with_underscores_action: NO }", "neither"],
  ["filter", "http_protocol_options: { default_host_for_http_10: a.test }", "both"],
  [
    "filter",
    'http_protocol_options: { accept_http_10: true, default_host_for_http_10: "[::1]:80" }',
    "both",
  ],
  [
    "filter",
    'http_protocol_options: { accept_http_10: true, default_host_for_http_10: "" }',
    "both",
  ],
  ["filter", 'http_protocol_options: { default_host_for_http_10: "a\\nb" }', "envoy"],
  ["filter", "http_protocol_options: { enable_trailers: true }", "envoy"],
  ["filter", "upgrade_configs: { upgrade_type: websocket }", "both"],
  ["filter", "upgrade_configs: [{ upgrade_type: WebSocket, enabled: no }]", "both"],
  [
    "filter",
    "upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: WEBSOCKET }]",
    "neither",
  ],
  ["filter", "upgrade_configs: [{ upgrade_type: websocket, enabled: 1 }]", "neither"],
  ["filter", "upgrade_configs: [{}]", "envoy"],
  ["filter", 'upgrade_configs: [{ upgrade_type: "a, b" }]', "envoy"],
  ["filter", "upgrade_configs: [{ upgrade_type: CONNECT }]", "envoy"],
  ["filter", "upgrade_configs: [{ upgrade_type: h2c }]", "envoy"],
  ["filter", "upgrade_configs: [{ upgrade_type: websocket, filters: [] }]", "envoy"],
  ["route", "upgrade_configs: [{ upgrade_type: websocket, enabled: false }]", "both"],
  ["route", "upgrade_configs: [{}]", "neither"],
  ["route", 'upgrade_configs: [{ upgrade_type: "a\\n" }]', "neither"],
  ["route", "upgrade_configs: [{ upgrade_type: a }, { upgrade_type: A }]", "neither"],
  ["route", "upgrade_configs: [{ upgrade_type: a, connect_config: {} }]", "neither"],
  ["route", "upgrade_configs: [{ upgrade_type: CONNECT }]", "envoy"],
  ["route", 'prefix_rewrite: "/a?b=%20"', "both"],
  ["route", 'prefix_rewrite: "/a\\r\\n"', "neither"],
  ["route", 'prefix_rewrite: "/a b"', "envoy"],
  ["route", 'prefix_rewrite: "/a#b"', "envoy"],
  ["route", 'prefix_rewrite: "/\\u00e9"', "envoy"],
  ["route", "idle_timeout: 5s", "envoy"],
  ["cluster", "dns_refresh_rate: 0.001s", "neither"],
  ["cluster", "dns_refresh_rate: 0.002s", "both"],
  ["cluster", "dns_refresh_rate: 0s", "neither"],
  ["cluster", "circuit_breakers:", "both"],
  ["cluster", "circuit_breakers: { thresholds: { max_connections: 5 } }", "both"],
  ["cluster", "circuit_breakers: { thresholds: [{ max_requests: 0, max_retries: 0 }] }", "both"],
  ["cluster", "circuit_breakers: { thresholds: [{ max_requests: 4294967296 }] }", "neither"],
  ["cluster", "circuit_breakers: { thresholds: [{ priority: default }] }", "both"],
  ["cluster", "circuit_breakers: { thresholds: [{ priority: HIGH }] }", "envoy"],
  ["cluster", "circuit_breakers: { thresholds: [{ priority: LOW }] }", "neither"],
  ["cluster", "circuit_breakers: { thresholds: [{}, {}] }", "envoy"],
  ["cluster", "circuit_breakers: { thresholds: [{ retry_budget: {} }] }", "envoy"],
  ["cluster", "circuit_breakers: { per_host_thresholds: [{ max_connections: 1 }] }", "envoy"],
  ["limit", "stat_prefix: a, max_connections: 5", "both"],
  ["limit", "stat_prefix: a, max_connections: 0", "neither"],
  ["limit", "stat_prefix: a", "neither"],
  ["limit", "max_connections: 5", "neither"],
  ["limit", "stat_prefix: a, max_connections: 5, delay: 1s", "envoy"],
];

const TYPE = "type.googleapis.com/envoy.extensions.filters";

function bootstrap(place: Place, fields: string): string {
  const at = (here: Place) => here === place ? fields : "";
  const limit = place !== "limit" ? "" : `
        - name: limit
          typed_config:
            { "@type": ${TYPE}.network.connection_limit.v3.ConnectionLimit, ${fields} }`;
  return `static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
      - filters:${limit}
        - name: http
          typed_config:
            "@type": ${TYPE}.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: a
            ${at("filter")}
            route_config:
              virtual_hosts:
                - name: a
                  domains: ["*"]
                  routes:
                    - match: { prefix: / }
                      route: { cluster: a, ${at("route")} }
            http_filters:
              - name: router
                typed_config: { "@type": ${TYPE}.http.router.v3.Router }
  clusters:
    - name: a
      ${at("cluster")}
`;
}

testVerdicts(
  "Envoy's limits, timeouts and upgrades",
  CASES.map(([place, fields, takers]) => ({ fields, takers, text: bootstrap(place, fields) })),
);
