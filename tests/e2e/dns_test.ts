/**
 * Names of upstreams, with the machine's own resolver and a hosts file that changes.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { until } from "../server/wire.ts";
import { curl, tryCurl } from "./curl.ts";
import type { Program } from "./program.ts";
import { whyNoHosts, withHosts } from "./rights.ts";
import { e2e, type Scene } from "./scene.ts";

// No server for names knows any below it (RFC 6761 §6.4).
const NAME = "app.invalid";

const WITHOUT = await whyNoHosts();

/** A server at an address of the loopback, which says which. */
function serverAt(scene: Scene, hostname: string, port = 0): number {
  const server = Deno.serve({ hostname, port, onListen: () => {} }, () => new Response(hostname));
  scene.own({ [Symbol.asyncDispose]: () => server.shutdown() });
  return server.addr.port;
}

/** Writes the program's hosts file: one line for each address that the name has. */
async function writeHosts(scene: Scene, addresses: readonly string[]): Promise<string> {
  const lines = addresses.map((address) => `${address} ${NAME}\n`);
  return await scene.write("hosts", `127.0.0.1 localhost\n${lines.join("")}`);
}

/** Starts one worker, for each resolves by itself, with that file for its own, before `app.invalid`. */
async function startBefore(scene: Scene, port: number, hosts: readonly string[]): Promise<Program> {
  const file = await scene.write(
    "genkan.yaml",
    `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["${NAME}:${port}"], dns_refresh_rate: 100ms } }
`,
  );
  const through = withHosts(await writeHosts(scene, hosts));
  return await scene.start(["run", "-c", file, "--concurrency", "1"], { through });
}

/** Where the program listens. */
const url = (program: Program) => `http://localhost:${program.port("web")}/`;

/** Waits until the program leads to that address. */
async function leadsTo(program: Program, address: string): Promise<void> {
  for (;;) {
    const { status, body } = await tryCurl(url(program));
    if (status === 200 && body === address) return;
  }
}

/** How often it has said that the name doesn't resolve. */
function failures(program: Program): number {
  return program.stderr.text.split("cannot resolve").length - 1;
}

e2e(
  "A name that doesn't resolve doesn't stop the start, is told once, and found when it is there",
  async (scene) => {
    const port = serverAt(scene, "127.0.0.1");
    const program = await startBefore(scene, port, []);
    const answer = await curl(url(program));
    assertEquals(answer.status, 503);
    assertMatch(answer.body, "dns_failure");
    assertMatch(answer.body, NAME);
    await writeHosts(scene, ["127.0.0.1"]);
    await leadsTo(program, "127.0.0.1");
    assertEquals(failures(program), 1, program.stderr.text);
  },
  { needs: ["curl"], without: WITHOUT },
);

e2e(
  "A name is followed to another address, and a failure keeps what was",
  async (scene) => {
    const port = serverAt(scene, "127.0.0.1");
    serverAt(scene, "127.0.0.2", port);
    const program = await startBefore(scene, port, ["127.0.0.1"]);
    await leadsTo(program, "127.0.0.1");
    await writeHosts(scene, ["127.0.0.2"]);
    await leadsTo(program, "127.0.0.2");
    assertEquals(failures(program), 0);
    await writeHosts(scene, []);
    await until(() => failures(program) === 1, "the failure is told");
    assertEquals((await curl(url(program))).body, "127.0.0.2");
    await writeHosts(scene, ["127.0.0.1"]);
    await leadsTo(program, "127.0.0.1");
    await writeHosts(scene, []);
    await until(() => failures(program) === 2, "a failure after a success is told again");
  },
  { needs: ["curl"], without: WITHOUT },
);

e2e(
  "IPv4 is taken where a name has both, and IPv6 where it has nothing else",
  async (scene) => {
    const port = serverAt(scene, "127.0.0.1");
    serverAt(scene, "::1", port);
    const program = await startBefore(scene, port, ["::1", "127.0.0.1"]);
    await leadsTo(program, "127.0.0.1");
    await writeHosts(scene, ["::1"]);
    await leadsTo(program, "::1");
  },
  { needs: ["curl"], without: WITHOUT },
);

e2e("localhost leads to a server that listens on one of its addresses only", async (scene) => {
  for (const address of ["127.0.0.1", "::1"]) {
    const port = serverAt(scene, address);
    for (const name of ["localhost", "app.localhost"]) {
      const program = await scene.serveBefore(`${name}:${port}`);
      assertEquals((await curl(url(program))).body, address);
    }
  }
}, { needs: ["curl"] });
