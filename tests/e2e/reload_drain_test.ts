/**
 * What a reload leaves alone, and how what it takes away ends.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { within } from "./deadline.ts";
import { isQuiet } from "./faults/gauges.ts";
import type { Program } from "./program.ts";
import { reloadTo } from "./reload.ts";
import { e2e, type Scene } from "./scene.ts";
import { httpUpstream, isRefused, type Upstream, wireUpstream } from "./upstream.ts";
import { echoSocket, Talk } from "./websocket.ts";
import { Wire } from "./wire.ts";

const DRAIN_S = 2;
const OPTIONS = ["--concurrency", "2", "--drain-time-s", String(DRAIN_S)];
/** The drain time, and some more on a busy machine. */
const DRAINED_MS = DRAIN_S * 1000 + 8_000;
const RELOADS = 10;
const GET = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** A file of one listener a line, and one cluster a line. */
function config(listeners: Record<string, string>, clusters: Record<string, Upstream>): string {
  const lines = [
    ...["admin: 127.0.0.1:0", "access_log: off", "listeners:"],
    ...Object.entries(listeners).map(([name, fields]) => `  ${name}: { ${fields} }`),
    "clusters:",
    ...Object.entries(clusters).map(([name, { port }]) =>
      `  ${name}: { endpoints: ["127.0.0.1:${port}"] }`
    ),
  ];
  return `${lines.join("\n")}\n`;
}

const ANY = "address: 127.0.0.1:0";
const TO_APP = "routes: [{ cluster: app }]";

/** Answers with the count of the connection that asks, from 1. */
function countingUpstream(scene: Scene): Upstream & { readonly ended: () => number } {
  let connections = 0, ended = 0;
  const upstream = scene.own(wireUpstream(async (wire) => {
    const body = String(++connections);
    try {
      for (;;) {
        await wire.until("\r\n\r\n");
        await wire.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      }
    } finally {
      ended++;
    }
  }));
  return { ...upstream, ended: () => ended };
}

async function bodyOf(wire: Wire): Promise<string> {
  await wire.send(GET);
  const response = await wire.response();
  return response.slice(response.indexOf("\r\n\r\n") + 4);
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const wait = async () => {
    while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await within(DRAINED_MS, wait(), what);
}

async function stat(program: Program, name: string): Promise<number | null> {
  const text = await (await fetch(`${program.admin}/stats`)).text();
  const line = text.split("\n").find((line) => line.startsWith(`${name}: `));
  return line === undefined ? null : Number(line.slice(name.length + 2));
}

e2e(
  "A kept-alive connection has the new routes, and an untouched cluster its pool and counters",
  async (scene) => {
    const app = countingUpstream(scene), other = countingUpstream(scene);
    const before = config({ web: `${ANY}, ${TO_APP}` }, { app, other });
    const after = config({
      web: `${ANY}, routes: [{ exact: /other, cluster: other }, { cluster: app }]`,
      more: `${ANY}, routes: [{ cluster: other }]`,
    }, { app, other });
    const program = await scene.serve(before, ["--concurrency", "1"]);
    using wire = await Wire.connect(program.port("web"));
    assertEquals([await bodyOf(wire), await bodyOf(wire)], ["1", "1"]);
    assertMatch(await reloadTo(scene, program, after), "clusters: 2 kept\n");
    await wire.send("GET /other HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assertMatch(await wire.response(), /^HTTP\/1\.1 200 /);
    assertEquals([await stat(program, "cluster.other.upstream_rq_total"), await bodyOf(wire)], [
      1,
      "1",
    ]);
    assertEquals(await stat(program, "cluster.app.upstream_rq_total"), 3);
    assertEquals(await stat(program, "cluster.app.upstream_cx_total"), 1);
    assertEquals([app.ended(), other.ended()], [0, 0]);
  },
);

e2e(
  "A changed cluster's connections end and the new one's are used; a removed one's end at once",
  async (scene) => {
    const app = countingUpstream(scene), next = countingUpstream(scene);
    const gone = countingUpstream(scene);
    const both = "routes: [{ exact: /gone, cluster: gone }, { cluster: app }]";
    const program = await scene.serve(config({ web: `${ANY}, ${both}` }, { app, gone }), [
      "--concurrency",
      "1",
    ]);
    using wire = await Wire.connect(program.port("web"));
    assertEquals(await bodyOf(wire), "1");
    await wire.send("GET /gone HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assertMatch(await wire.response(), /^HTTP\/1\.1 200 /);
    const said = await reloadTo(
      scene,
      program,
      config({ web: `${ANY}, ${TO_APP}` }, { app: next }),
    );
    assertMatch(
      said,
      "listeners: 0 kept, changed web\nclusters: 0 kept, changed app, drained gone\n",
    );
    // Long before the drain time of half a minute is over.
    await until(() => app.ended() === 1 && gone.ended() === 1, "idle connections to end");
    assertEquals(await bodyOf(wire), "1");
    assertEquals(next.ended(), 0);
    assertEquals(await stat(program, "cluster.app.upstream_cx_active"), 1);
  },
);

e2e("WebSockets, tunnels and what idles live on over reloads of other things", async (scene) => {
  const app = scene.own(httpUpstream(echoSocket));
  const echo = scene.own(wireUpstream(async (wire) => {
    for (;;) await wire.send(await wire.bytes(4));
  }));
  const turn = (index: number) =>
    config({
      web: `${ANY}, routes: [{ exact: "/${index}", cluster: echo }, { cluster: app }]`,
      changed: `${ANY}, head_timeout: ${10 + index}s, ${TO_APP}`,
      raw: `${ANY}, tcp: echo`,
      ...(index % 2 === 1 ? { more: `${ANY}, ${TO_APP}` } : {}),
    }, { app, echo });
  const options = ["--concurrency", "2", "--drain-time-s", "0"];
  const program = await scene.serve(turn(0), options);
  await using talk = await Talk.open(`ws://localhost:${program.port("web")}/`);
  await using other = await Talk.open(`ws://localhost:${program.port("changed")}/`);
  using tunnel = await Wire.connect(program.port("raw"));
  using idle = await Wire.connect(program.port("web"));
  for (const each of [talk, other]) assertMatch(String(await each.message()), "by http");
  for (let index = 1; index <= RELOADS; index++) {
    await reloadTo(scene, program, turn(index));
    for (const each of [talk, other]) {
      each.socket.send(`turn ${index}`);
      assertEquals(await each.message(), `turn ${index}`);
    }
    await tunnel.send("ping");
    assertEquals(await tunnel.bytes(4), "ping");
    assertEquals(await bodyOf(idle), "plain");
  }
});

e2e(
  "What uses something that was removed has the drain time, and is closed then",
  async (scene) => {
    const app = scene.own(httpUpstream(echoSocket));
    const echo = scene.own(wireUpstream(async (wire) => {
      for (;;) await wire.send(await wire.bytes(4));
    }));
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = scene.own(wireUpstream(async (wire) => {
      const request = await wire.until("\r\n\r\n");
      await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst");
      await steps[request.includes("/late ") ? 1 : 0].promise;
      await wire.send("later");
    }));
    const toRaw = { kept: `${ANY}, tcp: echo` };
    const ways = "{ path: /talk/, cluster: app }, { path: /slow/, cluster: slow }, ";
    const rest = "{ path: /rest/, cluster: app }";
    const program = await scene.serve(
      config({
        ...toRaw,
        web: `${ANY}, routes: [${ways}${rest}]`,
        raw: `${ANY}, tcp: echo`,
      }, { app, echo, slow }),
      OPTIONS,
    );
    const url = `localhost:${program.port("web")}`;
    await using removed = await Talk.open(`ws://${url}/talk/`);
    await using untouched = await Talk.open(`ws://${url}/rest/`);
    for (const talk of [removed, untouched]) await talk.message();
    using onRemoved = await Wire.connect(program.port("raw"));
    using onKept = await Wire.connect(program.port("kept"));
    const downloads = await Promise.all(["soon", "late"].map(async (name) => {
      const wire = await Wire.connect(program.port("web"));
      await wire.send(`GET /slow/${name} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await wire.until("first");
      return wire;
    }));
    const alive = async (what: { readonly talks: Talk[]; readonly tunnels: Wire[] }) => {
      for (const talk of what.talks) {
        talk.socket.send("alive");
        assertEquals(await talk.message(), "alive");
      }
      for (const tunnel of what.tunnels) {
        await tunnel.send("ping");
        assertEquals(await tunnel.bytes(4), "ping");
      }
    };
    await alive({ talks: [removed, untouched], tunnels: [onRemoved, onKept] });

    const began = performance.now();
    await reloadTo(
      scene,
      program,
      config({ ...toRaw, web: `${ANY}, routes: [${rest}]` }, { app, echo }),
    );
    assertEquals(await isRefused(program.port("raw")), true);
    steps[0].resolve();
    assertEquals(await downloads[0].bytes(5), "later");
    await alive({ talks: [removed, untouched], tunnels: [onRemoved, onKept] });

    assertEquals((await removed.closed()).clean, false);
    assertEquals(await onRemoved.toEnd(), "");
    assertEquals(await downloads[1].toEnd(), "");
    const took = performance.now() - began;
    assert(took >= DRAIN_S * 1000 - 50, `closed after ${took} ms`);
    await program.says(
      "stderr",
      / connections of what was taken away cut off connections=\d+ drainMs=2000/,
    );
    await alive({ talks: [untouched], tunnels: [onKept] });
    steps[1].resolve();
    for (const wire of downloads) wire[Symbol.dispose]();
    assertEquals(await stat(program, "cluster.slow.upstream_cx_total"), null);
    assertEquals(
      await stat(program, `listener.127.0.0.1_${program.port("raw")}.downstream_cx_total`),
      null,
    );
    onKept[Symbol.dispose]();
    await untouched[Symbol.asyncDispose]();
    await isQuiet(program);
  },
);

e2e("A tunnel that leads elsewhere now has the drain time on its way of before", async (scene) => {
  const echo = (mark: string) =>
    scene.own(wireUpstream(async (wire) => {
      for (;;) await wire.send(`${mark}${await wire.bytes(4)}`);
    }));
  const clusters = { one: echo("1"), two: echo("2") };
  const program = await scene.serve(config({ raw: `${ANY}, tcp: one` }, clusters), OPTIONS);
  using before = await Wire.connect(program.port("raw"));
  const said = async (wire: Wire) => {
    await wire.send("ping");
    return await wire.bytes(5);
  };
  assertEquals(await said(before), "1ping");
  const text = await reloadTo(scene, program, config({ raw: `${ANY}, tcp: two` }, clusters));
  assertMatch(text, "listeners: 0 kept, changed raw\nclusters: 2 kept\n");
  using after = await Wire.connect(program.port("raw"));
  assertEquals([await said(before), await said(after)], ["1ping", "2ping"]);
  assertEquals(await before.toEnd(), "");
  assertEquals(await said(after), "2ping");
});
