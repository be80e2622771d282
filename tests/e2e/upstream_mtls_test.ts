/**
 * The certificate that we show to upstreams, as other servers see it, and another genkan.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { tryCurl } from "./curl.ts";
import {
  bootstrap,
  chain,
  cluster,
  INSPECTED,
  listenerOf,
  tcpTo,
  withAdmin,
} from "./envoy_config.ts";
import { mutual, writeAll } from "./mutual_tls.ts";
import { e2e, type Scene } from "./scene.ts";
import { counts } from "./stats.ts";
import { freePort, wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** A plain listener before a cluster over TLS that shows a certificate, or none. */
function showing(port: number, client: string | null): string {
  const own = client === null
    ? ""
    : `, client_certificate: { cert: ${client}.pem, key: ${client}-key.pem }`;
  return `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters:
  behind:
    endpoints: ["127.0.0.1:${port}"]
    tls: { ca: ca.pem, server_name: localhost${own} }
`;
}

/** Asks through genkan, once with each certificate; gives the statuses. */
async function askBehind(
  scene: Scene,
  port: number,
  clients: readonly (string | null)[],
): Promise<[string | null, number, string][]> {
  const answers: [string | null, number, string][] = [];
  for (const client of clients) {
    const program = await scene.serve(showing(port, client));
    const { status, body } = await tryCurl(`http://localhost:${program.port("web")}/`);
    answers.push([client, status, body]);
  }
  return answers;
}

e2e("openssl s_server sees the certificate that a cluster shows", async (scene) => {
  await writeAll(scene);
  const server = scene.spawn([
    ...["s_server", "-accept", "127.0.0.1:0", "-www", "-CAfile", "ca.pem"],
    ...["-cert", "localhost.pem", "-key", "localhost-key.pem"],
    ...["-Verify", "3", "-verify_return_error"],
  ], { peer: "openssl" });
  const [, port] = await server.says("stdout", /^ACCEPT 127\.0\.0\.1:(\d+)/m);
  const answers = await askBehind(scene, Number(port), ["good", "chained", "stranger", null]);
  const statuses = answers.map(([client, status]) => [client, status >= 500 ? "refused" : status]);
  assertEquals(statuses, [
    ["good", 200],
    ["chained", 200],
    ["stranger", "refused"],
    [null, "refused"],
  ]);
  assertMatch(answers[0][2], "Verify return code: 0 (ok)");
  assertMatch(server.stderr.text, "depth=0 CN = client.test");
}, { needs: ["curl", "openssl"] });

e2e("nginx with ssl_verify_client sees the certificate that a cluster shows", async (scene) => {
  await writeAll(scene);
  const port = freePort();
  await scene.write(
    "nginx.conf",
    `daemon off;
master_process off;
pid ${scene.path("nginx.pid")};
error_log stderr notice;
events {}
http {
  access_log off;
  client_body_temp_path ${scene.path("body")};
  proxy_temp_path ${scene.path("proxy")};
  fastcgi_temp_path ${scene.path("fastcgi")};
  uwsgi_temp_path ${scene.path("uwsgi")};
  scgi_temp_path ${scene.path("scgi")};
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${scene.path("localhost.pem")};
    ssl_certificate_key ${scene.path("localhost-key.pem")};
    ssl_client_certificate ${scene.path("ca.pem")};
    ssl_verify_depth 3;
    ssl_verify_client on;
    location / { return 200 "$ssl_client_verify $ssl_client_s_dn"; }
  }
}
`,
  );
  const args = ["-p", scene.folder, "-c", scene.path("nginx.conf")];
  const nginx = scene.spawn(args, { peer: "nginx" });
  await nginx.says("stderr", /start worker|event method/);
  await new Deno.Command("curl", {
    args: ["-sk", "--retry", "50", "--retry-connrefused", "--retry-delay", "0"].concat(
      `https://127.0.0.1:${port}/`,
    ),
  }).output();
  const answers = await askBehind(scene, port, ["good", "chained", "stranger", null]);
  assertEquals(answers.slice(0, 2), [
    ["good", 200, "SUCCESS CN=client.test"],
    ["chained", 200, "SUCCESS CN=client.test"],
  ]);
  // nginx answers 400 over the connection that it doesn't trust.
  assertEquals(answers.slice(2).map(([, status]) => status), [400, 400]);
}, { needs: ["curl", "nginx"] });

e2e(
  "Two proxies carry bytes over mutual TLS, as in Envoy's double-proxy sandbox",
  async (scene) => {
    await writeAll(scene);
    const database = scene.own(wireUpstream(async (wire) => {
      await wire.send("welcome\n");
      await wire.send(`you said ${await wire.until("\n")}`);
    }));
    const san = (exact: string) => ({
      match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact } }],
    });
    const back = await scene.serve(withAdmin(bootstrap([
      listenerOf("back", [
        chain(tcpTo("database"), { tls: mutual(true, san("client.test")) }),
      ], INSPECTED),
    ], [cluster("database", database.port)])));
    const front = (client: string) =>
      scene.serve(bootstrap(
        [listenerOf("front", [chain(tcpTo("back"))])],
        [cluster("back", back.port("back"), {
          common_tls_context: {
            tls_certificates: [{
              certificate_chain: { filename: `${client}.pem` },
              private_key: { filename: `${client}-key.pem` },
            }],
            validation_context: { trusted_ca: { filename: "ca.pem" }, ...san("localhost") },
          },
        })],
      ));
    using wire = await Wire.connect((await front("good")).port("front"));
    assertEquals(await wire.until("\n"), "welcome\n");
    await wire.send("hello\n");
    assertEquals(await wire.until("\n"), "you said hello\n");
    assertEquals(await wire.toEnd(), "");
    for (const [client, counter] of [["wild", "san"], ["stranger", "error"]]) {
      using refused = await Wire.connect((await front(client)).port("front"));
      assertEquals(await refused.toEnd(), "", client);
      await counts(back, `ssl.fail_verify_${counter}`, 1);
    }
  },
);
