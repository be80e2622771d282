/**
 * Reload after reload, of everything that can change, while clients ask without a pause: no request
 * fails, and nothing is left behind.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { held, isQuiet } from "./faults/gauges.ts";
import { Changing, type Lane, Load } from "./load.ts";
import { memory } from "./process.ts";
import type { Program } from "./program.ts";
import { reloadTo } from "./reload.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream } from "./upstream.ts";

/** An even number: the last configuration is the first one again. */
const RELOADS = 50;
/** By then everything has been used, and what the heap grows to by itself is mostly there. */
const WARM = 10;
/** How much more memory there may be in the end than when it was warm. */
const GROWTH = 1.5;
/** The program may open some of its own, such as for a garbage collector's thread. */
const OWN_FILES = 4;
/** What is served between two reloads at least. */
const SERVED = 20;
/** The drain's second, and some more on a busy machine. */
const DRAINED_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** What a configuration leads to, and the port of the listener that comes and goes. */
interface Ports {
  readonly one: number;
  readonly two: number;
  readonly extra: number;
}

const LISTENER = (name: string, port: number, fields: string) =>
  `  ${name}: { address: "127.0.0.1:${port}", ${fields} }\n`;

/** The configuration of a turn: each differs from the one before it in every way. */
function configOf(turn: number, { one, two, extra }: Ports): string {
  const isOdd = turn % 2 === 1;
  const pair = isOdd ? "second" : "first";
  const tls = (name: string) =>
    `tls: { certificates: [{ cert: ${name}.pem, key: ${name}-key.pem }] }`;
  const route = (cluster: string) => `routes: [{ cluster: ${cluster} }]`;
  const routes = `routes: [{ exact: /same, cluster: app }${
    isOdd ? ", { exact: /other, cluster: extra }" : ""
  }, { cluster: flip }]`;
  return [
    `admin: 127.0.0.1:0\naccess_log: off\nlisteners:\n`,
    LISTENER("steady", 0, route("app")),
    LISTENER("raw", 0, "tcp: app"),
    LISTENER("tls", 0, `${tls(pair)}, ${routes}`),
    LISTENER("timing", 0, `head_timeout: ${10 + turn}s, ${route("flip")}`),
    isOdd ? LISTENER("extra", extra, route("extra")) : "",
    `clusters:\n  app: { endpoints: ["127.0.0.1:${one}"] }\n`,
    `  flip: { endpoints: ["127.0.0.1:${isOdd ? two : one}"] }\n`,
    isOdd ? `  extra: { endpoints: ["127.0.0.1:${two}"] }\n` : "",
  ].join("");
}

async function stats(program: Program): Promise<string> {
  return await (await fetch(`${program.admin}/stats`)).text();
}

/** Waits until no number has a name like that any more. */
async function isForgotten(program: Program, name: RegExp): Promise<void> {
  const end = performance.now() + DRAINED_MS;
  while (name.test(await stats(program))) {
    assert(performance.now() < end, `${name} is forgotten`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function writePairs(scene: Scene): Promise<string> {
  const { ca, cert, key } = await localhostCertificate();
  for (const name of ["first", "second"]) {
    await scene.write(`${name}.pem`, cert);
    await scene.write(`${name}-key.pem`, key);
  }
  return ca;
}

const is = (body: string) => () => (found: string) => found === body;

/** What each client asks; `flip` is the answer where a route's cluster changes. */
function lanesTo(program: Program, ca: string, flip: Changing): Lane[] {
  const plain = { path: "/", ca: null, keepAlive: true, judge: is("one") };
  const steady = { ...plain, port: program.port("steady") };
  const tls = { ...plain, port: program.port("tls"), ca };
  const changing = { ...tls, path: "/flip", judge: () => flip.judge() };
  const timing = { ...plain, port: program.port("timing"), judge: () => flip.judge() };
  return [
    { ...steady, name: "untouched" },
    { ...steady, name: "untouched, new", keepAlive: false },
    { ...plain, name: "passed through, new", port: program.port("raw"), keepAlive: false },
    { ...tls, name: "untouched route", path: "/same" },
    { ...changing, name: "changed cluster" },
    { ...changing, name: "changed cluster, new", keepAlive: false },
    { ...timing, name: "changed listener" },
    { ...timing, name: "changed listener, new", keepAlive: false },
  ];
}

e2e("Fifty reloads under load fail no request and leave nothing behind", async (scene) => {
  const ca = await writePairs(scene);
  const [one, two] = ["one", "two"].map((name) =>
    scene.own(httpUpstream(() => new Response(name)))
  );
  const extra = freePort();
  const ports = { one: one.port, two: two.port, extra };
  const more = ["--concurrency", "2", "--drain-time-s", "1"];
  const program = await scene.serve(configOf(0, ports), more);
  const before = await held(program);

  const flip = new Changing("one");
  const load = new Load(lanesTo(program, ca, flip));
  const served = (load: Load, count: number) => load.reaches(load.served + count);
  let warm = Infinity;
  for (let turn = 1; turn <= RELOADS; turn++) {
    const isOdd = turn % 2 === 1;
    flip.becomes(isOdd ? "two" : "one");
    const said = await reloadTo(scene, program, configOf(turn, ports));
    flip.settle();
    const what = isOdd ? "added" : "drained";
    assertMatch(said, `\nlisteners: 2 kept, changed tls timing, ${what} extra\n`);
    assertMatch(said, `\nclusters: 1 kept, changed flip, ${what} extra\n`);
    await served(load, SERVED);
    if (isOdd) {
      const lane = { name: "added", port: extra, path: "/", ca: null, keepAlive: true };
      const added = new Load([{ ...lane, judge: is("two") }]);
      await served(added, 1);
      await added.stop();
      assertEquals(added.failures, []);
    }
    if (turn === WARM) warm = await memory(program.pid);
  }
  await load.stop();
  assertEquals(load.failures, []);

  // Their ends leave nothing in the pools.
  for (const upstream of [one, two]) await upstream[Symbol.asyncDispose]();
  await isQuiet(program);
  await isForgotten(
    program,
    new RegExp(`^(cluster|http)\\.extra\\.|127\\.0\\.0\\.1_${extra}\\.`, "m"),
  );
  const after = await held(program);
  assert(after.files <= before.files + OWN_FILES, `from ${before.files} to ${after.files} files`);
  assert(after.memory < warm * GROWTH, `from ${warm} to ${after.memory} bytes`);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended();
  assertEquals(code, 0);
  assertEquals(stderr.match(/^\S+ (error|warning) .*$/gm), null);
});
