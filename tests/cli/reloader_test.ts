import { Reloader } from "../../src/cli/run/reloader.ts";
import type { ServiceManager } from "../../src/cli/service_manager/mod.ts";
import type { Config } from "../../src/config/model.ts";
import { ConnError } from "../../src/errors.ts";
import type { LogFields } from "../../src/observe/mod.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import type { ConfigChanges, Server } from "../../src/server/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";

const NOTHING = { kept: [], changed: [], added: [], drained: [] };
const FILE = `
listeners: { web: { address: "127.0.0.1:0", routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:9"] } }
`;

/** A reloader of a server that takes its time, and all that is told of it. */
class Reloading {
  readonly told: string[] = [];
  /** What the file says. */
  file = FILE;
  /** The configurations that the server was given, each with what ends its turn. */
  readonly given: PromiseWithResolvers<ConfigChanges>[] = [];
  readonly reloader: Reloader;

  constructor() {
    const config = { file: "genkan.yaml" } as Config;
    const server = {
      config,
      listeners: () => [],
      reload: () => {
        this.given.push(Promise.withResolvers());
        return this.given.at(-1)!.promise;
      },
    } as unknown as Server;
    const say = (level: string) => (message: string, fields: LogFields = {}) =>
      void this.told.push(`${level} ${message} ${JSON.stringify(fields)}`);
    const manager = {
      reloading: () => Promise.resolve(void this.told.push("reloading")),
      ready: () => Promise.resolve(void this.told.push("ready")),
    } as unknown as ServiceManager;
    const runtime = Object.create(denoRuntime(), {
      readFile: { value: () => Promise.resolve(new TextEncoder().encode(this.file)) },
    });
    this.reloader = new Reloader({
      runtime,
      server,
      log: { info: say("info"), warning: say("warning"), error: say("error") },
      manager,
      file: "genkan.yaml",
    });
  }

  /** Waits until the server was given so many configurations. */
  async has(count: number): Promise<void> {
    while (this.given.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("Whoever asks while a reload runs shares the next one", async () => {
  const reloading = new Reloading();
  const { reloader, given } = reloading;
  const changes = { listeners: NOTHING, clusters: NOTHING };
  const all = ["first", "second", "third"].map((by) => reloader.reload(by));
  await reloading.has(1);
  const late = reloader.reload("fourth");
  given[0].resolve(changes);
  await reloading.has(2);
  given[1].resolve(changes);
  for (const { isDone } of await Promise.all([...all, late])) assertEquals(isDone, true);
  assertEquals(given.length, 2);
  assertEquals(reloading.told.filter((line) => line === "ready").length, 2);
  const again = reloader.reload("fifth");
  await reloading.has(3);
  given[2].resolve(changes);
  assertEquals((await again).isDone, true);
});

Deno.test("What has changed is told by name, and what hasn't by number", async () => {
  const reloading = new Reloading();
  const asked = reloading.reloader.reload("SIGHUP");
  await reloading.has(1);
  reloading.given[0].resolve({
    listeners: { kept: ["a", "b"], changed: ["c"], added: ["d", "e"], drained: ["f"] },
    clusters: NOTHING,
  });
  assertEquals(await asked, {
    isDone: true,
    text: "reloaded genkan.yaml\n" +
      "listeners: 2 kept, changed c, added d e, drained f\nclusters: 0 kept\n",
  });
  const [first, line, last] = reloading.told;
  assertEquals([first, last], ["reloading", "ready"]);
  assertMatch(line, /^info configuration reloaded .*"by":"SIGHUP","file":"genkan.yaml"/);
});

Deno.test("A file that is wrong is told of with every problem, and the server isn't asked", async () => {
  const reloading = new Reloading();
  reloading.file = "listeners: {}\nother: 1\n";
  const { isDone, text } = await reloading.reloader.reload("POST /reload");
  assertEquals([isDone, reloading.given.length], [false, 0]);
  assertMatch(text, "Cannot reload genkan.yaml: nothing was changed\n");
  assertMatch(text, /^genkan\.yaml:2:1: other: .*\nother: 1\n\^$/m);
  const errors = reloading.told.filter((line) => line.startsWith("error "));
  assertEquals(errors.length, text.match(/^genkan\.yaml:/gm)!.length);
  assertEquals(reloading.told.at(-1), "ready");
});

Deno.test("An address that can't be bound is told of, and the next reload is as any other", async () => {
  const reloading = new Reloading();
  const asked = reloading.reloader.reload("SIGHUP");
  await reloading.has(1);
  reloading.given[0].reject(new ConnError("permission", "Cannot listen on 127.0.0.1:80: denied"));
  assertEquals(await asked, {
    isDone: false,
    text: "Cannot reload genkan.yaml: nothing was changed\n" +
      "genkan: Cannot listen on 127.0.0.1:80: denied\n",
  });
  assertEquals(reloading.told.at(-1), "ready");
  const again = reloading.reloader.reload("SIGHUP");
  await reloading.has(2);
  reloading.given[1].resolve({ listeners: NOTHING, clusters: NOTHING });
  assertEquals((await again).isDone, true);
});
