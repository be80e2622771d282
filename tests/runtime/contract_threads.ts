/**
 * What holds of a runtime's threads.
 *
 * @module
 */

import type { Runtime, Thread } from "../../src/runtime/mod.ts";
import { assert, assertEquals } from "../assert.ts";

/** What `obeying_thread.ts` is told. */
export type Order =
  | { readonly kind: "echo"; readonly value: unknown }
  | { readonly kind: "count"; readonly cells: Int32Array }
  | { readonly kind: "listen" }
  | { readonly kind: "throw" }
  | { readonly kind: "reject" }
  | { readonly kind: "loop"; readonly cells: Int32Array };

/** What starts such threads. */
export const OBEYING_THREAD: string = new URL("./obeying_thread.ts", import.meta.url).href;

/** A claim and its proof, for a runtime whose threads run `OBEYING_THREAD`, or what isn't there. */
export interface RuntimeThreadCase {
  readonly name: string;
  run(start: (worker: string) => Runtime): Promise<void>;
}

/** A thread with what it has said. */
class Obeying implements Disposable {
  readonly thread: Thread;
  readonly #said: unknown[] = [];
  #heard: () => void = () => {};

  constructor(runtime: Runtime) {
    this.thread = runtime.startThread({ unixPaths: [] });
    this.thread.onMessage((message) => {
      this.#said.push(message);
      this.#heard();
    });
  }

  tell(order: Order): void {
    this.thread.post(order);
  }

  /** The next thing that it says. */
  async says(): Promise<unknown> {
    while (this.#said.length === 0) {
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
    return this.#said.shift();
  }

  [Symbol.dispose](): void {
    this.thread.terminate();
  }
}

function cell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until nobody holds a port. */
async function isFree(runtime: Runtime, port: number): Promise<void> {
  for (let round = 0; round < 200; round++) {
    try {
      return (await runtime.listen({ host: "127.0.0.1", port })).close();
    } catch {
      await pause(10);
    }
  }
  throw new Error("a thread that is gone still holds its port");
}

/** All claims. */
export const runtimeThreadCases: readonly RuntimeThreadCase[] = [
  {
    name:
      "Messages go both ways in their order, also those that were sent before a thread listened",
    async run(start) {
      using obeying = new Obeying(start(OBEYING_THREAD));
      const values = Array.from({ length: 100 }, (_, index) => ({ index, text: "ö\0" }));
      for (const value of values.slice(0, 50)) obeying.tell({ kind: "echo", value });
      assertEquals(await obeying.says(), values[0]);
      for (const value of values.slice(50)) obeying.tell({ kind: "echo", value });
      for (const value of values.slice(1)) assertEquals(await obeying.says(), value);
    },
  },
  {
    name: "Shared memory in a message belongs to both threads",
    async run(start) {
      using obeying = new Obeying(start(OBEYING_THREAD));
      const cells = cell();
      for (let times = 0; times < 3; times++) obeying.tell({ kind: "count", cells });
      obeying.tell({ kind: "echo", value: "done" });
      await obeying.says();
      assertEquals(Atomics.load(cells, 0), 3);
    },
  },
  ...(["throw", "reject"] as const).map((kind) => ({
    name: `A thread that ends by a ${kind} says what it was and where, and its ports are free`,
    async run(start: (worker: string) => Runtime) {
      const runtime = start(OBEYING_THREAD);
      using obeying = new Obeying(runtime);
      obeying.tell({ kind: "listen" });
      const port = await obeying.says() as number;
      obeying.tell({ kind });
      const cause = await obeying.thread.ended;
      assert(cause!.startsWith(kind === "throw" ? "Error: thrown" : "Error: rejected"), cause!);
      assert(cause!.includes("obeying_thread.ts"), cause!);
      await isFree(runtime, port);
    },
  })),
  {
    name: "A thread that is ended on purpose has no cause to tell, and its ports are free",
    async run(start) {
      const runtime = start(OBEYING_THREAD);
      using obeying = new Obeying(runtime);
      obeying.tell({ kind: "listen" });
      const port = await obeying.says() as number;
      obeying.thread.terminate();
      obeying.thread.terminate();
      assertEquals(await obeying.thread.ended, null);
      obeying.tell({ kind: "echo", value: "to nobody" });
      await isFree(runtime, port);
    },
  },
  {
    name: "A thread of which nothing can be loaded ends with a line that says so",
    async run(start) {
      const runtime = start(new URL("./no_such_thread.ts", import.meta.url).href);
      using obeying = new Obeying(runtime);
      obeying.tell({ kind: "echo", value: "to nobody" });
      const cause = await obeying.thread.ended;
      // What it says is the runtime's: under \`deno test\`, that types don't fit.
      assert(/^.+$/.test(cause!), cause!);
    },
  },
  {
    name: "A thread that never has time again is ended where the runtime says that it can be",
    async run(start) {
      const runtime = start(OBEYING_THREAD);
      // What can't be ended would count until the tests are over.
      if (!runtime.endsBusyThreads) return;
      using obeying = new Obeying(runtime);
      const cells = cell();
      obeying.tell({ kind: "loop", cells });
      while (Atomics.load(cells, 0) === 0) await pause(1);
      obeying.thread.terminate();
      assertEquals(await obeying.thread.ended, null);
      let before = -1;
      for (let round = 0; before !== Atomics.load(cells, 0); round++) {
        assert(round < 100, "it still counts");
        before = Atomics.load(cells, 0);
        await pause(20);
      }
    },
  },
];
