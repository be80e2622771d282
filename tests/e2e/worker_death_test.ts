/**
 * Workers that die or hang: what is told, what is lost, and what is found back.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { Load } from "./load.ts";
import { ENDS, LAST_WORDS } from "./mortal/ends.ts";
import { MISSING, RUNTIME, startMortal } from "./mortal/program.ts";
import { openFiles } from "./process.ts";
import type { Program } from "./program.ts";
import { reloadTo } from "./reload.ts";
import { e2e, type E2eOptions, type Scene } from "./scene.ts";
import { counts } from "./stats.ts";
import { httpUpstream, wireUpstream } from "./upstream.ts";
import { isLost, Wire } from "./wire.ts";
import { connectAll, connectBoth, type Served, whoServes, witness } from "./worker_witness.ts";

const OPTIONS: E2eOptions = {
  needs: ["/proc", "curl"],
  without: MISSING ?? (Deno.build.os === "linux" ? null : "only Linux shares a port's connections"),
};

/** Enough that both workers have some. */
const CONNECTIONS = 32;
const LANES = 4;
/** Enough that clients have had to do with the new worker. */
const SERVED = 400;
/** The program may open some of its own, such as for a garbage collector's thread. */
const FILES = 2;

const GET = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** A program whose worker dies of a request to `/throws`, say; `who` leads to a witness. */
async function startProgram(
  scene: Scene,
  app: number,
  options: readonly string[] = [],
): Promise<Program> {
  const ends = Object.entries(ENDS);
  return await startMortal(
    scene,
    `
admin: 127.0.0.1:0
listeners:
  web:
    address: 127.0.0.1:0
    routes:
      - { prefix: /who, cluster: who }
${ends.map(([end]) => `      - { prefix: /${end}, cluster: ${end} }`).join("\n")}
      - { cluster: app, timeout: 0s }
clusters:
  who: { endpoints: ["127.0.0.1:${scene.own(witness()).port}"] }
  app: { endpoints: ["127.0.0.1:${app}"], max_requests: 8 }
${ends.map(([end, host]) => `  ${end}: { endpoints: ["${host}:1"] }`).join("\n")}
`,
    { options },
  );
}

async function ask({ wire }: Served, path: string): Promise<void> {
  await wire.send(`GET /${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
}

async function stat(program: Program, name: string): Promise<number> {
  const text = await (await fetch(`${program.admin}/stats`)).text();
  return Number(text.match(new RegExp(`^${RegExp.escape(name)}: (\\d+)$`, "m"))?.[1]);
}

/** Waits until another worker serves in place of one that died, for the n-th time. */
async function isReplaced(program: Program, deaths = 1): Promise<void> {
  await program.says("stderr", new RegExp(`(?:worker took the place[^]*){${deaths}}`));
}

/** Has whoever accepts die of it. */
async function killOne(port: number): Promise<void> {
  try {
    using wire = await Wire.connect(port);
    await wire.send("GET /throws HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assertEquals(await wire.toEnd(), "");
  } catch (error) {
    if (!isLost(error)) throw error; // Nobody is left to accept for a moment.
  }
}

function load(program: Program): Load {
  const port = program.port("web");
  const judge = () => (body: string) => body === "hello";
  return new Load(
    Array.from({ length: LANES }, (_, index) => {
      return {
        name: `lane ${index}`,
        port,
        path: "/",
        ca: null,
        keepAlive: index % 2 === 0,
        judge,
      };
    }),
  );
}

for (const end of ["throws", "rejects"] as const) {
  e2e(
    `A worker that ${end} what nobody catches is told of and replaced, under load`,
    async (scene) => {
      const app = scene.own(httpUpstream(() => new Response("hello")));
      const program = await startProgram(scene, app.port);
      const port = program.port("web");
      const warm = load(program);
      await warm.reaches(SERVED);
      await warm.stop();
      const files = await openFiles(program.pid);

      const during = load(program);
      await during.reaches(LANES);
      const held = await connectAll(port, CONNECTIONS);
      const [victim] = held;
      const total = await stat(program, "http.web.downstream_cx_total");
      await ask(victim, end);
      await isReplaced(program);
      await during.stop();
      // The kernel may give the dying one more connections until its socket is closed; the others'
      // are theirs.
      for (const failure of during.failures) {
        assertMatch(failure, /ConnectionReset|UnexpectedEof|BrokenPipe/);
      }

      assertMatch(
        program.stderr.text,
        new RegExp(
          ` error worker died, another takes its place worker=[01] code=worker_died cause="Error: ${LAST_WORDS}\\\\n +at `,
        ),
      );
      for (const { wire, worker } of held) {
        if (worker === victim.worker) assertEquals(await wire.toEnd(), "");
        else assertEquals(await whoServes(wire), worker);
      }
      const others = held.filter(({ worker }) => worker !== victim.worker);
      assert(others.length > 0 && others.length < held.length);

      const after = load(program);
      await after.reaches(SERVED);
      await after.stop();
      assertEquals(after.failures, []);
      const workers = new Set<string>();
      const fresh = await connectAll(port, CONNECTIONS);
      for (const { worker } of fresh) workers.add(worker);
      assertEquals(workers.size, 2);
      assert(workers.has(others[0].worker), "the one that lived serves with its own connections");
      assert(await stat(program, "http.web.downstream_cx_total") >= total + fresh.length);
      for (const each of [...held, ...fresh]) each[Symbol.dispose]();
      await counts(program, "downstream_cx_active", 0);
      const left = await openFiles(program.pid);
      // Connections to upstreams that idle are as many as before, one or two a worker.
      assert(left <= files + FILES + LANES, `descriptors: ${files}, then ${left}`);
      program.signal("SIGTERM");
      assertEquals((await program.ended()).code, 0);
    },
    OPTIONS,
  );
}

e2e("What a dead worker had of a circuit breaker is free again", async (scene) => {
  let asked = 0;
  const app = scene.own(wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    asked++;
    await wire.toEnd();
  }));
  const program = await startProgram(scene, app.port);
  const port = program.port("web");
  const [[victim, ...dying], others] = await connectBoth(port, 10);
  const isAsked = async (count: number) => {
    while (asked < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  for (const each of [...dying.slice(0, 3), ...others.slice(0, 5)]) await ask(each, "");
  await isAsked(8);
  await ask(others[5], "");
  assertMatch(await others[5].wire.response(), /^HTTP\/1\.1 503 /);
  await ask(victim, "throws");
  await isReplaced(program);
  for (const each of others.slice(6, 9)) await ask(each, "");
  await isAsked(11);
  await ask(others[9], "");
  assertMatch(await others[9].wire.response(), /^HTTP\/1\.1 503 /);
  for (const each of [victim, ...dying, ...others]) each[Symbol.dispose]();
  await counts(program, "downstream_cx_active", 0);
  while (await stat(program, "cluster.app.upstream_rq_active") > 0);
}, OPTIONS);

e2e("What a dead worker counted of a cluster is forgotten with the cluster", async (scene) => {
  const app = scene.own(httpUpstream(() => new Response("hello")));
  const program = await startProgram(scene, app.port, ["--drain-time-s", "0"]);
  while (!/worker died/.test(program.stderr.text)) await killOne(program.port("web"));
  await isReplaced(program);
  assert(await stat(program, "cluster.throws.upstream_rq_total") >= 1);
  const config = await Deno.readTextFile(scene.path("genkan.yaml"));
  await reloadTo(
    scene,
    program,
    config.replaceAll(/^.*\bthrows:? .*\n|^.*cluster: throws .*\n/gm, ""),
  );
  const shown = async () => await (await fetch(`${program.admin}/stats`)).text();
  while (/^cluster\.throws\./m.test(await shown()));
  assertMatch(await shown(), /^cluster\.app\./m);
}, OPTIONS);

e2e(
  "Workers that die again and again keep neither the admin nor a stop from answering",
  async (scene) => {
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const program = await startProgram(scene, app.port);
    const files = await openFiles(program.pid);
    for (let deaths = 1; deaths <= 4; deaths++) {
      while ((program.stderr.text.match(/worker died/g) ?? []).length < deaths) {
        await killOne(program.port("web"));
      }
      assertEquals(await (await fetch(`${program.admin}/ready`)).text(), "LIVE\n");
    }
    await isReplaced(program, program.stderr.text.match(/worker died/g)!.length);
    const fresh = await connectAll(program.port("web"), CONNECTIONS);
    assertEquals(new Set(fresh.map(({ worker }) => worker)).size, 2);
    for (const each of fresh) each[Symbol.dispose]();
    await counts(program, "downstream_cx_active", 0);
    const left = await openFiles(program.pid);
    assert(left <= files + FILES + LANES, `descriptors: ${files}, then ${left}`);
    program.signal("SIGTERM");
    assertEquals((await program.ended()).code, 0);
  },
  OPTIONS,
);

e2e(
  "A configuration at which every worker dies is refused, and what runs goes on",
  async (scene) => {
    const app = scene.own(httpUpstream(() => new Response("hello")));
    const program = await startProgram(scene, app.port);
    const config = await Deno.readTextFile(scene.path("genkan.yaml"));
    const deadly = `  bad: { address: "${ENDS.throws}:0", tcp: app }\n`;
    await scene.write("genkan.yaml", config.replace("clusters:\n", `${deadly}clusters:\n`));
    const refused = await fetch(`${program.admin}/reload`, { method: "POST" });
    assertEquals([refused.status, await refused.text()], [
      400,
      `Cannot reload ${scene.path("genkan.yaml")}: nothing was changed\n` +
      "genkan: Cannot serve: every worker has died\n",
    ]);
    await isReplaced(program, 2);
    const fresh = await connectAll(program.port("web"), CONNECTIONS);
    assertEquals(new Set(fresh.map(({ worker }) => worker)).size, 2);
    for (const each of fresh) each[Symbol.dispose]();
  },
  OPTIONS,
);

e2e("A start at which every worker dies ends with a line that says so", async (scene) => {
  const config = `
listeners: { bad: { address: "${ENDS.rejects}:0", tcp: app } }
clusters: { app: { endpoints: ["127.0.0.1:1"] } }
`;
  const { code, stderr } = await (await startMortal(scene, config, { isReady: false })).ended();
  assertEquals(code, 1);
  assertMatch(stderr, new RegExp(`code=worker_died cause="Error: ${LAST_WORDS}`));
  assertMatch(stderr, /^genkan: Cannot serve: every worker has died$/m);
}, OPTIONS);

e2e(
  "A worker that hangs is replaced, or at least told of, and doesn't delay a reload or a stop",
  async (scene) => {
    const app = scene.own(wireUpstream(async (wire) => void await wire.toEnd()));
    const program = await startProgram(scene, app.port);
    const held = await connectAll(program.port("web"), CONNECTIONS);
    const [victim] = held;
    await ask(victim, "loops");
    if (RUNTIME === "bun") await isReplaced(program);
    const line = RUNTIME === "bun" ? "worker died" : "worker hangs and cannot be ended";
    const { index = 0 } = await program.says("stderr", new RegExp(line));
    assertMatch(program.stderr.text.slice(index), /found no sign of life for 10 s/);
    const reloaded = await fetch(`${program.admin}/reload`, { method: "POST" });
    assertEquals(reloaded.status, 200, await reloaded.text());
    const other = held.find(({ worker }) => worker !== victim.worker)!;
    assertEquals(await whoServes(other.wire), other.worker);
    await other.wire.send(GET);
    program.signal("SIGTERM");
    await program.says("stderr", /stopping on SIGTERM/);
    program.signal("SIGTERM");
    assertEquals((await program.ended()).code, 0);
    for (const each of held) each[Symbol.dispose]();
  },
  OPTIONS,
);
