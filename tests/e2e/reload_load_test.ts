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

/** The ports of all listeners. */
interface Ports {
  readonly admin: number;
  /** Never touched. */
  readonly steady: number;
  readonly raw: number;
  /** Changed in place, in one respect each. */
  readonly tls: number;
  readonly timing: number;
  /** Comes and goes. */
  readonly extra: number;
}

/** Two upstreams that say who they are. */
interface Upstreams {
  readonly one: number;
  readonly two: number;
}

const LISTENER = (name: string, port: number, fields: string) =>
  `  ${name}: { address: "127.0.0.1:${port}", ${fields} }\n`;

/** The configuration of a turn: each differs from the one before it in every way. */
function configOf(turn: number, ports: Ports, { one, two }: Upstreams): string {
  const isOdd = turn % 2 === 1;
  const pair = isOdd ? "second" : "first";
  const tls = (name: string) =>
    `tls: { certificates: [{ cert: ${name}.pem, key: ${name}-key.pem }] }`;
  const route = (cluster: string) => `routes: [{ cluster: ${cluster} }]`;
  const routes = `routes: [{ exact: /same, cluster: app }${
    isOdd ? ", { exact: /other, cluster: extra }" : ""
  }, { cluster: flip }]`;
  return [
    `admin: 127.0.0.1:${ports.admin}\naccess_log: off\nlisteners:\n`,
    LISTENER("steady", ports.steady, route("app")),
    LISTENER("raw", ports.raw, "tcp: app"),
    LISTENER("tls", ports.tls, `${tls(pair)}, ${routes}`),
    LISTENER("timing", ports.timing, `head_timeout: ${10 + turn}s, ${route("flip")}`),
    isOdd ? LISTENER("extra", ports.extra, route("extra")) : "",
    `clusters:\n  app: { endpoints: ["127.0.0.1:${one}"] }\n`,
    `  flip: { endpoints: ["127.0.0.1:${isOdd ? two : one}"] }\n`,
    isOdd ? `  extra: { endpoints: ["127.0.0.1:${two}"] }\n` : "",
  ].join("");
}

/** Reloads, and gives the answer. */
async function reload(program: Program): Promise<string> {
  const response = await fetch(`${program.admin}/reload`, { method: "POST" });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return text;
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
function lanesTo(ports: Ports, ca: string, flip: Changing): Lane[] {
  const plain = { path: "/", ca: null, keepAlive: true, judge: is("one") };
  const steady = { ...plain, port: ports.steady };
  const tls = { ...plain, port: ports.tls, ca };
  const changing = { ...tls, path: "/flip", judge: () => flip.judge() };
  const timing = { ...plain, port: ports.timing, judge: () => flip.judge() };
  return [
    { ...steady, name: "untouched" },
    { ...steady, name: "untouched, new", keepAlive: false },
    { ...plain, name: "passed through, new", port: ports.raw, keepAlive: false },
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
  const upstreams = { one: one.port, two: two.port };
  const [admin, steady, raw, tls, timing, extra] = Array.from({ length: 6 }, freePort);
  const ports = { admin, steady, raw, tls, timing, extra };
  const more = ["--concurrency", "2", "--drain-time-s", "1"];
  const program = await scene.serve(configOf(0, ports, upstreams), more);
  const before = await held(program);

  const flip = new Changing("one");
  const load = new Load(lanesTo(ports, ca, flip));
  const served = (load: Load, count: number) => load.reaches(load.served + count);
  let warm = Infinity;
  for (let turn = 1; turn <= RELOADS; turn++) {
    const isOdd = turn % 2 === 1;
    await scene.write("genkan.yaml", configOf(turn, ports, upstreams));
    flip.becomes(isOdd ? "two" : "one");
    const said = await reload(program);
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
