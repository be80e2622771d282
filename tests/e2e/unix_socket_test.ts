/**
 * Unix sockets on both sides, between processes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { run } from "../tls/fixtures.ts";
import { curl, tryCurl } from "./curl.ts";
import { httpTo } from "./envoy_config.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** Listens on `front.sock` and on a port; both lead through `app.sock`, where another one listens. */
function chained(scene: Scene, upstream: number): readonly [front: string, back: string] {
  const socket = (name: string) => `"unix:${scene.path(name)}"`;
  return [
    `
listeners:
  socket: { address: ${socket("front.sock")}, routes: [{ cluster: app }] }
  port: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
clusters: { app: { endpoints: [${socket("app.sock")}] } }
`,
    `
listeners:
  app: { address: ${socket("app.sock")}, routes: [{ cluster: echo }] }
clusters: { echo: { endpoints: ["127.0.0.1:${upstream}"] } }
`,
  ];
}

/** The response to a request on a unix socket. */
async function ask(path: string): Promise<string> {
  using wire = new Wire(await Deno.connect({ transport: "unix", path }));
  await wire.send("GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
  return await wire.toEnd();
}

/** The response over TLS. */
async function askTls(path: string, ca: string): Promise<string> {
  const request = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";
  const connect = ["-unix", path, "-servername", "localhost", "-ign_eof", "-quiet"];
  const trusted = ["-CAfile", ca, "-verify_return_error"];
  return (await run("openssl", ["s_client", ...connect, ...trusted], request)).text;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

e2e(
  "Requests go in and out by unix sockets, and their files go with the program",
  async (scene) => {
    const told = ({ headers }: Request) => new Response(headers.get("x-forwarded-for") ?? "nobody");
    const [front, back] = chained(scene, scene.own(httpUpstream(told)).port);
    const behind = await scene.serve(back);
    const program = await scene.serve(front);
    assertMatch(program.stderr.text, `listening on unix:${scene.path("front.sock")} (socket)`);
    const byPort = await curl(`http://localhost:${program.port("port")}/`);
    assertEquals(byPort.status, 200);
    const bySocket = await ask(scene.path("front.sock"));
    assertMatch(bySocket, /^HTTP\/1.1 200 /);
    // A client of a unix socket has no address, and a path is none.
    assertMatch(bySocket, /\r\n\r\nnobody$/);
    await program.says("stdout", /"unix:[^"]*app\.sock"\n/);
    program.signal("SIGTERM");
    assertEquals((await program.ended()).code, 0);
    assertEquals(await exists(scene.path("front.sock")), false);
    behind.signal("SIGKILL");
    await behind.ended();
  },
  { needs: ["curl"] },
);

e2e(
  "A socket's file that a killed program has left is replaced, a living one's isn't",
  async (scene) => {
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const [, config] = chained(scene, app.port);
    const killed = await scene.serve(config);
    killed.signal("SIGKILL");
    await killed.ended();
    assertEquals(await exists(scene.path("app.sock")), true);
    await scene.serve(config);
    assertMatch(await ask(scene.path("app.sock")), /hello$/);
    const second = await scene.run(["run", "-c", "genkan.yaml"]);
    assert(second.code !== 0);
    assertMatch(second.stderr, "in use");
    assertMatch(await ask(scene.path("app.sock")), /hello$/);
  },
  { needs: ["curl"] },
);

e2e(
  "An upstream's socket that isn't there is answered 503, and found once it is",
  async (scene) => {
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const [front, back] = chained(scene, app.port);
    const program = await scene.serve(front);
    const url = `http://localhost:${program.port("port")}/`;
    assertEquals((await tryCurl(url)).status, 503);
    await program.says("stderr", /upstream failed .*app\.sock/);
    await scene.serve(back);
    assertEquals((await curl(url)).body, "hello");
  },
  { needs: ["curl"] },
);

e2e("TLS is spoken over unix sockets, and passed through them", async (scene) => {
  await scene.writeCertificates();
  const app = scene.own(httpUpstream(() => new Response("hello")));
  const [front, passing] = [scene.path("front.sock"), scene.path("passing.sock")];
  const program = await scene.serve(`
listeners:
  secure:
    address: "unix:${front}"
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app }]
  passing: { address: "unix:${passing}", tcp: [{ host: localhost, cluster: secure }] }
  origin: { address: 127.0.0.1:0, routes: [{ cluster: encrypted }] }
clusters:
  app: { endpoints: ["127.0.0.1:${app.port}"] }
  secure: { endpoints: ["unix:${front}"] }
  encrypted:
    endpoints: ["unix:${passing}"]
    tls: { ca: ca.pem, server_name: localhost }
`);
  for (const path of [front, passing]) {
    assertMatch(await askTls(path, scene.path("ca.pem")), /\r\n\r\nhello/);
  }
  assertEquals((await curl(`http://localhost:${program.port("origin")}/`)).body, "hello");
}, { needs: ["curl"] });

e2e("Envoy's pipe addresses are unix sockets", async (scene) => {
  const app = scene.own(httpUpstream(() => new Response("hello")));
  const [, back] = chained(scene, app.port);
  await scene.serve(back);
  const pipe = (name: string) => ({ pipe: { path: scene.path(name) } });
  await scene.serve(JSON.stringify({
    static_resources: {
      listeners: [{
        name: "front",
        address: pipe("front.sock"),
        filter_chains: [{ filters: [httpTo("app")] }],
      }],
      clusters: [{
        name: "app",
        load_assignment: {
          cluster_name: "app",
          endpoints: [{ lb_endpoints: [{ endpoint: { address: pipe("app.sock") } }] }],
        },
      }],
    },
  }));
  assertMatch(await ask(scene.path("front.sock")), /hello$/);
});
