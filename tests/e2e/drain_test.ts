/**
 * Emptying a program from its admin, as load balancers and orchestrators do.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { asks, asksAnew, GET, post, ready } from "./drained.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream, isRefused } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** Short enough to be waited for, and long enough to ask a few times before. */
const DRAIN_S = 3;

async function startProgram(scene: Scene, drainSeconds = 30): Promise<Program> {
  const upstream = scene.own(httpUpstream(() => new Response("hello")));
  return await scene.serve(
    `
admin: 127.0.0.1:0
listeners:
  web: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  raw: { address: 127.0.0.1:0, tcp: app }
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`,
    ["--concurrency", "2", "--drain-time-s", String(drainSeconds)],
  );
}

/** Several, so that both workers have some. */
async function connectSome(program: Program, listener = "web"): Promise<Wire[]> {
  const count = 16;
  return await Promise.all(
    Array.from({ length: count }, () => Wire.connect(program.port(listener))),
  );
}

/** Nobody tells when the kernel's queue has been emptied. */
async function isClosed(program: Program): Promise<void> {
  for (const name of ["web", "raw"]) while (!await isRefused(program.port(name)));
}

for (const path of ["/drain_listeners", "/drain_listeners?inboundonly"]) {
  e2e(`POST ${path} closes the listeners, and who is connected goes on`, async (scene) => {
    const program = await startProgram(scene);
    const [used, unused, raw] = await Promise.all(
      ["web", "web", "raw"].map((name) => connectSome(program, name)),
    );
    for (const wire of used) assertEquals(await asks(wire), "open");
    await post(program.admin, path);
    await isClosed(program);
    assertEquals(await ready(program.admin), "200 LIVE");
    for (const wire of [...used, ...unused, ...raw]) assertEquals(await asks(wire), "open");
    for (const wire of used) assertEquals(await asks(wire), "open");
    await post(program.admin, path);
    for (const wire of [...used, ...unused, ...raw]) wire[Symbol.dispose]();
    program.signal("SIGTERM");
    assertEquals((await program.ended()).code, 0);
  });
}

e2e("When the drain time is over, who is connected ends behind the next answer", async (scene) => {
  const program = await startProgram(scene, 1);
  const wires = await connectSome(program);
  for (const wire of wires) assertEquals(await asks(wire), "open");
  await post(program.admin, "/drain_listeners");
  for (const wire of wires) while (await asks(wire) === "open");
  assertEquals(await ready(program.admin), "200 LIVE");
});

e2e(
  "POST /drain_listeners?graceful lets clients in for the drain time, and tells them",
  async (scene) => {
    const program = await startProgram(scene, DRAIN_S);
    const web = program.port("web");
    const wires = await connectSome(program);
    await post(program.admin, "/drain_listeners?graceful");
    const started = performance.now();
    for (const wire of wires) assertEquals([await asks(wire), await wire.toEnd()], ["closed", ""]);
    assertEquals([await ready(program.admin), await asksAnew(web)], ["200 LIVE", "closed"]);
    // A load balancer that comes again doesn't end it.
    await post(program.admin, "/healthcheck/ok");
    assertEquals([await ready(program.admin), await asksAnew(web)], ["200 LIVE", "closed"]);
    await isClosed(program);
    // It is no sooner than it was told; a test can't know how much later it is.
    assertEquals(performance.now() - started >= DRAIN_S * 1000 - 100, true);
    assertEquals(await ready(program.admin), "200 LIVE");
  },
);

e2e("POST /drain_listeners after a graceful one closes the listeners at once", async (scene) => {
  const program = await startProgram(scene);
  await post(program.admin, "/drain_listeners?graceful");
  assertEquals(await asksAnew(program.port("web")), "closed");
  await post(program.admin, "/drain_listeners");
  await isClosed(program);
});

e2e("POST /drain_listeners?graceful&skip_exit never closes the listeners", async (scene) => {
  const program = await startProgram(scene, 1);
  await post(program.admin, "/drain_listeners?graceful&skip_exit");
  const end = performance.now() + 1500;
  while (performance.now() < end) assertEquals(await asksAnew(program.port("web")), "closed");
});

e2e(
  "POST /healthcheck/fail has /ready fail and clients leave, until /healthcheck/ok",
  async (scene) => {
    const program = await startProgram(scene);
    const web = program.port("web");
    const [idle, used] = await Promise.all([connectSome(program), connectSome(program)]);
    for (const wire of used) assertEquals(await asks(wire), "open");
    await post(program.admin, "/healthcheck/fail");
    assertEquals([await ready(program.admin), await asksAnew(web)], ["503 DRAINING", "closed"]);
    for (const wire of used) assertEquals([await asks(wire), await wire.toEnd()], ["closed", ""]);
    await post(program.admin, "/healthcheck/ok");
    assertEquals([await ready(program.admin), await asksAnew(web)], ["200 LIVE", "open"]);
    for (const wire of idle) assertEquals(await asks(wire), "open");
    for (const wire of [...idle, ...used]) wire[Symbol.dispose]();
  },
);

e2e("POST /quitquitquit is answered, and stops the program as SIGTERM does", async (scene) => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const upstream = scene.own(httpUpstream(() => {
    asked.resolve();
    return answer.promise;
  }));
  const program = await scene.serve(`
admin: 127.0.0.1:0
listeners:
  web: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  raw: { address: 127.0.0.1:0, tcp: app }
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`);
  using wire = await Wire.connect(program.port("web"));
  await wire.send(GET);
  await asked.promise;
  await post(program.admin, "/quitquitquit");
  await isClosed(program);
  assertEquals(await ready(program.admin), "503 DRAINING");
  answer.resolve(new Response("at last"));
  assertEquals(/\r\nconnection: close\r\n[^]*at last$/.test(await wire.toEnd()), true);
  assertEquals((await program.ended()).code, 0);
});
