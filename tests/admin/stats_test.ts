import { createStats } from "../../src/observe/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { ask } from "./fake_view.ts";

function stats() {
  const stats = createStats();
  const app = stats.scope("cluster", "app");
  app.counter("upstream_rq_2xx").add(7);
  app.counter("upstream_rq_5xx");
  app.gauge("upstream_cx_active").inc();
  app.gauge("upstream_cx_active").dec();
  app.gauge("max_host_weight");
  stats.scope("http", "ingress").counter("downstream_rq_2xx").add(6);
  return stats;
}

async function body(path: string): Promise<string> {
  return await (await ask(path, {}, { stats: stats() })).text();
}

Deno.test("/stats prints every number sorted by name, zeros and the server's own included", async () => {
  assertEquals(
    await body("/stats"),
    `cluster.app.max_host_weight: 0
cluster.app.upstream_cx_active: 0
cluster.app.upstream_rq_2xx: 7
cluster.app.upstream_rq_5xx: 0
http.ingress.downstream_rq_2xx: 6
server.days_until_first_cert_expiring: 0
server.live: 1
server.state: 0
server.uptime: 72
`,
  );
});

Deno.test("/stats keeps what the filter matches, what was used, or one type", async () => {
  assertEquals(
    await body("/stats?filter=rq_2"),
    "cluster.app.upstream_rq_2xx: 7\nhttp.ingress.downstream_rq_2xx: 6\n",
  );
  assertEquals(
    await body("/stats?filter=^cluster&usedonly"),
    "cluster.app.upstream_cx_active: 0\ncluster.app.upstream_rq_2xx: 7\n",
  );
  assertEquals(
    await body("/stats?type=Gauges&filter=^cluster"),
    "cluster.app.max_host_weight: 0\ncluster.app.upstream_cx_active: 0\n",
  );
  assertEquals(await body("/stats?type=Counters&filter=live"), "");
  assertEquals(await body("/stats?filter="), await body("/stats"));
});

Deno.test("/stats?format=json is Envoy's one line", async () => {
  assertEquals(
    await body("/stats?format=json&filter=rq_2"),
    '{"stats":[{"name":"cluster.app.upstream_rq_2xx","value":7},' +
      '{"name":"http.ingress.downstream_rq_2xx","value":6}]}',
  );
});

Deno.test("/stats/prometheus and /stats?format=prometheus are the same, filters included", async () => {
  const expected = `# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="app"} 7
# TYPE envoy_http_downstream_rq_xx counter
envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="ingress"} 6
`;
  assertEquals(await body("/stats/prometheus?filter=rq_2"), expected);
  assertEquals(await body("/stats?format=prometheus&filter=rq_2&usedonly"), expected);
});

Deno.test("A bad filter, type or format is answered with 400 and what is wrong", async () => {
  for (
    const [path, message] of [
      ["/stats?filter=(", "Invalid regex: "],
      ["/stats/prometheus?filter=[", "Invalid regex: "],
      ["/stats?type=Bogus", "invalid &type= param"],
      ["/stats?type=toString", "invalid &type= param"],
      ["/stats?format=html", "usage: /stats?format=(json|prometheus|text)"],
    ]
  ) {
    const response = await ask(path);
    assertEquals(response.status, 400, path);
    assertMatch(await response.text(), message);
  }
});

Deno.test("The server's gauges follow its state", async () => {
  const view = {
    stats: stats(),
    state: "DRAINING",
    certificates: () => Promise.resolve([]),
  } as const;
  assertEquals(
    await (await ask("/stats?filter=^server", {}, view)).text(),
    "server.live: 0\nserver.state: 1\nserver.uptime: 72\n",
  );
});

Deno.test("A certificate that can't be read doesn't take the numbers away", async () => {
  const response = await ask("/stats?filter=rq_2xx", {}, {
    stats: stats(),
    certificates: () => Promise.reject(new Error("not DER")),
  });
  assertEquals(response.status, 200);
  assertMatch(await response.text(), "cluster.app.upstream_rq_2xx: 7");
});
