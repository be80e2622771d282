/**
 * The PROXY protocol towards us: whom a connection is said to be from, and by whom.
 *
 * @module
 */

import { encodeProxyHeader } from "../../src/proxy_protocol/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { tryCurl } from "./curl.ts";
import { bootstrap, chain, cluster, httpTo, listenerOf } from "./envoy_config.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { counts } from "./stats.ts";
import { freePort, httpUpstream, type Upstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

const REQUEST = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";

/** An upstream that answers with what it is told of the client. */
function telling(scene: Scene): Upstream {
  return scene.own(
    httpUpstream(({ headers }) => new Response(headers.get("x-forwarded-for") ?? "nobody")),
  );
}

/** A plain listener and a TLS one, which believe `trusted`. */
function listening(upstream: number, trusted: string): string {
  return `
admin: 127.0.0.1:0
listeners:
  plain:
    address: 127.0.0.1:0
    proxy_protocol: { trusted: [${trusted}] }
    routes: [{ cluster: app }]
  secure:
    address: 127.0.0.1:0
    proxy_protocol: { trusted: [${trusted}] }
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${upstream}"] } }
`;
}

const V4 = { host: "192.0.2.7", port: 4711 }, V6 = { host: "2001:db8::7", port: 4711 };

function header(source: typeof V4, version: 1 | 2): Uint8Array {
  const host = source === V6 ? "2001:db8::1" : "192.0.2.1";
  return encodeProxyHeader({ kind: "proxied", source, destination: { host, port: 443 } }, version);
}

/** Says a header and a request; gives the last line of what comes back. */
async function say(port: number, first: Uint8Array | string): Promise<string> {
  using wire = await Wire.connect(port);
  await wire.send(first);
  await wire.send(REQUEST);
  return (await wire.toEnd()).split("\r\n").at(-1)!;
}

async function serve(scene: Scene, trusted: string): Promise<Program> {
  await scene.writeCertificates();
  return await scene.serve(listening(telling(scene).port, trusted));
}

e2e("The client that a trusted PROXY header names is told and logged", async (scene) => {
  const program = await serve(scene, "127.0.0.0/8");
  for (const source of [V4, V6]) {
    for (const version of [1, 2] as const) {
      const told = await say(program.port("plain"), header(source, version));
      assertEquals(told, source.host, `version ${version}`);
    }
    await program.says("stdout", new RegExp(`"GET / HTTP/1.1" 200 .*"${source.host}"`));
  }
  // It speaks for itself, or doesn't know for whom.
  assertEquals(await say(program.port("plain"), "PROXY UNKNOWN\r\n"), "127.0.0.1");
  const local = encodeProxyHeader({ kind: "local" }, 2);
  assertEquals(await say(program.port("plain"), local), "127.0.0.1");
});

e2e("TLS comes behind a PROXY header whose bytes come one by one", async (scene) => {
  const program = await serve(scene, "127.0.0.1");
  const ca = await Deno.readTextFile(scene.path("ca.pem"));
  for (const bytes of [header(V4, 1), header(V4, 2)]) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: program.port("secure") });
    conn.setNoDelay(true);
    for (const byte of bytes) await conn.write(Uint8Array.of(byte));
    using wire = new Wire(await Deno.startTls(conn, { hostname: "localhost", caCerts: [ca] }));
    await wire.send(REQUEST);
    assertMatch(await wire.toEnd(), V4.host);
  }
  const { code } = await tryCurl("-k", `https://localhost:${program.port("secure")}/`);
  assert(code !== 0, "a client without a header was let in");
}, { needs: ["curl"] });

e2e("curl's --haproxy-protocol is believed, before TLS too", async (scene) => {
  const program = await serve(scene, "127.0.0.1");
  const args = ["--haproxy-protocol", "-k", `https://localhost:${program.port("secure")}/`];
  assertEquals((await tryCurl(...args)).body, "127.0.0.1");
}, { needs: ["curl"] });

e2e(
  "A trusted address must send a header: else it is closed, counted and logged",
  async (scene) => {
    const program = await serve(scene, "127.0.0.1");
    const port = program.port("plain");
    assertEquals(await say(port, ""), "");
    await program.says("stderr", /connection refused .*code=no_proxy_header/);
    const bad = [
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711 99999\r\n",
      `PROXY ${"x".repeat(200)}`,
      "\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
    ];
    for (const first of bad) assertEquals(await say(port, first), "", JSON.stringify(first));
    await program.says("stderr", /connection refused .*code=bad_proxy_header/);
    await counts(program, "downstream_listener_filter_error", 1 + bad.length);
    // One that leaves half-way is no news.
    using wire = await Wire.connect(port);
    await wire.send("PROXY TCP4 192.0.2.7");
    await wire.conn.closeWrite();
    assertEquals(await wire.toEnd(), "");
    assertEquals(await say(port, header(V4, 2)), V4.host);
    assert(!/internal error/.test(program.stderr.text), program.stderr.text);
  },
);

e2e("A header from an address that isn't trusted names nobody", async (scene) => {
  const program = await serve(scene, '10.0.0.0/8, "::1"');
  assertEquals(await say(program.port("plain"), ""), "127.0.0.1");
  using wire = await Wire.connect(program.port("plain"));
  await wire.send(header(V4, 1));
  await wire.send(REQUEST);
  const answer = await wire.toEnd();
  assertMatch(answer, /^HTTP\/1.1 400 /);
  assert(!answer.includes(V4.host), answer);
});

e2e("Envoy's listener filter proxy_protocol believes everybody", async (scene) => {
  const app = telling(scene);
  const type =
    "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
  const filter = httpTo("app", { use_remote_address: true });
  const program = await scene.serve(bootstrap([
    listenerOf("plain", [chain(filter)], {
      listener_filters: [{
        name: "envoy.filters.listener.proxy_protocol",
        typed_config: { "@type": type },
      }],
    }),
  ], [cluster("app", app.port)]));
  assertEquals(await say(program.port("plain"), header(V4, 1)), V4.host);
  assertEquals(await say(program.port("plain"), header(V6, 2)), V6.host);
  assertEquals(await say(program.port("plain"), ""), "");
});

for (const version of ["send-proxy", "send-proxy-v2"]) {
  e2e(`haproxy's ${version} is believed, with TLS behind it`, async (scene) => {
    const program = await serve(scene, "127.0.0.1");
    const [plain, secure] = [freePort(), freePort()];
    const file = await scene.write(
      "haproxy.cfg",
      `
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen plain
  bind 127.0.0.1:${plain}
  server genkan 127.0.0.1:${program.port("plain")} ${version}
listen secure
  bind 127.0.0.1:${secure}
  server genkan 127.0.0.1:${program.port("secure")} ${version}
`,
    );
    scene.spawn(["-db", "-f", file], { peer: "haproxy" });
    const retry = ["--retry", "100", "--retry-connrefused", "--retry-delay", "0"];
    const from = ["--interface", "127.0.0.9"];
    const ask = (url: string) => tryCurl(...retry, ...from, "-k", url);
    assertEquals((await ask(`http://localhost:${plain}/`)).body, "127.0.0.9");
    assertEquals((await ask(`https://localhost:${secure}/`)).body, "127.0.0.9");
  }, { needs: ["curl", "haproxy"] });
}
