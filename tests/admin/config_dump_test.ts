import type { Config } from "../../src/config/model.ts";
import { assert, assertEquals } from "../assert.ts";
import { ask, fakeConfig, SECRET } from "./fake_view.ts";

// deno-lint-ignore no-explicit-any
async function dump(config?: Config): Promise<any> {
  return await (await ask("/config_dump", {}, config && { config })).json();
}

Deno.test("/config_dump has Envoy's entries in Envoy's order", async () => {
  const { configs } = await dump();
  assertEquals(
    configs.map((config: Record<string, string>) => config["@type"]),
    ["Bootstrap", "Clusters", "Listeners", "ScopedRoutes", "Routes", "Secrets"].map((name) =>
      `type.googleapis.com/envoy.admin.v3.${name}ConfigDump`
    ),
  );
  assertEquals(configs[0].last_updated, "2026-11-22T11:58:47.100Z");
  assertEquals(configs[0].bootstrap.admin, {
    address: { socket_address: { address: "127.0.0.1", port_value: 9901 } },
  });
  const { "@type": _type, ...cluster } = configs[1].static_clusters[0].cluster;
  assertEquals(cluster, configs[0].bootstrap.static_resources.clusters[0]);
  const { "@type": type, ...listener } = configs[2].static_listeners[1].listener;
  assertEquals(type, "type.googleapis.com/envoy.config.listener.v3.Listener");
  assertEquals(listener, configs[0].bootstrap.static_resources.listeners[1]);
  assertEquals(configs[4].static_route_configs.length, 1, "the TCP listener has no routes");
});

Deno.test("No key leaves, from a file, inline, or beside a certificate", async () => {
  const text = await (await ask("/config_dump")).text();
  assert(!text.includes(SECRET), text);
  assert(!text.includes("PRIVATE KEY"), text);
  assert(!text.includes("app-key.pem") && !text.includes("client-key.pem"), text);
  const { configs } = JSON.parse(text);
  const [chain] = configs[2].static_listeners[0].listener.filter_chains;
  const certificate = "-----BEGIN CERTIFICATE-----\nMIIB+/==\n-----END CERTIFICATE-----\n";
  assertEquals(chain.transport_socket.typed_config.common_tls_context.tls_certificates, [
    {
      certificate_chain: { filename: "certs/app.pem" },
      private_key: { filename: "[redacted]" },
    },
    {
      certificate_chain: { inline_string: certificate + certificate },
      private_key: { inline_string: "[redacted]" },
    },
  ]);
  assertEquals(chain.transport_socket.typed_config.common_tls_context.validation_context, {
    trusted_ca: { inline_string: certificate },
    crl: { inline_string: "[left out]" },
  });
  const { transport_socket } = configs[1].static_clusters[1].cluster;
  assertEquals(transport_socket.typed_config.common_tls_context.tls_certificates, [{
    certificate_chain: { inline_string: certificate },
    private_key: { filename: "[redacted]" },
  }]);
});

Deno.test("No endpoint of the admin tells a key", async () => {
  const list = await (await ask("/help")).text();
  const paths = Array.from(list.matchAll(/(?<=^ {2})\/[^ :]*(?=:)/gm), ([path]) => path);
  assert(paths.includes("/config_dump"), list);
  for (const path of paths) {
    for (const query of ["", "?format=json"]) {
      const body = await (await ask(path + query)).text();
      assert(!body.includes(SECRET), path);
    }
  }
});

Deno.test("A listener is dumped as Envoy's, with its defaults", async () => {
  const { configs } = await dump();
  const [web, raw] = configs[0].bootstrap.static_resources.listeners;
  const { route_config, ...http } = web.filter_chains[0].filters[0].typed_config;
  assertEquals(http, {
    "@type":
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "ingress",
    codec_type: "HTTP1",
    use_remote_address: true,
    max_request_headers_kb: 20,
    request_headers_timeout: "10s",
    request_timeout: "0s",
    stream_idle_timeout: "300s",
    common_http_protocol_options: {
      idle_timeout: "3600s",
      max_headers_count: 100,
      max_requests_per_connection: 1000,
    },
    http_protocol_options: { accept_http_10: true, default_host_for_http_10: "app.test" },
    http_filters: [{
      name: "envoy.filters.http.router",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
      },
    }],
    access_log: [{
      name: "envoy.access_loggers.stdout",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
      },
    }],
  });
  assertEquals(route_config, {
    name: "web",
    ignore_port_in_host_matching: true,
    virtual_hosts: [{
      name: "all",
      domains: ["*"],
      routes: [
        {
          match: {
            prefix: "/api/",
            headers: [{ name: "x-env", string_match: { exact: "blue" } }],
          },
          route: { cluster: "api", timeout: "1.500s", prefix_rewrite: "/" },
        },
        {
          match: { path: "/" },
          route: {
            cluster: "app",
            timeout: "0s",
            upgrade_configs: [{ upgrade_type: "websocket", enabled: true }],
          },
        },
      ],
    }],
  });
  assertEquals(
    web.filter_chains[0].transport_socket.typed_config.common_tls_context.tls_params,
    { tls_maximum_protocol_version: "TLSv1_3" },
  );
  assertEquals(raw.filter_chains[0], {
    filters: [{
      name: "envoy.filters.network.connection_limit",
      typed_config: {
        "@type":
          "type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
        stat_prefix: "raw",
        max_connections: 500,
      },
    }, {
      name: "envoy.filters.network.tcp_proxy",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        stat_prefix: "raw",
        cluster: "app",
        idle_timeout: "3600s",
      },
    }],
  });
});

Deno.test("A cluster is dumped as Envoy's", async () => {
  const { configs } = await dump();
  assertEquals(configs[0].bootstrap.static_resources.clusters[0], {
    name: "app",
    type: "STRICT_DNS",
    connect_timeout: "5s",
    lb_policy: "ROUND_ROBIN",
    circuit_breakers: {
      thresholds: [{
        priority: "DEFAULT",
        max_connections: 1024,
        max_pending_requests: 1024,
        max_requests: 1024,
        max_retries: 3,
      }],
    },
    dns_lookup_family: "V4_PREFERRED",
    load_assignment: {
      cluster_name: "app",
      endpoints: [{
        lb_endpoints: [{
          endpoint: {
            address: { socket_address: { address: "localhost", port_value: 3000 } },
          },
          load_balancing_weight: 3,
        }],
      }],
    },
  });
});

Deno.test("A cluster's verification is dumped in Envoy's words", async () => {
  const config = fakeConfig();
  const [plain, tls] = config.clusters;
  const certificate = "-----BEGIN CERTIFICATE-----\nMIIB+/==\n-----END CERTIFICATE-----\n";
  const trusted_ca = { inline_string: certificate };
  config.clusters = [
    plain,
    tls,
    { ...tls, tls: { ...tls.tls!, serverName: "10.0.0.5", ca: null } },
    { ...tls, tls: { ...tls.tls!, serverName: null } },
    { ...tls, tls: { ...tls.tls!, verify: "chain" } },
    { ...tls, tls: { ...tls.tls!, verify: "none", minVersion: null } },
  ];
  const { configs } = await dump(config);
  const sockets = configs[0].bootstrap.static_resources.clusters.map(
    // deno-lint-ignore no-explicit-any
    ({ transport_socket: socket }: any) =>
      socket && {
        sni: socket.typed_config.sni,
        validation: socket.typed_config.common_tls_context.validation_context,
      },
  );
  const names = (san_type: string, exact: string) => ({
    match_typed_subject_alt_names: [{ san_type, matcher: { exact } }],
  });
  assertEquals(sockets, [
    undefined,
    { sni: "api.internal", validation: { trusted_ca, ...names("DNS", "api.internal") } },
    {
      sni: "10.0.0.5",
      validation: { system_root_certs: {}, ...names("IP_ADDRESS", "10.0.0.5") },
    },
    { sni: undefined, validation: { trusted_ca } },
    { sni: "api.internal", validation: { trusted_ca } },
    { sni: "api.internal", validation: undefined },
  ]);
});
