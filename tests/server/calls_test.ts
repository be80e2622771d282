import { ConnError } from "../../src/errors.ts";
import type { Channel } from "../../src/runtime/mod.ts";
import { Calls, type Methods, ThreadEnded } from "../../src/server/calls.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Two ends of one way, over which goes what structured cloning carries. */
function channels(): [Channel, Channel] {
  const handlers: ((message: unknown) => void)[] = [];
  const end = (own: number): Channel => ({
    post(message) {
      const copy = structuredClone(message);
      queueMicrotask(() => handlers[1 - own]?.(copy));
    },
    onMessage: (handler) => handlers[own] = handler,
  });
  return [end(0), end(1)];
}

/** Somebody who asks, of somebody who answers with `methods`. */
function asking<M extends Methods>(methods: M): Calls<M> {
  const [mine, theirs] = channels();
  new Calls(theirs, methods);
  return new Calls<M>(mine, {});
}

Deno.test("Each answer finds its question, in whatever order they come", async () => {
  const waiting = new Map<number, (value: string) => void>();
  const calls = asking({
    later: (id: number) => new Promise<string>((resolve) => waiting.set(id, resolve)),
    now: (text: string) => text.toUpperCase(),
  });
  const answers = [1, 2, 3].map((id) => calls.ask("later", id));
  assertEquals(await calls.ask("now", "hi"), "HI");
  for (const id of [2, 3, 1]) waiting.get(id)!(`answer ${id}`);
  assertEquals(await Promise.all(answers), ["answer 1", "answer 2", "answer 3"]);
});

Deno.test("Both sides ask over the same channel", async () => {
  const [mine, theirs] = channels();
  const own: Calls<{ double: (value: number) => number }> = new Calls(mine, {
    half: (value: number) => value / 2,
  });
  const other: Calls<{ half: (value: number) => number }> = new Calls(theirs, {
    double: (value: number) => value * 2,
  });
  assertEquals(await Promise.all([own.ask("double", 4), other.ask("half", 4)]), [8, 2]);
});

Deno.test("Shared memory belongs to both sides", async () => {
  const calls = asking({ count: (cells: Int32Array) => void Atomics.add(cells, 0, 5) });
  const cells = new Int32Array(new SharedArrayBuffer(4));
  await calls.ask("count", cells);
  assertEquals(Atomics.load(cells, 0), 5);
});

Deno.test("A ConnError arrives whole", async () => {
  const unbound = { host: "127.0.0.1", port: 443 };
  const calls = asking({
    bind() {
      throw new ConnError("permission", "Cannot listen on 127.0.0.1:443: permission denied", {
        unbound,
      });
    },
    connect: () => Promise.reject(new ConnError("tls", "Cannot connect", { reason: "expired" })),
  });
  const denied = await assertRejects(() => calls.ask("bind", undefined), ConnError);
  assertEquals(
    [denied.code, denied.message, denied.unbound, denied.reason],
    ["permission", "Cannot listen on 127.0.0.1:443: permission denied", unbound, null],
  );
  const refused = await assertRejects(() => calls.ask("connect", undefined), ConnError);
  assertEquals([refused.code, refused.reason, refused.unbound], ["tls", "expired", null]);
});

Deno.test("Any other error keeps what it says and where it was thrown; what is no error, its text", async () => {
  const calls = asking({
    fail() {
      throw new RangeError("out of range");
    },
    throwText() {
      throw "just a text";
    },
    giveFunction: () => () => {},
  });
  const error = await assertRejects(() => calls.ask("fail", undefined), Error);
  assertEquals(error.message, "out of range");
  assert(error.stack!.includes("calls_test.ts"), error.stack);
  const text = await assertRejects(() => calls.ask("throwText", undefined), Error);
  assertEquals(text.message, "just a text");
  // What can't be carried fails there, and not in silence.
  const lost = await assertRejects(() => calls.ask("giveFunction", undefined), Error);
  assert(lost.message.includes("could not be cloned"), lost.message);
});

Deno.test("The end of the other side fails what waits, and what is asked from then on", async () => {
  const calls = asking({ never: () => new Promise<void>(() => {}) });
  const waiting = [calls.ask("never", undefined), calls.ask("never", undefined)];
  const ended = waiting.map((answer) => assertRejects(() => answer, ThreadEnded));
  calls.end();
  const [error] = await Promise.all(ended);
  assertEquals(error.message, "Cannot get an answer: the thread has ended");
  const late = await assertRejects(() => calls.ask("never", undefined), ThreadEnded);
  assertEquals(late.message, "Cannot ask a thread: it has ended");
});

Deno.test("An answer that comes behind the end disturbs nobody", async () => {
  const late = Promise.withResolvers<void>();
  const calls = asking({ wait: () => late.promise });
  const answer = assertRejects(() => calls.ask("wait", undefined), ThreadEnded);
  await Promise.resolve();
  calls.end();
  late.resolve();
  await answer;
});
