import { ConnError } from "../../src/errors.ts";
import { type Flow, Inbox } from "../../src/runtime/inbox.ts";
import { assertEquals, assertRejects } from "../assert.ts";

/** An inbox, and the words with which it held its stream back and let it go. */
function watched(): { inbox: Inbox; words: string[] } {
  const words: string[] = [];
  const flow: Flow = { pause: () => words.push("pause"), resume: () => words.push("resume") };
  return { inbox: new Inbox(flow), words };
}

const KIB = 1024;
const reset = new ConnError("reset", "reset");

Deno.test("A chunk goes straight into the buffer of a read that waits", async () => {
  const { inbox, words } = watched();
  const buffer = new Uint8Array(4);
  const reading = inbox.read(buffer);
  inbox.push(Uint8Array.of(1, 2, 3));
  assertEquals([await reading, buffer], [3, Uint8Array.of(1, 2, 3, 0)]);
  assertEquals(words, []);
});

Deno.test("What a waiting read has no room for is the next read's", async () => {
  const { inbox } = watched();
  const [first, second] = [new Uint8Array(2), new Uint8Array(2)];
  const reading = inbox.read(first);
  inbox.push(Uint8Array.of(1, 2, 3));
  assertEquals([await reading, await inbox.read(second)], [2, 1]);
  assertEquals([first, second], [Uint8Array.of(1, 2), Uint8Array.of(3, 0)]);
});

Deno.test("One read takes from as many chunks as its buffer holds", async () => {
  const { inbox } = watched();
  for (const value of [1, 2, 3, 4]) inbox.push(Uint8Array.of(value, value));
  const buffer = new Uint8Array(5);
  assertEquals([await inbox.read(buffer), buffer], [5, Uint8Array.of(1, 1, 2, 2, 3)]);
  assertEquals(await inbox.read(buffer), 3);
});

Deno.test("The stream is held at 64 KiB, once, and let go when all was read", async () => {
  const { inbox, words } = watched();
  inbox.push(new Uint8Array(63 * KIB));
  assertEquals(words, []);
  inbox.push(new Uint8Array(1 * KIB));
  inbox.push(new Uint8Array(1 * KIB)); // It was on its way.
  assertEquals(words, ["pause"]);
  await inbox.read(new Uint8Array(64 * KIB));
  assertEquals(words, ["pause"]);
  await inbox.read(new Uint8Array(64 * KIB));
  assertEquals(words, ["pause", "resume"]);
});

Deno.test("The end comes after what is queued, and stays", async () => {
  const { inbox } = watched();
  inbox.push(Uint8Array.of(1));
  inbox.end();
  const buffer = new Uint8Array(4);
  const counts = [await inbox.read(buffer), await inbox.read(buffer), await inbox.read(buffer)];
  assertEquals(counts, [1, null, null]);
});

Deno.test("A failure comes after what is queued, and the first one counts", async () => {
  const { inbox } = watched();
  inbox.push(Uint8Array.of(1));
  inbox.fail(reset);
  inbox.fail(new ConnError("tls", "later"));
  inbox.end();
  assertEquals(await inbox.read(new Uint8Array(4)), 1);
  assertEquals((await assertRejects(() => inbox.read(new Uint8Array(4)), ConnError)).code, "reset");
});

Deno.test("A failure after the end changes nothing", async () => {
  const { inbox } = watched();
  inbox.end();
  inbox.fail(reset);
  assertEquals(await inbox.read(new Uint8Array(4)), null);
});

Deno.test("discard() drops what is queued and fails the read that waits", async () => {
  const closed = new ConnError("closed", "closed");
  const waiting = watched().inbox;
  const reading = assertRejects(() => waiting.read(new Uint8Array(4)), ConnError);
  waiting.discard(closed);
  assertEquals((await reading).code, "closed");

  const queued = watched().inbox;
  queued.push(Uint8Array.of(1));
  queued.discard(closed);
  queued.push(Uint8Array.of(2)); // It was on its way.
  assertEquals(
    (await assertRejects(() => queued.read(new Uint8Array(4)), ConnError)).code,
    "closed",
  );
});
