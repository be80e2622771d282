import { ConnError } from "../../src/errors.ts";
import type { LogFields } from "../../src/observe/mod.ts";
import { ThreadEnded } from "../../src/server/calls.ts";
import { Crew, type CrewOptions } from "../../src/server/crew.ts";
import { keyOfListener } from "../../src/server/same.ts";
import type { Bound, Worker } from "../../src/server/worker.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { config, http, listener } from "./fixture.ts";
import { until } from "./wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const DRAIN_MS = 1_000;
/** Soon enough for a test; a worker hangs after ten of them. */
const PING_MS = 5;
const CONFIG = config([listener(http())], []);
const KEY = keyOfListener(CONFIG.listeners[0]);

type Question = keyof Worker;

/** What becomes of a worker when it is asked something; it answers by itself otherwise. */
type Script = Partial<Record<Question, "dies" | "hangs" | "refuses">>;

/** A worker that keeps what it was asked. */
class ScriptedWorker implements Worker {
  readonly asked: string[] = [];
  readonly ended: Promise<string | null>;
  /** Where it was told that ports are bound. */
  told: Bound = new Map();
  hasEnded = false;
  readonly since: number = performance.now();
  #script: Script;
  readonly #over = Promise.withResolvers<string | null>();
  readonly #hanging = new Set<PromiseWithResolvers<void>>();

  constructor(readonly place: number, script: Script) {
    this.#script = script;
    this.ended = this.#over.promise;
  }

  /** As an error that nobody has caught. */
  die(cause: string | null = "Error: a mistake"): void {
    this.hasEnded = true;
    for (const { reject } of this.#hanging) reject(new ThreadEnded("ended"));
    this.#over.resolve(cause);
  }

  /** Comes out of its loop. */
  recover(): void {
    this.#script = {};
    for (const { resolve } of this.#hanging) resolve();
  }

  async prepare({ bound }: { bound: Bound }): Promise<Bound> {
    this.told = new Map(bound);
    await this.#hear("prepare");
    return new Map([[KEY, bound.get(KEY) ?? { host: "127.0.0.1", port: 4000 + this.place }]]);
  }

  commit = (drainMs: number) => this.#hear("commit", drainMs);
  abort = () => this.#hear("abort");
  closeAfterResponse = (on: boolean) => this.#hear("closeAfterResponse", on);
  stopAccepting = () => this.#hear("stopAccepting");
  stop = (graceMs: number) => this.#hear("stop", graceMs);
  ping = () => this.#hear("ping");

  async describe(): Promise<readonly []> {
    await this.#hear("describe");
    return [];
  }

  #hear(question: Question, value?: unknown): Promise<void> {
    if (question !== "ping") this.asked.push([question, value].join(" ").trim());
    const fate = this.#script[question];
    if (fate === "dies") this.die();
    if (this.hasEnded) return Promise.reject(new ThreadEnded("ended"));
    if (fate === "refuses") return Promise.reject(new ConnError("address_in_use", "in use"));
    if (fate !== "hangs") return Promise.resolve();
    const answer = Promise.withResolvers<void>();
    this.#hanging.add(answer);
    return answer.promise;
  }
}

/** A crew of scripted workers, with all that it says. */
class Scripted implements AsyncDisposable {
  /** In the order in which they were started. */
  readonly workers: ScriptedWorker[] = [];
  readonly log: { readonly message: string; readonly fields: LogFields }[] = [];
  /** The places of workers whose tallies were given back. */
  readonly freed: number[] = [];
  readonly crew: Crew;

  /** `scripts` are those of the workers as they are started; further ones have none. */
  constructor(scripts: readonly Script[], options: Partial<CrewOptions> = {}) {
    const say = (message: string, fields: LogFields = {}) =>
      void this.log.push({ message, fields });
    this.crew = new Crew({
      count: 2,
      recruit: (place) => {
        const worker = new ScriptedWorker(place, scripts[this.workers.length] ?? {});
        this.workers.push(worker);
        return { worker, ended: worker.ended, dismiss: () => worker.die(null) };
      },
      talliesFor: () => new Map(),
      onDeath: (place) => this.freed.push(place),
      endsBusyThreads: true,
      log: { info: say, warning: say, error: say },
      ...options,
    });
  }

  get said(): string[] {
    return this.log.map(({ message }) => message);
  }

  serve(): Promise<void> {
    return this.crew.switchTo(CONFIG, DRAIN_MS);
  }

  async has(message: string): Promise<void> {
    await until(() => this.said.includes(message), message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crew.stop(0);
    assert(this.workers.every(({ hasEnded }) => hasEnded), "every worker has ended");
  }
}

const DIED = "worker died, another takes its place";
const TOOK = "worker took the place";

Deno.test("A port that was given out to one worker is bound by all", async () => {
  await using scripted = new Scripted([]);
  await scripted.serve();
  const [first, second] = scripted.workers;
  assertEquals([first.told.size, second.told.get(KEY)?.port], [0, 4000]);
  assertEquals(scripted.crew.bound.get(KEY)?.port, 4000);
  assertEquals([first.asked, second.asked], [["prepare", "commit 1000"], [
    "prepare",
    "commit 1000",
  ]]);
});

Deno.test("A worker that died is told of, what it held is free, and its heir serves the same", async () => {
  await using scripted = new Scripted([]);
  await scripted.serve();
  await scripted.crew.closeAfterResponse(true);
  scripted.workers[1].die("Error: a mistake\n    at somewhere");
  await scripted.has(TOOK);
  const heir = scripted.workers[2];
  assertEquals(heir.place, 1);
  assertEquals(heir.told.get(KEY)?.port, 4000);
  assertEquals(heir.asked, ["prepare", "commit 0", "closeAfterResponse true"]);
  assertEquals(scripted.log[0], {
    message: DIED,
    fields: { worker: 1, code: "worker_died", cause: "Error: a mistake\n    at somewhere" },
  });
  // Behind the death, and again before there is an heir: a thread may count to its very end.
  assertEquals(scripted.freed, [1, 1]);
});

Deno.test("A worker that dies over a configuration doesn't keep the others from it", async () => {
  for (const question of ["prepare", "commit"] as const) {
    for (
      const [place, scripts] of [[{ [question]: "dies" }], [{}, { [question]: "dies" }]].entries()
    ) {
      await using scripted = new Scripted(scripts as Script[]);
      await scripted.serve();
      await scripted.has(TOOK);
      const heir = scripted.workers[2];
      assertEquals([heir.place, heir.asked], [place, ["prepare", "commit 0"]], question);
      // Whoever is left has found the port, and the heir binds that one.
      assertEquals(heir.told.get(KEY), scripted.crew.bound.get(KEY));
    }
  }
});

Deno.test("When all workers die over a configuration that is an error of one line", async () => {
  await using scripted = new Scripted(Array(20).fill({ prepare: "dies" }));
  const error = await assertRejects(() => scripted.serve(), ConnError);
  assertEquals(error.message, "Cannot serve: every worker has died");
  await scripted.crew.stop(0);
  assertEquals(scripted.workers.length, 2, "nobody is recruited behind a stop");
});

Deno.test("What one worker can't bind, no worker serves", async () => {
  await using scripted = new Scripted([{}, { prepare: "refuses" }]);
  const error = await assertRejects(() => scripted.serve(), ConnError);
  assertEquals(error.code, "address_in_use");
  assertEquals(scripted.workers.map(({ asked }) => asked), [["prepare", "abort"], ["prepare"]]);
  assertEquals(scripted.crew.bound.size, 0);
});

Deno.test("An heir that can't serve is replaced, too", async () => {
  await using scripted = new Scripted([{}, {}, { prepare: "refuses" }]);
  await scripted.serve();
  scripted.workers[0].die();
  await scripted.has(TOOK);
  assertEquals(scripted.said, [DIED, "new worker cannot serve, will start another", DIED, TOOK]);
  assertEquals(scripted.workers.map(({ place }) => place), [0, 1, 0, 0]);
});

Deno.test("Workers that die again and again are started less and less often", async () => {
  await using scripted = new Scripted([{}, {}, ...Array(20).fill({ prepare: "dies" })]);
  await scripted.serve();
  scripted.workers[0].die();
  await until(() => scripted.workers.length === 5, "three heirs are started");
  const [second, third, fourth] = scripted.workers.slice(2).map(({ since }) => since);
  // Each pause is twice the one before: 200, 400, 800 ms. Timers may be late, never early.
  assert(third - second >= 399 && fourth - third >= 799, `${third - second}, ${fourth - third}`);
});

Deno.test("A worker that gives no sign of life is ended where that can be, and replaced", async () => {
  await using scripted = new Scripted([{}, { ping: "hangs" }], { pingMs: PING_MS });
  await scripted.serve();
  await scripted.has(TOOK);
  assert(scripted.workers[1].hasEnded);
  assertEquals(scripted.log[0].fields.cause, "found no sign of life for 0.05 s");
});

Deno.test("Where it can't be ended it is told of once, and nobody waits for it any more", async () => {
  const options = { endsBusyThreads: false, pingMs: PING_MS };
  const hangs = { ping: "hangs", prepare: "hangs", closeAfterResponse: "hangs" } as const;
  await using scripted = new Scripted([{}, hangs], options);
  await scripted.serve();
  await scripted.crew.closeAfterResponse(true);
  assertEquals(scripted.said, ["worker hangs and cannot be ended: restart genkan"]);
  assertEquals(scripted.workers[0].asked, ["prepare", "commit 1000", "closeAfterResponse true"]);
  assert(!scripted.workers[1].hasEnded);
  // Its sign of life stays away, and so does the program's own.
  const alive = scripted.crew.ping().then(() => true);
  assertEquals(await Promise.race([alive, scripted.serve().then(() => false)]), false);
});

Deno.test("One that comes to itself has missed something, and is replaced", async () => {
  const options = { endsBusyThreads: false, pingMs: PING_MS };
  await using scripted = new Scripted([{}, { ping: "hangs" }], options);
  await scripted.serve();
  await scripted.has("worker hangs and cannot be ended: restart genkan");
  assert(!scripted.workers[1].hasEnded);
  scripted.workers[1].recover();
  await scripted.has(TOOK);
  assert(scripted.workers[1].hasEnded);
  assertEquals(scripted.workers[2].asked, ["prepare", "commit 0"]);
});

Deno.test("A stop doesn't wait for a worker that hangs much longer than it may take", async () => {
  const scripted = new Scripted([{}, { stop: "hangs" }]);
  await scripted.serve();
  await scripted.crew.stop(10);
  assertEquals(scripted.workers.map(({ hasEnded }) => hasEnded), [true, true]);
  assertEquals(scripted.said, []);
});

Deno.test("A second stop, with less time, ends the first one too", async () => {
  const scripted = new Scripted([{ stop: "hangs" }]);
  await scripted.serve();
  const first = scripted.crew.stop(600_000);
  await scripted.crew.stop(0);
  await first;
  assertEquals(scripted.workers[1].asked.slice(2), ["stop 600000", "stop 0"]);
});

Deno.test("Nothing is changed once a stop has begun", async () => {
  const scripted = new Scripted([{}, { prepare: "hangs" }]);
  const change = scripted.serve();
  await until(() => scripted.workers[1].asked.length === 1, "the second one is asked");
  const stopped = scripted.crew.stop(0);
  const error = await assertRejects(() => change, ConnError);
  assertEquals(error.message, "Cannot change the configuration: genkan is stopping");
  await stopped;
  await assertRejects(() => scripted.serve(), ConnError);
  assertEquals(scripted.workers[0].asked, ["prepare", "stop 0", "abort"]);
});

Deno.test("An heir serves nothing where the listeners were closed for good", async () => {
  await using scripted = new Scripted([]);
  await scripted.serve();
  await scripted.crew.stopAccepting();
  scripted.workers[0].die();
  await until(() => scripted.workers.length === 3, "an heir is started");
  await scripted.crew.closeAfterResponse(true);
  assertEquals(scripted.workers[2].asked, ["closeAfterResponse true"]);
});
