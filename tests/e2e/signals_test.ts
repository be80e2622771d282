/**
 * Signals to a program with two workers under load, and to the upstreams behind it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { isQuiet } from "./faults/gauges.ts";
import { openFiles } from "./process.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream, isRefused } from "./upstream.ts";
import { isLost, Wire } from "./wire.ts";

const CLIENTS = 16;
/** Both workers are at work, and some requests are slow ones. */
const WARM = 300;
const SLOW_MS = 200;
/** Well below the 30 s that running requests get. */
const PROMPT_MS = 10_000;

/** Clients that ask until nobody takes them any more, and what became of each request. */
class Clients {
  /** Requests that were answered whole. */
  readonly answered = new Set<string>();
  /** Requests that were not, with whether their connection had brought an answer before. */
  readonly lost = new Map<string, "first" | "further">();
  /** Answers that said that the connection ends. */
  closes = 0;
  readonly ended: Promise<unknown>;

  constructor(port: number) {
    this.ended = Promise.all(Array.from({ length: CLIENTS }, (_, index) => this.#run(port, index)));
  }

  async #run(port: number, index: number): Promise<void> {
    for (let count = 0;;) {
      let wire: Wire;
      try {
        wire = await Wire.connect(port);
      } catch (error) {
        if (isLost(error)) return;
        throw error;
      }
      using _wire = wire;
      for (let isFirst = true, goesOn = true; goesOn; isFirst = false) {
        // Every other client comes anew with each request.
        const isLast = index % 2 === 0;
        const id = `/${index % 4 === 0 ? "slow" : "fast"}/${index}-${count++}`;
        try {
          const close = isLast ? "connection: close\r\n" : "";
          await wire.send(`GET ${id} HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`);
          const response = await wire.response();
          assert(response.startsWith("HTTP/1.1 200 ") && response.endsWith(id), response);
          this.answered.add(id);
          goesOn = !/\r\nconnection: close\r\n/.test(response);
          if (!goesOn && !isLast) this.closes++;
        } catch (error) {
          if (!isLost(error)) throw error;
          this.lost.set(id, isFirst ? "first" : "further");
          goesOn = false;
        }
      }
    }
  }
}

async function startProgram(scene: Scene, port: number): Promise<Program> {
  return await scene.serve(
    `
admin: 127.0.0.1:0
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`,
    ["--concurrency", "2"],
  );
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  e2e(`No request is lost that was taken in before ${signal}`, async (scene) => {
    const seen = new Set<string>();
    const upstream = scene.own(httpUpstream(async ({ url }) => {
      const { pathname } = new URL(url);
      seen.add(pathname);
      if (pathname.startsWith("/slow/")) await new Promise((done) => setTimeout(done, SLOW_MS));
      return new Response(pathname);
    }));
    const program = await startProgram(scene, upstream.port);
    const clients = new Clients(program.port("web"));
    while (clients.answered.size < WARM) await new Promise((resolve) => setTimeout(resolve, 1));
    program.signal(signal);
    const { code, stdout, stderr } = await program.ended(PROMPT_MS);
    await clients.ended;
    assertEquals(code, 0);
    const unanswered = [...clients.lost].filter(([id, which]) =>
      which === "further" || seen.has(id)
    );
    assertEquals(unanswered, []);
    assert(clients.closes > 0, "clients were told that their connections end");
    assertEquals(clients.answered.size, seen.size);
    for (const id of seen) assert(stdout.includes(`"GET ${id} HTTP/1.1" 200 - `), id);
    assertEquals(stdout.trim().split("\n").length, seen.size);
    assertMatch(stderr, new RegExp(` info stopping on ${signal}, .*\n$`));
    assert(await isRefused(program.port("web")));
  });
}

e2e("SIGTERM while genkan starts ends it in good order, whenever it comes", async (scene) => {
  const file = await scene.write(
    "genkan.yaml",
    `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:1"] } }
`,
  );
  for (const pause of [0, 20, 40, 80, 160, 320]) {
    const program = scene.spawn(["run", "-c", file, "--concurrency", "2"]);
    await new Promise((resolve) => setTimeout(resolve, pause));
    program.signal("SIGTERM");
    const { code, stderr } = await program.ended(PROMPT_MS);
    // Before genkan listens for signals, the system ends it.
    assert(code === 0 || code === 143, `${code}: ${stderr}`);
    assertEquals(stderr.match(/bug in genkan|internal error|worker died|^ +at /m), null, stderr);
  }
});

e2e("SIGTERM ends what SIGHUP has begun", async (scene) => {
  const upstream = scene.own(httpUpstream(() => new Response("hello")));
  for (let round = 0; round < 3; round++) {
    const program = await startProgram(scene, upstream.port);
    const config = await Deno.readTextFile(scene.path("genkan.yaml"));
    await scene.write(
      "genkan.yaml",
      config.replace("listeners: {", "listeners: { more: { address: 127.0.0.1:0, tcp: app },"),
    );
    program.signal("SIGHUP");
    program.signal("SIGTERM");
    const { code, stderr } = await program.ended(PROMPT_MS);
    assertEquals(code, 0, stderr);
    assertEquals(stderr.match(/bug in genkan|internal error|worker died|^ +at /m), null, stderr);
  }
});

e2e(
  "SIGHUP ends a proxy that was given on the command line: it has nothing to load",
  async (scene) => {
    const upstream = scene.own(httpUpstream(() => new Response("hello")));
    const program = await scene.start(["http://127.0.0.1:0", `http://127.0.0.1:${upstream.port}`]);
    program.signal("SIGHUP");
    assertEquals((await program.ended(PROMPT_MS)).code, 129);
  },
);

/** An upstream in a process of its own, whose answers don't end. */
async function startUpstream(scene: Scene, port: number): Promise<Program> {
  const script = `
    const chunk = new Uint8Array(16384);
    const hold = () => new Response(new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        controller.enqueue(chunk);
      },
    }));
    Deno.serve({ hostname: "127.0.0.1", port: ${port}, onListen: () => console.log("ready") },
      ({ url }) => url.endsWith("/hold") ? hold() : new Response("hello"));
  `;
  return await scene.start(["eval", script], { peer: "deno" });
}

async function get(program: Program): Promise<string> {
  using wire = await Wire.connect(program.port("web"));
  await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  return (await wire.toEnd()).slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
}

e2e(
  "An upstream killed inside of its answers is told of, and nothing is left of it",
  async (scene) => {
    const port = freePort();
    let upstream = await startUpstream(scene, port);
    const program = await startProgram(scene, port);
    assertEquals(await get(program), "200");
    let files: number | null = null;
    for (let round = 0; round < 3; round++) {
      const wires = await Promise.all(
        Array.from({ length: CLIENTS }, () => Wire.connect(program.port("web"))),
      );
      for (const wire of wires) await wire.send("GET /hold HTTP/1.1\r\nhost: localhost\r\n\r\n");
      for (const wire of wires) {
        assertMatch(
          await wire.until("\r\n\r\n"),
          /^HTTP\/1\.1 200 [^]*\r\ntransfer-encoding: chunked/,
        );
        await wire.bytes(1);
      }
      upstream.signal("SIGKILL");
      await upstream.ended();
      for (const wire of wires) {
        assert(
          !(await wire.toEnd()).endsWith("\r\n0\r\n\r\n"),
          "half an answer doesn't look whole",
        );
        wire[Symbol.dispose]();
      }
      await isQuiet(program);
      assertEquals(await get(program), "503");
      const held = await openFiles(program.pid);
      files ??= held;
      assert(held <= files + 2, `descriptors: ${files}, then ${held}`);
      upstream = await startUpstream(scene, port);
      assertEquals(await get(program), "200");
    }
    const lines = program.stdout.text.split("\n");
    const cut = lines.filter((line) => / \/hold HTTP\/1\.1" 200 UC /.test(line));
    assertEquals(cut.length, 3 * CLIENTS);
  },
  { needs: ["/proc", "curl"] },
);
