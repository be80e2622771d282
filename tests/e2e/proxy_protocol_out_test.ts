/**
 * Endpoints that are told who connected, with nginx as the one that reads it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { curl } from "./curl.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort } from "./upstream.ts";

/** Starts an nginx that wants a PROXY header, on a plain port and on one for TLS. */
async function startNginx(scene: Scene): Promise<{ plain: number; tls: number }> {
  const [plain, tls] = [freePort(), freePort()];
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const file = await scene.write(
    "nginx.conf",
    `
daemon off;
master_process off;
error_log stderr notice;
pid nginx.pid;
events { worker_connections 64; }
http {
  ${temporary.map((name) => `${name}_temp_path temp_${name};`).join("\n  ")}
  access_log off;
  server {
    listen 127.0.0.1:${plain} proxy_protocol;
    listen 127.0.0.1:${tls} ssl proxy_protocol;
    ssl_certificate ${scene.path("localhost.pem")};
    ssl_certificate_key ${scene.path("localhost-key.pem")};
    location / { return 200 "$proxy_protocol_addr $proxy_protocol_port $connection_requests"; }
  }
}
`,
  );
  const server = scene.spawn(["-p", scene.folder, "-c", file], { peer: "nginx" });
  // With its listening sockets open it looks at its limits.
  await server.says("stderr", /getrlimit/);
  return { plain, tls };
}

for (const version of ["v1", "v2"]) {
  e2e(
    `An endpoint is told by PROXY protocol ${version} who connected, plain and before TLS`,
    async (scene) => {
      await scene.writeCertificates();
      const { plain, tls } = await startNginx(scene);
      const program = await scene.serve(`
listeners:
  plain: { address: 127.0.0.1:0, routes: [{ cluster: plain }] }
  tls: { address: 127.0.0.1:0, routes: [{ cluster: tls }] }
  raw: { address: 127.0.0.1:0, tcp: plain }
clusters:
  plain: { endpoints: ["127.0.0.1:${plain}"], proxy_protocol: ${version} }
  tls:
    endpoints: ["127.0.0.1:${tls}"]
    proxy_protocol: ${version}
    tls: { ca: ca.pem, server_name: localhost }
`);
      for (const listener of ["plain", "tls", "raw"]) {
        const url = `http://localhost:${program.port(listener)}/`;
        const { body } = await curl("-w", " from %{local_port}", url);
        const [, told, count, from] = /^127\.0\.0\.1 (\d+) (\d+) from (\d+)$/.exec(body) ?? [];
        assertEquals([told, count], [from, "1"], `${listener}: ${body}`);
      }
    },
    { needs: ["curl", "nginx"] },
  );
}

e2e("A connection that was made for one client carries no other's requests", async (scene) => {
  await scene.writeCertificates();
  const { plain } = await startNginx(scene);
  const program = await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:${plain}"], proxy_protocol: v2 } }
`);
  const url = `http://localhost:${program.port("web")}/`;
  // Two requests on one connection of curl's, and one on another.
  const { body } = await curl(url, url);
  assertMatch(body, /127\.0\.0\.1 \d+ 2$/);
  assertMatch((await curl(url)).body, /^127\.0\.0\.1 \d+ 1$/);
}, { needs: ["curl", "nginx"] });
