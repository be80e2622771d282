/**
 * What the program tells a service manager, by a socket in its place.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { NotifySocket } from "./notify_socket.ts";
import { BINARY, type Program } from "./program.ts";
import { e2e, type E2eOptions, type Scene } from "./scene.ts";
import { freePort, httpUpstream, isRefused } from "./upstream.ts";
import { Wire } from "./wire.ts";

const WATCHDOG_MS = 1_000;

const OPTIONS: E2eOptions = { without: await whyNot() };

/** Only what runs on Bun needs a program of systemd's to send with. */
async function whyNot(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "only Linux has systemd";
  if (BINARY === null) return null;
  const { success } = await new Deno.Command("sh", { args: ["-c", "command -v systemd-notify"] })
    .output();
  return success ? null : "systemd-notify is not there";
}

function listen(scene: Scene, options: { watchdogMs?: number } = {}): NotifySocket {
  return scene.own(new NotifySocket(scene.path("notify"), options));
}

async function startProgram(
  scene: Scene,
  socket: NotifySocket,
  upstream: number,
): Promise<Program> {
  const config = `
admin: 127.0.0.1:0
listeners:
  web: { address: 127.0.0.1:${freePort()}, routes: [{ cluster: app }] }
  raw: { address: 127.0.0.1:0, tcp: app }
clusters: { app: { endpoints: ["127.0.0.1:${upstream}"] } }
`;
  const file = await scene.write("genkan.yaml", config);
  return scene.spawn(["run", "-c", file, "--concurrency", "2"], { env: socket.env });
}

e2e(
  "A service manager hears of the start, of reloads, good or bad, and of the stop",
  async (scene) => {
    const upstream = scene.own(httpUpstream(() => new Response("hello")));
    const socket = listen(scene);
    const program = await startProgram(scene, socket, upstream.port);
    const file = scene.path("genkan.yaml");
    const serving = `STATUS=serving 2 listeners of ${file}`;

    assertEquals(await socket.next(/READY=1/), `READY=1\n${serving}`);
    // What it says is true.
    await program.ready();
    assert(!await isRefused(program.port("web")) && !await isRefused(program.port("raw")));

    program.signal("SIGHUP");
    assertEquals(await socket.next(/^/), "RELOADING=1\nSTATUS=reloading");
    assertEquals(await socket.next(/^/), `READY=1\n${serving}`);
    await program.says("stderr", /configuration reloaded by=SIGHUP/);

    const config = await Deno.readTextFile(file);
    await scene.write("genkan.yaml", "listeners: nonsense\n");
    program.signal("SIGHUP");
    assertEquals(await socket.next(/^/), "RELOADING=1\nSTATUS=reloading");
    assertEquals(await socket.next(/^/), `READY=1\n${serving}`);
    await program.says("stderr", /cannot reload, what runs goes on by=SIGHUP/);

    await scene.write("genkan.yaml", config.replace(/ {2}raw:.*\n/, ""));
    program.signal("SIGHUP");
    assertEquals(await socket.next(/^/), "RELOADING=1\nSTATUS=reloading");
    assertEquals(await socket.next(/^/), `READY=1\nSTATUS=serving 1 listener of ${file}`);

    using wire = await Wire.connect(program.port("web"));
    await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assertMatch(await wire.response(), /^HTTP\/1\.1 200 /);
    program.signal("SIGTERM");
    assertMatch(await socket.next(/^/), /^STOPPING=1\nSTATUS=stopping.*\nEXTEND_TIMEOUT_USEC=\d+$/);
    const { code, stderr } = await program.ended();
    assertEquals([code, stderr.match(/cannot tell the service manager/)], [0, null]);
    assertEquals(socket.messages.length, 8);
  },
  OPTIONS,
);

e2e("A watchdog is told that all workers live, for as long as it asks", async (scene) => {
  const upstream = scene.own(httpUpstream(() => new Response("hello")));
  const socket = listen(scene, { watchdogMs: WATCHDOG_MS });
  const program = await startProgram(scene, socket, upstream.port);
  await socket.next(/READY=1/);
  for (let count = 0; count < 3; count++) assertEquals(await socket.next(/^/), "WATCHDOG=1");
  // Whoever begins the stop.
  await program.ready();
  await (await fetch(`${program.admin}/quitquitquit`, { method: "POST" })).text();
  await socket.next(/STOPPING=1/);
  assertEquals((await program.ended()).code, 0);
}, OPTIONS);

e2e(
  "A service manager doesn't hear of readiness from a program that can't start",
  async (scene) => {
    const socket = listen(scene);
    const program = await startProgram(scene, socket, 1);
    await socket.next(/READY=1/);
    await program.ready();
    // Nobody takes a port from a running one.
    const second = scene.spawn(
      ["run", "-c", scene.path("genkan.yaml"), "--concurrency", "2"],
      { env: socket.env },
    );
    const { code, stderr } = await second.ended();
    assertEquals(code, 1);
    assertMatch(stderr, /^genkan: Cannot listen on 127\.0\.0\.1:\d+: .*in use/m);
    assertEquals(socket.messages.length, 1);
  },
  OPTIONS,
);

e2e("A service manager that isn't there is told of once, and genkan serves", async (scene) => {
  const upstream = scene.own(httpUpstream(() => new Response("hello")));
  const socket = { env: { NOTIFY_SOCKET: scene.path("nobody") } } as unknown as NotifySocket;
  const program = await startProgram(scene, socket, upstream.port);
  await program.ready();
  program.signal("SIGHUP");
  await program.says("stderr", /configuration reloaded by=SIGHUP/);
  using wire = await Wire.connect(program.port("web"));
  await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  assertMatch(await wire.response(), /^HTTP\/1\.1 200 /);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended();
  assertEquals(code, 0);
  assertEquals(stderr.match(/cannot tell the service manager/g)?.length, 1);
}, OPTIONS);
