/**
 * The real program without descriptors: it stays up, serves what it has, says what is wrong, and is as
 * before when the crowd has gone.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { held, isQuiet } from "./faults/gauges.ts";
import { cpuSeconds, openFiles } from "./process.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { listenerStat } from "./stats.ts";
import { wireUpstream } from "./upstream.ts";
import { isLost, Wire } from "./wire.ts";

/** Deno with workers has some 50 open at rest. */
const MAX_FILES = 150;
const CROWD = 250;
const FEW = 30;
/** The program may open some of its own, such as for a garbage collector's thread. */
const OWN_FILES = 2;
const REQUEST = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** That long the processor is watched, and that much of it may be used. */
const WATCH_MS = 2_000;
const WATCH_CPU_SECONDS = 1;
/** To be as before. */
const BACK_MS = 15_000;

const SHORTAGE = / error cannot accept, will try again /g;

/** An upstream that keeps its connections: while descriptors lack, no other can be had. */
class KeepingUpstream implements AsyncDisposable {
  readonly #wires = new Set<Wire>();
  readonly #upstream = wireUpstream((wire) => this.#serve(wire));

  get port(): number {
    return this.#upstream.port;
  }

  /** Closes them. */
  hangUp(): void {
    for (const wire of this.#wires) wire[Symbol.dispose]();
    this.#wires.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream[Symbol.asyncDispose]();
  }

  async #serve(wire: Wire): Promise<void> {
    this.#wires.add(wire);
    for (;;) {
      await wire.until("\r\n\r\n");
      await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nserved");
    }
  }
}

/** Starts it with little, before an upstream that serves. */
async function startPoor(scene: Scene, upstream: number, tls: string): Promise<Program> {
  await scene.writeCertificates();
  await scene.write(
    "genkan.yaml",
    `
listeners: { web: { address: 127.0.0.1:0, ${tls}routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:${upstream}"] } }
admin: 127.0.0.1:0
`,
  );
  return await scene.start(["run", "-c", "genkan.yaml", "--concurrency", "2"], {
    maxFiles: MAX_FILES,
  });
}

/** The response's body. */
async function ask(wire: Wire): Promise<string> {
  await wire.send(REQUEST);
  return (await wire.response()).split("\r\n\r\n")[1];
}

/** Asks on new connections until one is served: those that come too early may be closed. */
async function askAgain(port: number, ca: string | null): Promise<string> {
  for (;;) {
    try {
      using wire = await Wire.connect(port, ca);
      return await ask(wire);
    } catch (error) {
      if (!isLost(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Connections that say nothing. */
async function visitors(port: number, count: number): Promise<Disposable> {
  const wires: Wire[] = [];
  while (wires.length < count) {
    wires.push(new Wire(await Deno.connect({ hostname: "127.0.0.1", port })));
  }
  return { [Symbol.dispose]: () => wires.forEach((wire) => wire[Symbol.dispose]()) };
}

/** Makes a server accept, which it can't; that one is to be there afterwards, too. */
async function knock(port: number): Promise<void> {
  try {
    using _wire = await Wire.connect(port);
  } catch (error) {
    if (!isLost(error)) throw error;
  }
}

/** Fills it with connections that stay, and lets them go. */
async function crowd(program: Program, ca: string | null): Promise<void> {
  const port = program.port("web");
  using guest = await Wire.connect(port, ca);
  assertEquals(await ask(guest), "served");

  using _crowd = await visitors(port, CROWD);
  await program.says("stderr", SHORTAGE);
  await knock(Number(new URL(program.admin).port));
  assertEquals(await ask(guest), "served");

  const before = await cpuSeconds(program.pid);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const used = await cpuSeconds(program.pid) - before;
  assert(used < WATCH_CPU_SECONDS, `${used} s of a processor in ${WATCH_MS} ms`);
  assertEquals(await ask(guest), "served");
}

/** Waits for that: whoever left before it was accepted is accepted still. */
async function holdsAtMost(program: Program, files: number): Promise<void> {
  const end = performance.now() + BACK_MS;
  for (;;) {
    await isQuiet(program);
    const found = await openFiles(program.pid);
    if (found <= files) return;
    assert(performance.now() < end, `descriptors: ${files}, then ${found}`);
  }
}

for (
  const [name, tls] of [
    ["plain", ""],
    ["TLS", "tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }, "],
  ] as const
) {
  e2e(
    `Without descriptors a listener (${name}) rests, and is itself again with them`,
    async (scene) => {
      const upstream = scene.own(new KeepingUpstream());
      const program = await startPoor(scene, upstream.port, tls);
      const ca = tls === "" ? null : await Deno.readTextFile(scene.path("ca.pem"));
      const port = program.port("web");
      // Until it has opened what it keeps.
      {
        using _few = await visitors(port, FEW);
        assertEquals(await askAgain(port, ca), "served");
      }
      upstream.hangUp();
      const { files } = await held(program);
      await crowd(program, ca);
      assertEquals(await askAgain(port, ca), "served");
      upstream.hangUp();
      await holdsAtMost(program, files + OWN_FILES);
      assert(await listenerStat(program, "downstream_cx_accept_failed") > 0);

      const said = [...program.stderr.text.matchAll(SHORTAGE)].length;
      const threads = navigator.hardwareConcurrency;
      assert(said <= threads, `said ${said} times by ${threads} threads`);
      assertMatch(
        program.stderr.text,
        /too many open files: raise its limit \(ulimit -n, LimitNOFILE\)/,
      );
      program.signal("SIGTERM");
      assertEquals((await program.ended()).code, 0);
    },
    { needs: ["curl", "/proc"] },
  );
}
