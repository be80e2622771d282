/**
 * Workers: who serves, what is counted, and what holds over all of them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import type { Program } from "./program.ts";
import { e2e } from "./scene.ts";
import { counts } from "./stats.ts";
import { wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";
import { connectAll, connectBoth, whoServes, witness } from "./worker_witness.ts";

/** So many connections a worker that none is left out: the kernel picks one at random for each. */
const CONNECTIONS_PER_WORKER = 32;

const SHARES_PORTS = Deno.build.os === "linux" ? null : "only Linux shares a port's connections";

function configuration(port: number, more = ""): string {
  return `
admin: 127.0.0.1:0
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }]${more} } }
clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`;
}

async function numbers(program: Program, path = "/stats"): Promise<string[]> {
  return (await (await fetch(`${program.admin}${path}`)).text()).split("\n");
}

for (
  const [how, args, count] of [
    ["--concurrency 1", ["--concurrency", "1"], 1],
    ["--concurrency 2", ["--concurrency", "2"], 2],
    ["no word of it", [], navigator.hardwareConcurrency],
  ] as const
) {
  e2e(
    `With ${how} there are ${count} workers, all serve, and their counts add up`,
    async (scene) => {
      const upstream = scene.own(witness());
      const file = await scene.write("genkan.yaml", configuration(upstream.port));
      const program = await scene.start(["run", "-c", file, ...args]);
      const connections = await connectAll(program.port("web"), count * CONNECTIONS_PER_WORKER);
      assertEquals(new Set(connections.map(({ worker }) => worker)).size, count);
      for (const { wire, worker } of connections) assertEquals(await whoServes(wire), worker);
      const requests = 2 * connections.length;
      const lines = await numbers(program);
      for (
        const line of [
          `http.web.downstream_rq_total: ${requests}`,
          `http.web.downstream_rq_2xx: ${requests}`,
          `http.web.downstream_cx_total: ${connections.length}`,
          `http.web.downstream_cx_active: ${connections.length}`,
          `cluster.app.upstream_rq_total: ${requests}`,
          `cluster.app.upstream_cx_total: ${count}`,
        ]
      ) assert(lines.includes(line), `${line}, but:\n${lines.join("\n")}`);
      const clusters = await numbers(program, "/clusters");
      const endpoint = `app::127.0.0.1:${upstream.port}`;
      for (
        const line of [`cx_active::${count}`, `rq_total::${requests}`, `rq_success::${requests}`]
      ) {
        assert(clusters.includes(`${endpoint}::${line}`), `${line}, but:\n${clusters.join("\n")}`);
      }
      for (const connection of connections) connection[Symbol.dispose]();
    },
    { without: SHARES_PORTS },
  );
}

e2e("A number of workers that can't be is a mistake of the command line", async (scene) => {
  const file = await scene.write("genkan.yaml", configuration(1));
  for (const value of ["0", "-1", "two", "1.5", "1025"]) {
    const { code, stderr } = await scene.run(["run", "-c", file, `--concurrency=${value}`]);
    assertEquals([code, stderr.trim().split("\n").length], [2, 1], stderr);
    assertMatch(stderr, /^genkan run: (--concurrency: |.*--concurrency)/);
  }
});

e2e("A listener has as many connections as it may, whichever workers serve them", async (scene) => {
  const program = await scene.serve(
    configuration(scene.own(witness()).port, ", max_connections: 5"),
    ["--concurrency", "2"],
  );
  const port = program.port("web");
  for (let round = 0; round < 5; round++) {
    const connections = await connectAll(port, 5);
    for (let each = 0; each < 4; each++) {
      using further = await Wire.connect(port);
      assertEquals(await further.toEnd(), "");
    }
    for (const connection of connections) connection[Symbol.dispose]();
    await counts(program, "downstream_cx_active", 0);
  }
  const found = (await numbers(program)).find((line) => line.includes(".downstream_cx_overflow: "));
  assertMatch(found ?? "", /^listener\..*: 20$/);
}, { without: SHARES_PORTS });

e2e("A circuit breaker holds for all workers together", async (scene) => {
  const asked: Wire[] = [];
  const upstream = scene.own(wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    asked.push(wire);
    await wire.toEnd();
  }));
  const program = await scene.serve(
    `
admin: 127.0.0.1:0
listeners: { web: { address: 127.0.0.1:0, routes: [{ prefix: /who, cluster: who }, { cluster: app }] } }
clusters:
  who: { endpoints: ["127.0.0.1:${scene.own(witness()).port}"] }
  app: { endpoints: ["127.0.0.1:${upstream.port}"], max_requests: 3 }
`,
    ["--concurrency", "2"],
  );
  const both = await connectBoth(program.port("web"), 3);
  const [[a, b, c], [d, e, f]] = both;
  const ask = ({ wire }: { wire: Wire }) => wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  for (const [index, each] of [a, d, b].entries()) {
    await ask(each);
    while (asked.length <= index) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const each of [c, e, f]) {
    await ask(each);
    assertMatch(await each.wire.response(), /^HTTP\/1\.1 503 [^]*overflow/);
  }
  await asked[0].send("HTTP/1.1 204 No Content\r\n\r\n");
  await a.wire.response();
  // A client may have its answer before it has left the circuit breaker.
  while (!(await numbers(program)).includes("cluster.app.upstream_rq_active: 2"));
  await ask(e);
  while (asked.length <= 3) await new Promise((resolve) => setTimeout(resolve, 1));
  for (const connection of both.flat()) connection[Symbol.dispose]();
  await counts(program, "downstream_cx_active", 0);
}, { without: SHARES_PORTS });
