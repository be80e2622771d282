import { LineWriter, type Sink } from "../../src/observe/line_writer.ts";
import { assertEquals } from "../assert.ts";

const AT_ONCE = { schedule: (run: () => void) => run(), maxPending: 1000, onLoss: () => {} };

Deno.test("Lines that come during a write leave in the next one", async () => {
  const { sink, writes, next } = manualSink();
  const writer = new LineWriter(sink, AT_ONCE);
  writer.write("1\n");
  await next();
  writer.write("2\n");
  writer.write("3\n");
  assertEquals(writes.map((write) => write.text), ["1\n"]);
  writes[0].done();
  await next();
  assertEquals(writes.map((write) => write.text), ["1\n", "2\n3\n"]);
  writes[1].done();
  await writer.flush();
});

Deno.test("A line written right after a write ended isn't left behind", async () => {
  const { sink, writes, next } = manualSink();
  const writer = new LineWriter(sink, AT_ONCE);
  for (let round = 0; round < 5; round++) {
    writer.write(`${round}\n`);
    await next();
    writes[round].done();
    for (let turn = 0; turn < round; turn++) await null;
  }
  await writer.flush();
  assertEquals(writes.map((write) => write.text).join(""), "0\n1\n2\n3\n4\n");
});

Deno.test("flush() waits for lines that come while it waits, and ends at once when idle", async () => {
  const { sink, writes, next } = manualSink();
  const writer = new LineWriter(sink, AT_ONCE);
  await writer.flush();
  writer.write("1\n");
  await next();
  let flushed = false;
  const flush = writer.flush().then(() => flushed = true);
  writer.write("2\n");
  writes[0].done();
  await next();
  assertEquals(flushed, false);
  writes[1].done();
  await flush;
});

Deno.test("flush() doesn't wait for the schedule", async () => {
  const texts: string[] = [];
  const scheduled: (() => void)[] = [];
  const writer = new LineWriter((text) => Promise.resolve(void texts.push(text)), {
    ...AT_ONCE,
    schedule: (run) => scheduled.push(run),
  });
  writer.write("1\n");
  await writer.flush();
  assertEquals(texts, ["1\n"]);
  scheduled.forEach((run) => run());
  await writer.flush();
  assertEquals(texts, ["1\n"], "a late run finds nothing to do");
});

Deno.test("Behind a write, lines gather until the schedule says so", async () => {
  const { sink, writes, next } = manualSink();
  const scheduled: (() => void)[] = [];
  const writer = new LineWriter(sink, { ...AT_ONCE, schedule: (run) => scheduled.push(run) });
  writer.write("1\n");
  scheduled.shift()!();
  await next();
  writer.write("2\n");
  writes[0].done();
  await new Promise((resolve) => setTimeout(resolve)); // The writer has seen its end.
  writer.write("3\n");
  assertEquals(writes.map((write) => write.text), ["1\n"]);
  assertEquals(scheduled.length, 1);
  scheduled.shift()!();
  await next();
  assertEquals(writes.map((write) => write.text), ["1\n", "2\n3\n"]);
  writes[1].done();
  await writer.flush();
});

for (
  const [how, fail] of [
    ["rejects", () => Promise.reject(new Error("disk full"))],
    ["throws", () => {
      throw new Error("disk full");
    }],
  ] satisfies [string, () => Promise<void>][]
) {
  Deno.test(`A sink that ${how} loses those lines only and is told of once`, async () => {
    const texts: string[] = [];
    const reasons: string[] = [];
    let failures = 2;
    const writer = new LineWriter((text) => {
      if (failures-- > 0) return fail();
      texts.push(text);
      return Promise.resolve();
    }, { ...AT_ONCE, onLoss: (reason) => reasons.push(reason) });
    for (const line of ["1\n", "2\n", "3\n"]) {
      writer.write(line);
      await writer.flush();
    }
    assertEquals(texts, ["3\n"]);
    assertEquals(writer.dropped, 2);
    assertEquals(reasons, ["disk full"]);
  });
}

/** A sink whose writes end when the test says so. */
function manualSink() {
  const writes: { text: string; done: () => void }[] = [];
  let arrived = Promise.withResolvers<void>();
  const sink: Sink = (text) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    writes.push({ text, done: resolve });
    arrived.resolve();
    return promise;
  };
  /** Resolves at the next write that nobody has waited for. */
  const next = async () => {
    await arrived.promise;
    arrived = Promise.withResolvers<void>();
  };
  return { sink, writes, next };
}
