import { createStats, formatPrometheus } from "../../src/observe/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";

Deno.test("Numbers print as Envoy 1.40 prints the same ones", () => {
  const stats = createStats();
  const app = stats.scope("cluster", "app");
  app.counter("upstream_cx_total").add(6);
  app.counter("upstream_rq_200").add(2);
  app.counter("upstream_rq_404").inc();
  app.counter("upstream_rq_2xx").add(2);
  app.counter("upstream_rq_total").add(4);
  app.gauge("membership_healthy").set(1);
  stats.scope("cluster", "api").counter("upstream_cx_total");
  const web = stats.scope("listener", "127.0.0.1:19443");
  web.counter("ssl.versions.TLSv1.3").inc();
  web.counter("ssl.ciphers.TLS_AES_256_GCM_SHA384").inc();
  web.counter("no_filter_chain_match");
  web.gauge("downstream_cx_active").inc();
  stats.scope("http", "plain_http").counter("downstream_rq_5xx").add(6);
  stats.scope("http", "plain_http").counter("downstream_rq_1xx");
  stats.scope("tcp", "raw_tcp").counter("downstream_cx_rx_bytes_total").add(82);
  stats.scope("server", "").gauge("live").set(1);

  assertEquals(
    formatPrometheus(stats.readings()),
    `# TYPE envoy_cluster_upstream_cx_total counter
envoy_cluster_upstream_cx_total{envoy_cluster_name="api"} 0
envoy_cluster_upstream_cx_total{envoy_cluster_name="app"} 6
# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="app"} 2
envoy_cluster_upstream_rq{envoy_response_code="404",envoy_cluster_name="app"} 1
# TYPE envoy_cluster_upstream_rq_total counter
envoy_cluster_upstream_rq_total{envoy_cluster_name="app"} 4
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="app"} 2
# TYPE envoy_http_downstream_rq_xx counter
envoy_http_downstream_rq_xx{envoy_response_code_class="1",envoy_http_conn_manager_prefix="plain_http"} 0
envoy_http_downstream_rq_xx{envoy_response_code_class="5",envoy_http_conn_manager_prefix="plain_http"} 6
# TYPE envoy_listener_no_filter_chain_match counter
envoy_listener_no_filter_chain_match{envoy_listener_address="127.0.0.1_19443"} 0
# TYPE envoy_listener_ssl_ciphers counter
envoy_listener_ssl_ciphers{envoy_ssl_cipher="TLS_AES_256_GCM_SHA384",envoy_listener_address="127.0.0.1_19443"} 1
# TYPE envoy_listener_ssl_versions counter
envoy_listener_ssl_versions{envoy_ssl_version="TLSv1.3",envoy_listener_address="127.0.0.1_19443"} 1
# TYPE envoy_tcp_downstream_cx_rx_bytes_total counter
envoy_tcp_downstream_cx_rx_bytes_total{envoy_tcp_prefix="raw_tcp"} 82
# TYPE envoy_cluster_membership_healthy gauge
envoy_cluster_membership_healthy{envoy_cluster_name="app"} 1
# TYPE envoy_listener_downstream_cx_active gauge
envoy_listener_downstream_cx_active{envoy_listener_address="127.0.0.1_19443"} 1
# TYPE envoy_server_live gauge
envoy_server_live{} 1
`,
  );
});

Deno.test("Failures are one family, with the flag as a label", () => {
  const stats = createStats();
  stats.scope("http", "web").counter("response_flag.UF").add(2);
  stats.scope("http", "web").counter("response_flag.UT");
  assertEquals(
    formatPrometheus(stats.readings()),
    `# TYPE envoy_http_response_flag counter
envoy_http_response_flag{envoy_response_flag="UF",envoy_http_conn_manager_prefix="web"} 2
envoy_http_response_flag{envoy_response_flag="UT",envoy_http_conn_manager_prefix="web"} 0
`,
  );
});

Deno.test("A label's value is escaped and a family's name is made of legal characters", () => {
  const stats = createStats();
  stats.scope("cluster", 'a:b/c"d\\e f').counter("strange-leaf.x").inc();
  assertEquals(
    formatPrometheus(stats.readings()),
    "# TYPE envoy_cluster_strange_leaf_x counter\n" +
      'envoy_cluster_strange_leaf_x{envoy_cluster_name="a_b/c\\"d\\\\e f"} 1\n',
  );
});

const promtool = await runs("promtool");

Deno.test({
  name: "promtool reads the text, whatever the names are",
  ignore: !promtool,
  fn: async () => {
    const stats = createStats();
    for (const name of ["app", 'q"uote', "back\\slash", "ünï", "new\nline", "sp ace", "a.b.c"]) {
      const cluster = stats.scope("cluster", name);
      for (const leaf of ["upstream_rq_2xx", "upstream_rq_5xx", "upstream_rq_503"]) {
        cluster.counter(leaf).inc();
      }
      cluster.gauge("upstream_cx_active").set(3);
      stats.scope("http", name).counter("downstream_rq_4xx").inc();
      stats.scope("listener", name).counter("ssl.versions.TLSv1.2").inc();
    }
    stats.scope("server", "").gauge("uptime").set(12);
    const child = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(formatPrometheus(stats.readings())));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    // 1 is text that can't be read. 3 is advice on style, which Envoy's names don't follow.
    assertEquals(code, 3, told);
    assertMatch(told, "envoy_cluster_upstream_rq_xx counter metrics should have");
  },
});

/** Whether a program is there and may be run, found out without asking for the permission. */
async function runs(program: string): Promise<boolean> {
  const permission = await Deno.permissions.query({ name: "run", command: program });
  if (permission.state !== "granted") return false;
  try {
    return (await new Deno.Command(program, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}
