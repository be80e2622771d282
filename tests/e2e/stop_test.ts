/**
 * An orderly stop: what runs may finish, for a while; what idles doesn't delay it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream, isRefused, wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** Well below the 30 s that running requests get. */
const PROMPT_MS = 6_000;
/** What running requests get where it is waited for, and some more on a busy machine. */
const DRAIN_S = 2, GRACE_MS = 8_000;

const REQUEST = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** A proxy with an HTTP listener over TLS and one that passes through, before one upstream. */
async function startProxy(
  scene: Scene,
  upstream: { readonly port: number },
  more: readonly string[] = [],
): Promise<Program> {
  await scene.writeCertificates();
  return await scene.serve(
    `
listeners:
  web:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: app, timeout: 0s }]
  raw: { address: 127.0.0.1:0, tcp: app }
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`,
    more,
  );
}

async function connect(program: Program): Promise<Wire> {
  return await Wire.connect(program.port("web"), (await localhostCertificate()).ca);
}

/** What had arrived before the port was closed is still taken in; nobody tells when that is over. */
async function isClosed(port: number): Promise<void> {
  while (!await isRefused(port));
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  e2e(
    `After ${signal} a request under way is answered, and nobody new is let in`,
    async (scene) => {
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<Response>();
      const upstream = scene.own(httpUpstream(() => {
        asked.resolve();
        return answer.promise;
      }));
      const program = await startProxy(scene, upstream);
      using wire = await connect(program);
      await wire.send(REQUEST);
      await asked.promise;
      program.signal(signal);
      await program.says("stderr", new RegExp(`stopping on ${signal}`));
      for (const name of ["web", "raw"]) await isClosed(program.port(name));
      answer.resolve(new Response("at last"));
      const response = await wire.toEnd();
      assertMatch(response, /^HTTP\/1\.1 200 OK\r\n/);
      assertMatch(response, /\r\nconnection: close\r\n/);
      assertMatch(response, /at last$/);
      assertEquals((await program.ended(PROMPT_MS)).code, 0);
    },
  );
}

e2e("A response that had begun is finished", async (scene) => {
  const rest = Promise.withResolvers<void>();
  const upstream = scene.own(wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst");
    await rest.promise;
    await wire.send("later");
    await wire.toEnd();
  }));
  const program = await startProxy(scene, upstream);
  using wire = await connect(program);
  await wire.send(REQUEST);
  await wire.until("first");
  program.signal("SIGTERM");
  await program.says("stderr", /stopping on SIGTERM/);
  rest.resolve();
  assertEquals(await wire.toEnd(), "later");
  assertEquals((await program.ended(PROMPT_MS)).code, 0);
});

e2e("Connections that idle, or haven't said anything yet, don't delay a stop", async (scene) => {
  const program = await startProxy(scene, scene.own(httpUpstream(() => new Response("hello"))));
  using idle = await connect(program);
  await idle.send(REQUEST);
  await idle.response();
  using greeted = await connect(program);
  using silent = await Wire.connect(program.port("web"));
  // Accepted after the others: when it was answered, they have been taken in.
  using other = await connect(program);
  await other.send(REQUEST);
  await other.response();
  program.signal("SIGTERM");
  assertEquals((await program.ended(PROMPT_MS)).code, 0);
  for (const wire of [idle, greeted, silent, other]) assertEquals(await wire.toEnd(), "");
});

e2e("What takes longer than the drain time is cut off, and the exit code is 0", async (scene) => {
  const asked = Promise.withResolvers<void>();
  const upstream = scene.own(wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    asked.resolve();
    await wire.toEnd();
  }));
  const program = await startProxy(scene, upstream, ["--drain-time-s", String(DRAIN_S)]);
  using http = await connect(program);
  await http.send(REQUEST);
  await asked.promise;
  using raw = await Wire.connect(program.port("raw"));
  await raw.send("these bytes never end");
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended(GRACE_MS);
  assertEquals(code, 0);
  assertMatch(stderr, / warning connections cut off/);
  assertEquals([await http.toEnd(), await raw.toEnd()], ["", ""]);
});

e2e("A second signal ends the wait", async (scene) => {
  const asked = Promise.withResolvers<void>();
  const upstream = scene.own(wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    asked.resolve();
    await wire.toEnd();
  }));
  const program = await startProxy(scene, upstream);
  using wire = await connect(program);
  await wire.send(REQUEST);
  await asked.promise;
  program.signal("SIGINT");
  await program.says("stderr", /stopping on SIGINT/);
  program.signal("SIGINT");
  assertEquals((await program.ended(PROMPT_MS)).code, 0);
});
