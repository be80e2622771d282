/**
 * The admin of a running program, over HTTP.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl, type CurlAnswer, header } from "./curl.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream, isRefused } from "./upstream.ts";

/** A program with an admin, a listener that works and one whose upstream is gone. */
async function startWithAdmin(scene: Scene): Promise<{ program: Program; upstream: number }> {
  await scene.writeCertificates();
  const { port } = scene.own(httpUpstream(() => new Response("hello")));
  const program = await scene.serve(`
admin: 127.0.0.1:0
listeners:
  web:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes:
      - { path: /gone/, cluster: gone }
      - { cluster: app }
clusters:
  app: { endpoints: ["127.0.0.1:${port}"] }
  gone: { endpoints: ["127.0.0.1:${freePort()}"] }
`);
  return { program, upstream: port };
}

async function ask(program: Program, path: string, ...options: string[]): Promise<CurlAnswer> {
  return await curl(...options, `${program.admin}${path}`);
}

e2e("The admin answers on every path that /help lists, in Envoy's types", async (scene) => {
  const { program } = await startWithAdmin(scene);
  const types: Record<string, string> = {
    "/": "text/html; charset=UTF-8",
    "/certs": "application/json",
    "/clusters": "text/plain; charset=UTF-8",
    "/config_dump": "application/json",
    "/help": "text/plain; charset=UTF-8",
    "/listeners": "text/plain; charset=UTF-8",
    "/ready": "text/plain; charset=UTF-8",
    "/server_info": "application/json",
    "/stats": "text/plain; charset=UTF-8",
    "/stats/prometheus": "text/plain; charset=UTF-8",
  };
  const help = (await ask(program, "/help")).body;
  const listed = Array.from(help.matchAll(/^ {2}(\/\S*):/gm), ([, path]) => path);
  assertEquals(listed, Object.keys(types));
  for (const [path, type] of Object.entries(types)) {
    const answer = await ask(program, path);
    assertEquals(answer.status, 200, path);
    assertEquals(header(answer, "content-type"), type, path);
    assertEquals(header(answer, "cache-control"), "no-cache, max-age=0", path);
    assertEquals(header(answer, "x-content-type-options"), "nosniff", path);
  }
  const unknown = await ask(program, "/nope");
  assertEquals([unknown.status, unknown.body], [404, `invalid path. ${help}`]);
}, { needs: ["curl"] });

e2e(
  "The admin tells what runs: state, version, listeners, endpoints, certificates",
  async (scene) => {
    const { program, upstream } = await startWithAdmin(scene);
    assertEquals((await ask(program, "/ready")).body, "LIVE\n");
    const info = JSON.parse((await ask(program, "/server_info")).body);
    assertEquals(info.state, "LIVE");
    assertMatch(info.version, /^genkan\/\d+\.\d+\.\d+\//);
    assertMatch(info.uptime_current_epoch, /^\d+s$/);
    assertMatch(info.command_line_options.config_path, "genkan.yaml");
    assertEquals(
      (await ask(program, "/listeners")).body,
      `web::127.0.0.1:${program.port("web")}\n`,
    );
    const clusters = (await ask(program, "/clusters")).body;
    assertMatch(clusters, `\napp::127.0.0.1:${upstream}::health_flags::healthy\n`);
    assertMatch(clusters, /^app::default_priority::max_connections::\d+$/m);
    const { certificates: [context] } = JSON.parse((await ask(program, "/certs")).body);
    const [leaf] = context.cert_chain;
    assertEquals(leaf.subject_alt_names, [{ dns: "localhost" }]);
    assertMatch(leaf.path, "localhost.pem");
    assertMatch(leaf.serial_number, /^[0-9a-f]+$/);
    assertEquals(typeof leaf.days_until_expiration, "string");
    assert(
      Date.parse(leaf.valid_from) < Date.now() && Date.now() < Date.parse(leaf.expiration_time),
    );
  },
  { needs: ["curl"] },
);

e2e("Counters move with the requests, the same in text and for Prometheus", async (scene) => {
  const { program } = await startWithAdmin(scene);
  const port = program.port("web");
  const ca = scene.path("ca.pem");
  const url = `https://localhost:${port}`;
  // Two on one connection, one on another.
  await curl("--cacert", ca, `${url}/`, `${url}/`);
  assertEquals((await curl("--cacert", ca, `${url}/gone/`)).status, 503);
  const expected = {
    [`listener.127.0.0.1_${port}.downstream_cx_total`]: 2,
    [`listener.127.0.0.1_${port}.ssl.handshake`]: 2,
    "http.web.downstream_cx_total": 2,
    "http.web.downstream_rq_total": 3,
    "http.web.downstream_rq_2xx": 2,
    "http.web.downstream_rq_5xx": 1,
    "http.web.response_flag.UF": 1,
    "cluster.app.upstream_cx_total": 1,
    "cluster.app.upstream_rq_total": 2,
    "cluster.app.upstream_rq_2xx": 2,
    "cluster.app.upstream_rq_200": 2,
    "cluster.gone.upstream_cx_connect_fail": 1,
    "cluster.gone.upstream_rq_5xx": 1,
  };
  const stats = (await ask(program, "/stats")).body;
  for (const [name, value] of Object.entries(expected)) {
    assertMatch(stats, `${name}: ${value}\n`);
  }
  assertMatch(stats, /^cluster\.app\.upstream_cx_connect_timeout: 0$/m);
  assert(!(await ask(program, "/stats?usedonly")).body.includes("upstream_cx_connect_timeout"));

  const prometheus = (await ask(program, "/stats/prometheus")).body;
  for (
    const line of [
      'envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="web"} 3',
      'envoy_cluster_upstream_cx_total{envoy_cluster_name="app"} 1',
      'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="app"} 2',
      'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="app"} 2',
    ]
  ) assertMatch(prometheus, `\n${line}\n`);
  const names = prometheus.match(/^# TYPE (\S+)/gm) ?? [];
  assertEquals(names.length, new Set(names).size, "each name has one # TYPE");
}, { needs: ["curl"] });

e2e("The configuration dump holds the configuration and no private key", async (scene) => {
  await scene.writeCertificates();
  const { cert, key } = await localhostCertificate();
  const program = await scene.serve(`
admin: 127.0.0.1:0
listeners:
  files:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ host: app.test, cluster: app }]
  inline:
    address: 127.0.0.1:0
    tls:
      certificates:
        - cert: ${JSON.stringify(cert)}
          key: ${JSON.stringify(key)}
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${freePort()}"] } }
`);
  const { body } = await ask(program, "/config_dump");
  const types = JSON.parse(body).configs.map((config: { "@type": string }) => config["@type"]);
  for (const kind of ["Bootstrap", "Clusters", "Listeners", "Routes"]) {
    assert(types.some((type: string) => type.endsWith(`.${kind}ConfigDump`)), kind);
  }
  assertMatch(body, '"app.test"');
  for (const line of key.split("\n").filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line))) {
    assert(!body.includes(line), "a line of the key");
  }
  assert(!body.includes("PRIVATE KEY"));
}, { needs: ["curl"] });

e2e("POST /quitquitquit stops the program with exit code 0, GET doesn't", async (scene) => {
  const { program } = await startWithAdmin(scene);
  const refused = await ask(program, "/quitquitquit");
  assertEquals([refused.status, refused.body], [405, "Method GET not allowed, POST required."]);
  assertEquals((await ask(program, "/ready")).body, "LIVE\n");
  const taken = await ask(program, "/quitquitquit", "-X", "POST");
  assertEquals([taken.status, taken.body], [200, "OK\n"]);
  assertEquals((await program.ended()).code, 0);
  assert(await isRefused(program.port("web")));
}, { needs: ["curl"] });

e2e("The admin says DRAINING with 503 while requests finish", async (scene) => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const { port } = scene.own(httpUpstream(() => {
    asked.resolve();
    return answer.promise;
  }));
  const program = await scene.serve(`
admin: 127.0.0.1:0
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`);
  const running = curl(`http://localhost:${program.port("web")}/`);
  await asked.promise;
  program.signal("SIGTERM");
  await program.says("stderr", /stopping on SIGTERM/);
  const { status, body } = await ask(program, "/ready");
  assertEquals([status, body], [503, "DRAINING\n"]);
  answer.resolve(new Response("done"));
  assertEquals((await running).body, "done");
  assertEquals((await program.ended()).code, 0);
}, { needs: ["curl"] });

e2e("The admin refuses what a web page of another site can have sent", async (scene) => {
  const { program } = await startWithAdmin(scene);
  for (
    const forged of ["Host: evil.test", "Origin: https://evil.test", "Sec-Fetch-Site: cross-site"]
  ) {
    const { status } = await ask(program, "/quitquitquit", "-X", "POST", "-H", forged);
    assertEquals(status, 403, forged);
  }
  assertEquals((await ask(program, "/ready")).body, "LIVE\n");
}, { needs: ["curl"] });
