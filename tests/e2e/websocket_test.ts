/**
 * WebSocket through the real program, with clients and servers that know nothing of it.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl } from "./curl.ts";
import { bootstrap, cluster, httpTo, listener, OWN_CERTIFICATE } from "./envoy_config.ts";
import { e2e } from "./scene.ts";
import { httpUpstream, wireUpstream } from "./upstream.ts";
import { echoSocket, Talk } from "./websocket.ts";
import { Wire } from "./wire.ts";

/** Says something in each direction, small and large, text and binary, and closes in good order. */
async function converse(url: string, ca: string | null, proto: string): Promise<void> {
  await using talk = await Talk.open(url, { ca });
  assertEquals(await talk.message(), `${new URL(url).pathname} by ${proto}`);
  talk.socket.send("hello");
  assertEquals(await talk.message(), "hello");
  const large = crypto.getRandomValues(new Uint8Array(60_000));
  const sent = Array.from({ length: 50 }, (_, at) => large.subarray(at));
  for (const bytes of sent) talk.socket.send(bytes);
  for (const bytes of sent) assertEquals(await talk.message(), bytes);
  talk.socket.send("close");
  assertEquals(await talk.closed(), { code: 4001, reason: "enough", clean: true });
}

e2e("A front passes WebSocket through", async (scene) => {
  const { port } = scene.own(httpUpstream(echoSocket));
  const program = await scene.start(["https://localhost:0", `http://localhost:${port}`]);
  const [, own] = program.stderr.text.match(/localhost:(\d+) leads to /)!;
  const ca = await Deno.readTextFile(`${scene.dataFolder}/ca.pem`);
  await converse(`wss://localhost:${own}/socket`, ca, "https");
});

e2e("WebSocket works in each mode, and in the native form needs no leave", async (scene) => {
  await scene.writeCertificates();
  const certificate = await localhostCertificate();
  const plain = scene.own(httpUpstream(echoSocket));
  const tls = scene.own(httpUpstream(echoSocket, certificate));
  const own = "tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }";
  const program = await scene.serve(`
listeners:
  https-http: { address: 127.0.0.1:0, ${own}, routes: [{ cluster: plain }] }
  https-https: { address: 127.0.0.1:0, ${own}, routes: [{ cluster: tls }] }
  http-https: { address: 127.0.0.1:0, routes: [{ cluster: tls }] }
  passthrough: { address: 127.0.0.1:0, tcp: raw }
clusters:
  plain: { endpoints: ["127.0.0.1:${plain.port}"] }
  tls: { endpoints: ["127.0.0.1:${tls.port}"], tls: { ca: ca.pem, server_name: localhost } }
  raw: { endpoints: ["127.0.0.1:${tls.port}"] }
`);
  for (
    const [name, scheme, proto] of [
      ["https-http", "wss", "https"],
      ["https-https", "wss", "https"],
      ["http-https", "ws", "http"],
      ["passthrough", "wss", "nobody"],
    ] as const
  ) {
    const url = `${scheme}://localhost:${program.port(name)}/${name}`;
    await converse(url, scheme === "wss" ? certificate.ca : null, proto);
  }
});

e2e("A route whose upgrades are none lets no WebSocket in, and answers in HTTP", async (scene) => {
  const { port } = scene.own(httpUpstream(echoSocket));
  const program = await scene.serve(`
listeners:
  web:
    address: 127.0.0.1:0
    routes: [{ prefix: /no, cluster: app, upgrades: [] }, { cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`);
  const base = `//localhost:${program.port("web")}`;
  await assertRejects(() => Talk.open(`ws:${base}/no`), Error);
  const { body } = await curl(`http:${base}/no`);
  assertEquals(body, "plain");
  await converse(`ws:${base}/yes`, null, "http");
  await program.says("stdout", /"GET \/no HTTP\/1\.1" 403 - 0 0 /);
  const [, received, sent] = await program.says(
    "stdout",
    /"GET \/yes HTTP\/1\.1" 101 - (\d+) (\d+) /,
  );
  assert(Number(received) > 50 * 59_950 && Number(sent) > 50 * 59_950, `${received} ${sent}`);
}, { needs: ["curl"] });

e2e("In Envoy's form WebSocket wants upgrade_configs", async (scene) => {
  await scene.writeCertificates();
  const { ca } = await localhostCertificate();
  const { port } = scene.own(httpUpstream(echoSocket));
  const program = await scene.serve(bootstrap([
    listener("without", httpTo("app"), OWN_CERTIFICATE),
    listener(
      "with",
      httpTo("app", { upgrade_configs: [{ upgrade_type: "websocket" }] }),
      OWN_CERTIFICATE,
    ),
  ], [cluster("app", port)]));
  await assertRejects(
    () => Talk.open(`wss://localhost:${program.port("without")}/`, { ca }),
    Error,
  );
  await converse(`wss://localhost:${program.port("with")}/`, ca, "https");
});

e2e("A sub-protocol is agreed upon through the proxy", async (scene) => {
  const { port } = scene.own(httpUpstream((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "second" });
    socket.onopen = () => socket.send("hello");
    return response;
  }));
  const program = await scene.serveBefore(`127.0.0.1:${port}`);
  const url = `ws://localhost:${program.port("web")}/`;
  await using talk = await Talk.open(url, { protocols: ["first", "second"] });
  assertEquals(await talk.message(), "hello");
  assertEquals(talk.socket.protocol, "second");
});

e2e("A WebSocket whose server dies is closed", async (scene) => {
  const upstream = httpUpstream(echoSocket);
  const program = await scene.serveBefore(`127.0.0.1:${upstream.port}`);
  await using talk = await Talk.open(`ws://localhost:${program.port("web")}/`);
  await talk.message();
  await upstream[Symbol.asyncDispose]();
  assert(!(await talk.closed()).clean, "nobody said goodbye");
});

e2e("An open WebSocket goes on after SIGTERM, until the wait for it is over", async (scene) => {
  const { port } = scene.own(httpUpstream(echoSocket));
  const program = await scene.serveBefore(`127.0.0.1:${port}`);
  await using talk = await Talk.open(`ws://localhost:${program.port("web")}/`);
  await talk.message();
  program.signal("SIGTERM");
  await program.says("stderr", /stopping/);
  talk.socket.send("still here");
  assertEquals(await talk.message(), "still here");
  // Whoever is tired of waiting says it again.
  program.signal("SIGTERM");
  assertEquals((await program.ended()).code, 0);
  assert(!(await talk.closed()).clean, "nobody said goodbye");
});

e2e(
  "Behind a 101 megabytes go both ways at once, and each direction ends on its own",
  async (scene) => {
    await scene.writeCertificates();
    const certificate = await localhostCertificate();
    const up = crypto.getRandomValues(new Uint8Array(60_000)), down = up.toReversed();
    const rounds = 80;
    const heard: number[] = [];
    const serve = async (wire: Wire) => {
      await wire.until("\r\n\r\n");
      await wire.send(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
      );
      const hearing = wire.drainToEnd();
      for (let round = 0; round < rounds; round++) await wire.send(down);
      heard.push(await hearing);
      // Said when the client has ended long since.
      await wire.send("goodbye");
      await wire.conn.closeWrite();
    };
    const plain = scene.own(wireUpstream(serve)), tls = scene.own(wireUpstream(serve, certificate));
    const program = await scene.serve(`
listeners:
  plain: { address: 127.0.0.1:0, routes: [{ cluster: plain }] }
  tls:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: tls }]
clusters:
  plain: { endpoints: ["127.0.0.1:${plain.port}"] }
  tls: { endpoints: ["127.0.0.1:${tls.port}"], tls: { ca: ca.pem, server_name: localhost } }
`);
    for (const [name, ca] of [["plain", null], ["tls", certificate.ca]] as const) {
      using wire = await Wire.connect(program.port(name), ca);
      await wire.send(
        "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
      );
      assertEquals((await wire.until("\r\n\r\n")).slice(0, 12), "HTTP/1.1 101");
      const reading = wire.drainToEnd();
      for (let round = 0; round < rounds; round++) await wire.send(up);
      await wire.conn.closeWrite();
      assertEquals(await reading, rounds * down.length + "goodbye".length, name);
    }
    assertEquals(heard, [rounds * up.length, rounds * up.length]);
  },
);
