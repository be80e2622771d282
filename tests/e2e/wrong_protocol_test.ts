/**
 * Clients that speak another protocol than the port does: each is answered, or closed, and named in
 * the log.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { curl, header, tryCurl } from "./curl.ts";
import { tryOpenssl } from "./openssl.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";
import { isLost, Wire } from "./wire.ts";

/** A port for TLS, one for plain HTTP, and one for TLS behind which bytes pass through. */
async function startProxy(scene: Scene): Promise<Program> {
  await scene.writeCertificates();
  const { port } = scene.own(httpUpstream(async (request) => {
    return new Response(
      `${request.method} ${new URL(request.url).pathname} ${await request.text()}`,
    );
  }));
  const tls = "{ certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }";
  return await scene.serve(`
listeners:
  tls: { address: 127.0.0.1:0, tls: ${tls}, routes: [{ cluster: app }] }
  web: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  raw: { address: 127.0.0.1:0, tls: ${tls}, tcp: app }
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`);
}

e2e(
  "A client that asks a TLS port by http:// ends up at https://, with all it sent",
  async (scene) => {
    const program = await startProxy(scene);
    const url = `http://localhost:${program.port("tls")}/page`;
    const trust = ["--cacert", scene.path("ca.pem")];
    const answer = await curl(url);
    assertEquals([answer.status, answer.body], [308, ""]);
    assertEquals(header(answer, "location"), url.replace("http:", "https:"));
    assertMatch((await curl(...trust, "-L", url)).body, /^GET \/page $/m);
    assertMatch((await curl(...trust, "-L", "-d", "hello", url)).body, /^POST \/page hello$/m);
    await program.says(
      "stderr",
      /info plain HTTP on a TLS port listener=tls peer=127\.0\.0\.1:\d+ code=plain_http_on_tls_port$/m,
    );
    await program.says("stdout", /"GET \/page HTTP\/1\.1" 308 - /);
  },
  { needs: ["curl"] },
);

e2e(
  "Plain HTTP on a TLS port that only passes bytes through is closed, and named",
  async (scene) => {
    const program = await startProxy(scene);
    using wire = await Wire.connect(program.port("raw"));
    await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const said = await wire.toEnd();
    assertEquals(said.includes("HTTP"), false, said);
    await program.says("stderr", /info handshake failed listener=raw .*does not speak TLS/);
  },
);

e2e("TLS on a plain port is answered what its client can tell, and named", async (scene) => {
  const program = await startProxy(scene);
  const port = program.port("web");
  const { code, error } = await tryCurl(`https://localhost:${port}/`);
  assertEquals(code, 35, error);
  const { text } = await tryOpenssl("s_client", "-connect", `127.0.0.1:${port}`);
  // OpenSSL's words for an answer in the clear; an alert would send people to look for versions.
  assertMatch(text, "wrong version number");
  await program.says(
    "stderr",
    /info request refused listener=web .*code=tls_on_plain_port .*http:\/\//,
  );
}, { needs: ["curl", "openssl"] });

e2e("HTTP/2's preface where HTTP/1.1 is spoken is answered 400, and named", async (scene) => {
  const program = await startProxy(scene);
  using wire = await Wire.connect(program.port("web"));
  await wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  assertMatch(await wire.toEnd(), /^HTTP\/1\.1 400 Bad Request\r\n/);
  await program.says("stderr", /info request refused listener=web .*code=http2_preface .*HTTP\/2/);
});

e2e("A listener that is full closes one connection more, and says so once", async (scene) => {
  const { port } = scene.own(httpUpstream(() => new Response("well")));
  const program = await scene.serve(
    `
listeners: { web: { address: 127.0.0.1:0, max_connections: 2, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`,
  );
  const request = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
  using first = await Wire.connect(program.port("web"));
  using second = await Wire.connect(program.port("web"));
  for (const wire of [first, second]) {
    await wire.send(request);
    assertMatch(await wire.until("\r\n\r\n"), /^HTTP\/1\.1 200 /);
  }
  for (let count = 0; count < 5; count++) {
    using surplus = await Wire.connect(program.port("web"));
    assertEquals(await surplus.toEnd(), "");
  }
  await program.says("stderr", /warning too many connections.* listener=web limit=2$/m);
  first[Symbol.dispose]();
  // Nothing tells when the listener has heard of it.
  for (let served = false; !served;) {
    using next = await Wire.connect(program.port("web"));
    try {
      await next.send(request);
      served = (await next.until("\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }
  assertEquals(program.stderr.text.match(/too many connections/g)?.length, 1);
});
