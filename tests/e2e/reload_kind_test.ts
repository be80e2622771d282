/**
 * Reloads that make something else of a listener: TLS of plain HTTP, another port, another name,
 * Envoy's form of the native one.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { Authority } from "./authority.ts";
import { bootstrap, cluster, httpTo, listener, withAdmin } from "./envoy_config.ts";
import { postReload, reloadTo } from "./reload.ts";
import { issuePair, renamePair, writePair } from "./rotation.ts";
import { e2e, type Scene } from "./scene.ts";
import { visit } from "./shown_certificate.ts";
import { freePort, httpUpstream, isRefused } from "./upstream.ts";
import { Wire } from "./wire.ts";

const OPTIONS = ["--concurrency", "2", "--drain-time-s", "1"];
const GET = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const TLS = "tls: { certificates: [{ cert: web.pem, key: web-key.pem }] }";

function config(listeners: Record<string, string>, upstream: number): string {
  const lines = Object.entries(listeners).map(([name, fields]) =>
    `  ${name}: { ${fields}, routes: [{ cluster: app }] }\n`
  );
  return `admin: 127.0.0.1:0
access_log: off
listeners:
${lines.join("")}clusters: { app: { endpoints: ["127.0.0.1:${upstream}"] } }
`;
}

const at = (port: number) => `address: "127.0.0.1:${port}"`;

function upstreamOf(scene: Scene): number {
  return scene.own(httpUpstream(() => new Response("fine"))).port;
}

e2e("A port goes from plain HTTP to TLS and back, and its clients are told", async (scene) => {
  const authority = await Authority.create("kinds");
  await writePair(scene, "web", await issuePair(authority));
  const upstream = upstreamOf(scene), port = freePort();
  const program = await scene.serve(config({ web: at(port) }, upstream), OPTIONS);
  for (const tls of [true, false, true]) {
    using before = await Wire.connect(port, tls ? null : authority.pem);
    await before.send(GET);
    assertMatch(await before.response(), /fine$/);
    const next = config({ web: tls ? `${at(port)}, ${TLS}` : at(port) }, upstream);
    assertMatch(await reloadTo(scene, program, next), "listeners: 0 kept, changed web\n");
    // Still served as it began, and told to come again.
    await before.send(GET);
    assertMatch(await before.toEnd(), /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n[^]*fine$/);
    using after = await Wire.connect(port, tls ? authority.pem : null);
    await after.send(GET);
    assertMatch(await after.response(), /fine$/);
  }
});

/** False while a socket of before, which the kernel may still choose, answers. */
async function isServed(port: number, ca: string | null): Promise<boolean> {
  try {
    using wire = await Wire.connect(port, ca);
    await wire.send(GET);
    return /^HTTP\/1\.1 200 /.test(await wire.response());
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

e2e("A listener that moves leaves its port, one with another name keeps it", async (scene) => {
  const upstream = upstreamOf(scene), [first, second] = [freePort(), freePort()];
  const program = await scene.serve(config({ web: at(first) }, upstream), OPTIONS);
  using kept = await Wire.connect(first);
  await kept.send(GET);
  await kept.response();
  assertMatch(
    await reloadTo(scene, program, config({ named: at(first) }, upstream)),
    "listeners: 0 kept, changed named\n",
  );
  assertEquals(await isServed(first, null), true);
  assertMatch(
    await reloadTo(scene, program, config({ named: at(second) }, upstream)),
    "listeners: 0 kept, added named, drained named\n",
  );
  assertEquals(await isServed(second, null), true);
  assertEquals(await isRefused(first), true);
});

e2e("A native file can become one of Envoy's, on the same sockets", async (scene) => {
  const upstream = upstreamOf(scene);
  const program = await scene.serve(config({ web: "address: 127.0.0.1:0" }, upstream), OPTIONS);
  const port = program.port("web");
  using before = await Wire.connect(port);
  await before.send(GET);
  assertMatch(await before.response(), /\r\nserver: genkan\r\n/);
  const envoy = withAdmin(bootstrap([listener("web", httpTo("app"))], [cluster("app", upstream)]));
  assertMatch(await reloadTo(scene, program, envoy), "listeners: 0 kept, changed web\n");
  assertEquals(await isServed(port, null), true);
  await before.send(GET);
  assertMatch(await before.toEnd(), /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/);
});

e2e("Certificates rotate on disk while one reload follows the other", async (scene) => {
  const authority = await Authority.create("rotation");
  await writePair(scene, "web", await issuePair(authority));
  const upstream = upstreamOf(scene), port = freePort();
  const turn = (index: number) =>
    config({
      web: `${at(port)}, ${TLS}`,
      ...(index % 2 === 1 ? { more: "address: 127.0.0.1:0" } : {}),
    }, upstream);
  const program = await scene.serve(turn(0), OPTIONS);
  let index = 0, isDone = false;
  const reloading = (async () => {
    while (!isDone) {
      await scene.write("genkan.yaml", turn(++index));
      // Between the two files of a pair nothing fits: then nothing changes.
      const { status, text } = await postReload(program);
      assert(status === 200 || text.includes("web"), text);
    }
  })();
  for (let count = 0; count < 5; count++) {
    const next = await issuePair(authority);
    await renamePair(scene, "web", next);
    while ((await visit(port, authority.pem)).serial !== next.serial);
  }
  isDone = true;
  await reloading;
  assert(index > 1, `${index} reloads`);
});

async function ask(path: string): Promise<string> {
  using wire = new Wire(await Deno.connect({ transport: "unix", path }));
  await wire.send(GET);
  return await wire.response();
}

e2e("A unix socket comes and goes with a reload, or it is said why it can't", async (scene) => {
  const upstream = upstreamOf(scene), path = scene.path("web.sock");
  const plain = config({ web: "address: 127.0.0.1:0" }, upstream);
  const unix = config({ web: "address: 127.0.0.1:0", socket: `address: "unix:${path}"` }, upstream);
  const late = await scene.serve(plain, OPTIONS);
  await scene.write("genkan.yaml", unix);
  const { status, text } = await postReload(late);
  if (status === 400) {
    assertMatch(text, `\ngenkan: Cannot use unix:${path}: genkan has given up the right to`);
  } else assertMatch(await ask(path), /fine$/);
  late.signal("SIGTERM");
  await late.ended();

  const program = await scene.serve(unix, OPTIONS);
  for (let count = 0; count < 3; count++) {
    assertMatch(await reloadTo(scene, program, plain), "drained socket");
    assertMatch(await reloadTo(scene, program, unix), "added socket");
    assertMatch(await ask(path), /fine$/);
  }
});
