/**
 * The configuration that both proxies run.
 *
 * @module
 */

import {
  bootstrap,
  cluster,
  http,
  listener,
  OWN_CERTIFICATE,
  STDOUT_LOG,
  tcpTo,
} from "../e2e/envoy_config.ts";
import { freePort } from "../e2e/upstream.ts";
import { PROBE_HOST } from "./observe.ts";

type Json = Parameters<typeof http>[0][number];
type Fields = NonNullable<Parameters<typeof http>[1]>;

/** What follows a path or a header to an upstream that says its name, and so on. */
const HOSTS: readonly Json[] = [
  { name: "probe", domains: [PROBE_HOST], routes: [to("/", "probe")] },
  {
    name: "routes",
    domains: ["routes.test"],
    routes: [
      { match: { path: "/exact" }, route: { cluster: "app" } },
      { match: { path: "/old" }, route: { cluster: "app", prefix_rewrite: "/new" } },
      { match: { prefix: "/api/" }, route: { cluster: "app", prefix_rewrite: "/v2/" } },
      { match: { prefix: "/strip" }, route: { cluster: "app", prefix_rewrite: "/" } },
      {
        match: { prefix: "/h", headers: [{ name: "x-version", string_match: { exact: "2" } }] },
        route: { cluster: "app", prefix_rewrite: "/by-header" },
      },
      { match: { prefix: "/none" }, route: { cluster: "app", timeout: "0s" } },
      { match: { prefix: "/slow" }, route: { cluster: "app", timeout: "0.2s" } },
      { match: { prefix: "/refused" }, route: { cluster: "refused" } },
      { match: { prefix: "/nobody" }, route: { cluster: "nobody" } },
      { match: { prefix: "/no-connections" }, route: { cluster: "no-connections" } },
      { match: { prefix: "/no-pending" }, route: { cluster: "no-pending" } },
      { match: { prefix: "/no-requests" }, route: { cluster: "no-requests" } },
      {
        match: { prefix: "/never" },
        route: {
          cluster: "app",
          upgrade_configs: [{ upgrade_type: "websocket", enabled: false }],
        },
      },
    ],
  },
  { name: "exact", domains: ["exact.domain.test"], routes: [rewritten("/domain-exact")] },
  { name: "suffix", domains: ["*.domain.test"], routes: [rewritten("/domain-suffix")] },
  { name: "longer", domains: ["*.eu.domain.test"], routes: [rewritten("/domain-longer")] },
  { name: "prefix", domains: ["domain.*"], routes: [rewritten("/domain-prefix")] },
  { name: "port", domains: ["port.test:8080"], routes: [rewritten("/domain-port")] },
  {
    name: "app",
    domains: ["a.test", "*.a.test", "a.test:*"],
    routes: [
      {
        match: { prefix: "/foo" },
        route: { cluster: "app", upgrade_configs: [{ upgrade_type: "foo" }] },
      },
      to("/", "app"),
    ],
  },
];

/** The file, with an upstream on that port behind every listener. */
export function configuration(port: number): string {
  const web = (name: string, more: Fields = {}) =>
    listener(name, http(HOSTS, { ...STDOUT_LOG, ...more }));
  const listeners = [
    web("plain"),
    web("edge", { use_remote_address: true }),
    web("http10", {
      http_protocol_options: { accept_http_10: true, default_host_for_http_10: "a.test" },
    }),
    web("http10-named", { http_protocol_options: { accept_http_10: true } }),
    web("switching", { upgrade_configs: [{ upgrade_type: "websocket" }] }),
    web("twice", { common_http_protocol_options: { max_requests_per_connection: 2 } }),
    web("hurried", { request_headers_timeout: "0.3s" }),
    web("whole", { request_timeout: "0.3s" }),
    web("stalled", { stream_idle_timeout: "0.3s" }),
    web("resting", { common_http_protocol_options: { idle_timeout: "0.3s" } }),
    web("small", {
      max_request_headers_kb: 1,
      common_http_protocol_options: { max_headers_count: 5 },
    }),
    listener("tls", http(HOSTS, { ...STDOUT_LOG, use_remote_address: true }), OWN_CERTIFICATE),
    listener("raw", logging(tcpTo("app"))),
    listener("raw-refused", logging(tcpTo("refused"))),
    listener("raw-nobody", logging(tcpTo("nobody"))),
    listener("raw-full", tcpTo("no-connections")),
  ];
  const clusters = [
    cluster("app", port),
    cluster("probe", port),
    cluster("refused", freePort()),
    { name: "nobody", type: "STATIC" },
    limited("no-connections", port, { max_connections: 0 }),
    limited("no-pending", port, { max_pending_requests: 0 }),
    limited("no-requests", port, { max_requests: 0 }),
  ];
  const admin = { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } };
  return JSON.stringify({ ...JSON.parse(bootstrap(listeners, clusters)), admin }, null, 2);
}

function to(prefix: string, name: string) {
  return { match: { prefix }, route: { cluster: name } };
}

/** Tells by its path which virtual host a request took. */
function rewritten(path: string) {
  return { match: { prefix: "/" }, route: { cluster: "app", prefix_rewrite: path } };
}

/** A cluster that takes but so much. */
function limited(name: string, port: number, thresholds: Fields): Json {
  const fields = cluster(name, port) as Readonly<Record<string, Json>>;
  return { ...fields, circuit_breakers: { thresholds: [thresholds] } };
}

/** A filter with an access log. */
function logging(filter: Json): Json {
  const { typed_config, ...fields } = filter as Readonly<Record<string, Json>>;
  return { ...fields, typed_config: { ...typed_config as Fields, ...STDOUT_LOG } };
}
