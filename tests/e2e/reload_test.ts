/**
 * How a running program is told to load its configuration again, what it answers, and that a
 * configuration which can't be used changes nothing.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import type { Program } from "./program.ts";
import { postReload, reloadTo } from "./reload.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream, isRefused } from "./upstream.ts";

const OTHER = "unknown: field\n";
const RELOADED = /info configuration reloaded by="?/g;
const TWENTY = 20;

/** An upstream for each word, which it answers; and configurations that lead to one of them. */
class Words {
  readonly #ports = new Map<string, number>();

  constructor(scene: Scene, ...words: string[]) {
    for (const word of words) {
      this.#ports.set(word, scene.own(httpUpstream(() => new Response(word))).port);
    }
  }

  /** `web` answers with the word. */
  config(word: string, more = ""): string {
    return `admin: 127.0.0.1:0
listeners:
  web: { address: "127.0.0.1:0", routes: [{ cluster: app }] }
${more}clusters:
  app: { endpoints: ["127.0.0.1:${this.#ports.get(word)}"] }
`;
  }
}

async function ask(port: number): Promise<string> {
  return await (await fetch(`http://localhost:${port}/`)).text();
}

/** Waits until the log has told of that many reloads, then gives the answer of `web`. */
async function afterReloads(program: Program, count: number): Promise<string> {
  await program.says("stderr", new RegExp(`(configuration reloaded[^]*){${count}}\n`));
  return await ask(program.port("web"));
}

e2e(
  "SIGHUP and POST /reload load the file again, and one line tells what changed",
  async (scene) => {
    const words = new Words(scene, "one", "two", "three");
    const program = await scene.serve(words.config("one"));
    await scene.write("genkan.yaml", words.config("two"));
    program.signal("SIGHUP");
    assertEquals(await afterReloads(program, 1), "two");
    await program.says(
      "stderr",
      / info configuration reloaded by=SIGHUP file=\S+genkan\.yaml listeners="1 kept" clusters="0 kept, changed app" took_ms=\d+\n/,
    );
    const more = `  new: { address: "127.0.0.1:0", routes: [{ cluster: app }] }\n`;
    assertMatch(
      await reloadTo(scene, program, words.config("three", more)),
      /^reloaded \S+genkan\.yaml\nlisteners: 1 kept, added new\nclusters: 0 kept, changed app\n$/,
    );
    assertEquals(await ask(program.port("web")), "three");
    assertMatch(await reloadTo(scene, program, words.config("three")), ": 1 kept, drained new\n");
    const get = await fetch(`${program.admin}/reload`);
    assertEquals([get.status, (await get.text()).length > 0], [405, true]);
    assertEquals(program.stderr.text.match(RELOADED)?.length, 3);
  },
);

e2e("A file that is wrong is refused with its positions, and what runs goes on", async (scene) => {
  const words = new Words(scene, "one");
  const program = await scene.serve(words.config("one"));
  await scene.write("genkan.yaml", words.config("one") + OTHER);
  const { status, text } = await postReload(program);
  assertEquals(status, 400);
  assertMatch(text, /^Cannot reload \S+genkan\.yaml: nothing was changed\n/);
  assertMatch(text, /genkan\.yaml:6:1: unknown: .*\nunknown: field\n\^\n/);
  program.signal("SIGHUP");
  await program.says(
    "stderr",
    / error cannot reload, what runs goes on by=SIGHUP file=\S+ code=reload_failed cause="\S+genkan\.yaml:6:1: /,
  );
  assertEquals(await ask(program.port("web")), "one");
  await Deno.remove(scene.path("genkan.yaml"));
  const gone = await postReload(program);
  assertEquals(gone.status, 400);
  assertMatch(gone.text, /\n\S+genkan\.yaml: Cannot read the configuration: no such file\n/);
  assertEquals(await ask(program.port("web")), "one");
  await reloadTo(scene, program, words.config("one"));
});

/** A file's own port on another address isn't tried beforehand: that fails in the workers. */
for (const place of ["port", "host"] as const) {
  e2e(`A ${place} that is taken changes nothing, and is named`, async (scene) => {
    const words = new Words(scene, "one", "two");
    const program = await scene.serve(words.config("one"), ["--concurrency", "2"]);
    const wanted = place === "port"
      ? { hostname: "127.0.0.1", port: 0 }
      : { hostname: "127.0.0.2", port: program.port("web") };
    using holder = Deno.listen(wanted);
    const { hostname, port } = holder.addr as Deno.NetAddr;
    const free = freePort();
    const numbers = async () => await (await fetch(`${program.admin}/stats`)).text();
    const before = (await numbers()).replace(/: .*$/gm, "");
    const config = words.config(
      "two",
      `  free: { address: "127.0.0.1:${free}", routes: [{ cluster: new }] }
  taken: { address: "${hostname}:${port}", routes: [{ cluster: new }] }
`,
    );
    await scene.write("genkan.yaml", `${config}  new: { endpoints: ["localhost:9"] }\n`);
    const { status, text } = await postReload(program);
    assertEquals(status, 400);
    assertEquals((await numbers()).replace(/: .*$/gm, ""), before);
    assertMatch(text, `\ngenkan: Cannot listen on ${hostname}:${port}: the address is in use`);
    assertEquals(await isRefused(free), true);
    assertEquals(await ask(program.port("web")), "one");
  });
}

e2e("Twenty SIGHUPs at once become a few reloads, and the last file is served", async (scene) => {
  const words = new Words(scene, "one", "two");
  const program = await scene.serve(words.config("one"), ["--concurrency", "2"]);
  for (let count = 0; count < TWENTY; count++) {
    // Each time whole: whenever it is read, there is something to load.
    const next = await scene.write("next.yaml", words.config(count % 2 === 0 ? "one" : "two"));
    await Deno.rename(next, scene.path("genkan.yaml"));
    program.signal("SIGHUP");
  }
  // Asked for behind them all, and so answered behind them all.
  assertEquals((await postReload(program)).status, 200);
  assertEquals(await ask(program.port("web")), "two");
  const count = program.stderr.text.match(RELOADED)!.length;
  assert(count <= TWENTY, `${count} reloads`);
  assertEquals(program.stderr.text.match(/ error /g), null);
});

e2e("The admin's address can change, and the admin can go", async (scene) => {
  const words = new Words(scene, "one");
  const [first, second] = [freePort(), freePort()];
  const at = (port: number) => words.config("one").replace("127.0.0.1:0", `127.0.0.1:${port}`);
  const program = await scene.serve(at(first));
  // Answered, though that takes away the one who answers.
  assertMatch(await reloadTo(scene, program, at(second)), "reloaded ");
  const moved = `http://127.0.0.1:${second}`;
  assertEquals((await postReload(program, moved)).status, 200);
  while (!await isRefused(first));
  await scene.write("genkan.yaml", words.config("one").replace("admin: 127.0.0.1:0\n", ""));
  assertEquals((await postReload(program, moved)).status, 200);
  while (!await isRefused(second));
  assertEquals(await ask(program.port("web")), "one");
  await scene.write("genkan.yaml", at(first));
  program.signal("SIGHUP");
  await program.says("stderr", /(configuration reloaded[^]*){4}\n/);
  assertEquals((await fetch(`http://127.0.0.1:${first}/ready`)).status, 200);
});

e2e(
  "--watch sees a file replaced, linked elsewhere, written in pieces, gone and back",
  async (scene) => {
    const words = new Words(scene, "one", "two", "three", "four", "five");
    const program = await scene.serve(words.config("one"), ["--watch"]);
    const file = scene.path("genkan.yaml");
    const renameOver = async (path: string) => await Deno.rename(path, file);

    await renameOver(await scene.write("next.yaml", words.config("two")));
    assertEquals(await afterReloads(program, 1), "two");

    await scene.write("linked.yaml", words.config("three"));
    await Deno.symlink(scene.path("linked.yaml"), scene.path("link"));
    await renameOver(scene.path("link"));
    assertEquals(await afterReloads(program, 2), "three");

    await Deno.remove(file);
    const whole = words.config("four");
    const handle = await Deno.open(file, { write: true, createNew: true });
    await handle.write(new TextEncoder().encode(whole.slice(0, whole.indexOf("clusters"))));
    await handle.write(new TextEncoder().encode(whole.slice(whole.indexOf("clusters"))));
    handle.close();
    assertEquals(await afterReloads(program, 3), "four");

    await scene.write("genkan.yaml", words.config("five") + OTHER);
    await program.says("stderr", / error cannot reload, what runs goes on by=--watch /);
    assertEquals(await ask(program.port("web")), "four");
    await scene.write("genkan.yaml", words.config("five"));
    assertEquals(await afterReloads(program, 4), "five");
    assertEquals(program.stderr.text.match(/ error /g)?.length, 1);
  },
);

e2e("A reload that comes while genkan stops is refused, and the stop goes on", async (scene) => {
  const asked = Promise.withResolvers<void>(), answer = Promise.withResolvers<Response>();
  const { port } = scene.own(httpUpstream(() => {
    asked.resolve();
    return answer.promise;
  }));
  const extra = freePort();
  const config = (more: string) =>
    `admin: 127.0.0.1:0
listeners:
  web: { address: "127.0.0.1:0", routes: [{ cluster: app }] }
${more}clusters: { app: { endpoints: ["127.0.0.1:${port}"] } }
`;
  const program = await scene.serve(config(""), ["--concurrency", "2"]);
  const response = ask(program.port("web"));
  await asked.promise;
  program.signal("SIGTERM");
  await program.says("stderr", /stopping on SIGTERM/);
  await scene.write(
    "genkan.yaml",
    config(`  extra: { address: "127.0.0.1:${extra}", routes: [{ cluster: app }] }\n`),
  );
  const refused = await postReload(program);
  assertEquals(refused.status, 400);
  assertMatch(refused.text, "genkan is stopping");
  program.signal("SIGHUP");
  await program.says("stderr", /by=SIGHUP .*genkan is stopping/);
  assertEquals(await isRefused(extra), true);
  answer.resolve(new Response("at last"));
  assertEquals(await response, "at last");
  assertEquals((await program.ended()).code, 0);
});

e2e("A stop that comes while genkan reloads ends it all the same", async (scene) => {
  const words = new Words(scene, "one", "two");
  const program = await scene.serve(words.config("one"), ["--concurrency", "2"]);
  const extra = freePort();
  await scene.write(
    "genkan.yaml",
    words.config("two", `  extra: { address: "127.0.0.1:${extra}", routes: [{ cluster: app }] }\n`),
  );
  program.signal("SIGHUP");
  program.signal("SIGTERM");
  assertEquals((await program.ended()).code, 0);
});
