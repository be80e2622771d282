/**
 * `genkan adapt`: Envoy's form in, the native form out, the same behaviour.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl } from "./curl.ts";
import { bootstrap, cluster, http, listener, OWN_CERTIFICATE, tcpTo } from "./envoy_config.ts";
import type { Program } from "./program.ts";
import { e2e } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

e2e("An adapted Envoy file passes the check, and serves as the file itself does", async (scene) => {
  await scene.writeCertificates();
  const answer = (request: Request) => {
    const { pathname } = new URL(request.url);
    const headers = Object.fromEntries(request.headers);
    for (const name of ["host", "x-request-id", "user-agent"]) delete headers[name];
    return Response.json({ pathname, headers });
  };
  const app = scene.own(httpUpstream(answer));
  const tls = scene.own(httpUpstream(answer, await localhostCertificate()));
  const trust = { trusted_ca: { filename: "ca.pem" } };
  const config = bootstrap([
    listener(
      "web",
      http([{
        name: "app",
        domains: ["localhost", "localhost:*"],
        routes: [
          { match: { prefix: "/in/" }, route: { cluster: "tls", prefix_rewrite: "/out/" } },
          {
            match: { prefix: "/", headers: [{ name: "x-a", string_match: { exact: "1" } }] },
            route: { cluster: "app", timeout: "3s" },
          },
        ],
      }], { use_remote_address: true }),
      OWN_CERTIFICATE,
    ),
    listener("raw", tcpTo("raw")),
  ], [
    cluster("app", app.port),
    cluster("tls", tls.port, {
      sni: "localhost",
      common_tls_context: { validation_context: trust },
    }),
    cluster("raw", tls.port),
  ]);
  await scene.write("envoy.yaml", config);

  const adapted = await scene.run(["adapt", "-c", "envoy.yaml"]);
  assertEquals(adapted.code, 0);
  assertMatch(adapted.stdout, /^listeners:$/m);
  await scene.write("native.yaml", adapted.stdout);
  const checked = await scene.run(["check", "-c", "native.yaml"]);
  assertEquals([checked.code, checked.stdout], [0, "configuration 'native.yaml' OK\n"]);

  const envoy = await scene.start(["run", "-c", "envoy.yaml"]);
  const native = await scene.start(["run", "-c", "native.yaml"]);
  assertEquals(await ask(native), await ask(envoy));

  async function ask(program: Program) {
    const [web, raw] = ["web", "raw"].map((name) => `https://localhost:${program.port(name)}`);
    const forwarded = ["-H", "X-Forwarded-For: 10.1.2.3"];
    const asked = [
      [`${web}/in/a`],
      [`${web}/b`],
      ["-H", "X-A: 1", ...forwarded, `${web}/b`],
      ["-H", "Host: other.test", `${web}/in/a`],
      [...forwarded, `${raw}/c`],
    ];
    const answers = [];
    for (const args of asked) {
      const { status, body } = await curl("--cacert", scene.path("ca.pem"), "--http1.1", ...args);
      answers.push([status, body]);
    }
    return answers;
  }
}, { needs: ["curl"] });

e2e("An adapted native file is adapted to itself", async (scene) => {
  await scene.write(
    "native.yaml",
    `
listeners:
  web: { address: 127.0.0.1:8080, routes: [{ path: /api/, cluster: api }, { cluster: app }] }
clusters:
  app: { endpoints: ["127.0.0.1:3000"] }
  api: { endpoints: [{ address: "10.0.0.5:8080", weight: 2 }, "10.0.0.6:8080"] }
`,
  );
  const once = await scene.run(["adapt", "-c", "native.yaml"]);
  assertEquals(once.code, 0);
  await scene.write("again.yaml", once.stdout);
  const twice = await scene.run(["adapt", "-c", "again.yaml"]);
  const named = once.stdout.replace("native.yaml", "again.yaml");
  assertEquals([twice.code, twice.stdout], [0, named]);
});
