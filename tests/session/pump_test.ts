import { ConnError, ProtocolError } from "../../src/errors.ts";
import { type Framing, HeaderMap } from "../../src/http/mod.ts";
import { ResponseDecoder } from "../../src/http1/mod.ts";
import { MessageReader } from "../../src/session/message_reader.ts";
import { MessageWriter } from "../../src/session/message_writer.ts";
import { pump, type PumpResult } from "../../src/session/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { ScriptedConn, settle } from "./scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A response that comes in on one connection and leaves on another. */
class Pumped {
  readonly from = new ScriptedConn();
  readonly to = new ScriptedConn();
  readonly reader = new MessageReader(this.from, new ResponseDecoder());
  readonly writer = new MessageWriter(this.to);
  bytes = 0;
  waits = 0;
  writes = 0;

  /** Reads the head, and pumps the body behind a head with this framing. */
  async run(framing: Framing): Promise<PumpResult> {
    const { decoder } = this.reader;
    while (typeof decoder.nextHead() === "symbol") await this.reader.fill();
    this.writer.responseHead({ status: 200, reason: "OK", headers: new HeaderMap(), framing });
    return await pump(this.reader, this.writer, {
      onBytes: (count) => this.bytes += count,
      onWrite: () => this.writes++,
      onWait: () => this.waits++,
    });
  }
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED: Framing = { kind: "chunked" };

Deno.test("A small body leaves in one write with its head", async () => {
  const pumped = new Pumped();
  pumped.from.feed(`${HEAD}content-length: 5\r\n\r\nhello`);
  assertEquals(await pumped.run({ kind: "length", size: 5 }), { kind: "done" });
  assertEquals(pumped.to.writes, ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"]);
  assertEquals(pumped.bytes, 5);
});

Deno.test("A head leaves before its body is waited for", async () => {
  const pumped = new Pumped();
  pumped.from.feed(`${HEAD}content-length: 5\r\n\r\n`);
  const running = pumped.run({ kind: "length", size: 5 });
  await settle();
  assertEquals(pumped.to.writes, ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"]);
  assertEquals(pumped.waits, 1);
  pumped.from.feed("hello");
  assertEquals((await running).kind, "done");
  assertMatch(pumped.to.written, /\r\n\r\nhello$/);
});

Deno.test("A body is framed anew: until-close becomes chunked, and chunks their data", async () => {
  const close = new Pumped();
  close.from.feed(`${HEAD}\r\nhello`);
  close.from.feedEnd();
  assertEquals((await close.run(CHUNKED)).kind, "done");
  assertMatch(close.to.written, /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);

  const chunks = new Pumped();
  chunks.from.feed(`${HEAD}transfer-encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`);
  assertEquals((await chunks.run(CHUNKED)).kind, "done");
  assertMatch(chunks.to.written, /\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n$/);
});

Deno.test("What a runtime hands over is a body all the same, in whatever pieces it comes", async () => {
  const body = "0123456789".repeat(30_000), size = body.length;
  const message = `${HEAD}content-length: ${size}\r\n\r\n${body}`;
  for (const pieces of [[7], [40, 3], [1, 1, 9_000, 1], [100_000], [size * 2]]) {
    for (const framing of [{ kind: "length", size }, CHUNKED] as const) {
      const pumped = new Pumped();
      pumped.from.gives = true;
      const running = pumped.run(framing);
      let turn = 0;
      for (let at = 0; at < message.length;) {
        // Small pieces at the head, and the rest in large ones.
        const count = at < 200 ? pieces[turn++ % pieces.length] : Math.max(...pieces, 50_000);
        pumped.from.feed(message.slice(at, at + count));
        at += count;
        await settle();
      }
      assertEquals(await running, { kind: "done" });
      const sent = pumped.to.written.slice(pumped.to.written.indexOf("\r\n\r\n") + 4);
      const found = framing.kind === "length"
        ? sent
        : sent.replace(/(?:^|\r\n)[0-9a-f]+\r\n(?:\r\n$)?/g, "");
      assert(found === body, `${found.length} of ${size} in ${pieces} as ${framing.kind}`);
      assertEquals(pumped.bytes, size);
    }
  }
});

Deno.test("A large piece is a chunk of its own, written as it came", async () => {
  const pumped = new Pumped();
  pumped.from.gives = true;
  const body = "a".repeat(200_000);
  pumped.from.feed(`${HEAD}content-length: 200000\r\n\r\n`);
  const running = pumped.run(CHUNKED);
  await settle();
  pumped.from.feed(body);
  assertEquals(await running, { kind: "done" });
  assertEquals(pumped.to.writes.slice(1), ["30d40\r\n", body, "\r\n0\r\n\r\n"]);
});

Deno.test("Every byte arrives through writes that take a part only", async () => {
  const pumped = new Pumped();
  pumped.to.writeSize = 1_000;
  const body = Array.from({ length: 30_000 }, (_, at) => String.fromCharCode(97 + at % 23)).join(
    "",
  );
  pumped.from.feed(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`);
  assertEquals((await pumped.run({ kind: "length", size: body.length })).kind, "done");
  assertEquals(pumped.to.written.split("\r\n\r\n")[1], body);
});

Deno.test("Nothing more is read before what came was taken", async () => {
  for (const framing of [CHUNKED, { kind: "length", size: 1 << 24 }] as const) {
    const pumped = new Pumped();
    pumped.to.stall();
    pumped.from.feed(`${HEAD}content-length: ${1 << 24}\r\n\r\n`);
    for (let count = 0; count < 256; count++) pumped.from.feed(new Uint8Array(1 << 16));
    const running = pumped.run(framing);
    await settle();
    const reads = pumped.from.reads;
    assert(reads < 5, `${reads} reads before the first write was taken`);
    await settle();
    assertEquals(pumped.from.reads, reads);
    pumped.to.resume();
    assertEquals((await running).kind, "done");
    assertEquals(pumped.bytes, 1 << 24);
  }
});

Deno.test("A read that fails and a write that fails are told apart", async () => {
  const read = new Pumped();
  read.from.feed(`${HEAD}content-length: 5\r\n\r\nhe`);
  read.from.feedError("reset");
  const readResult = await read.run({ kind: "length", size: 5 });
  assert(readResult.kind === "read_failed" && readResult.error instanceof ConnError);

  const write = new Pumped();
  write.from.feed(`${HEAD}content-length: 5\r\n\r\nhe`);
  write.to.writeFailure = "reset";
  const writeResult = await write.run({ kind: "length", size: 5 });
  assert(writeResult.kind === "write_failed" && writeResult.error instanceof ConnError);
});

Deno.test("A body that ends early is a read that failed, and is not ended for the other side", async () => {
  for (
    const [head, framing] of [
      ["content-length: 5\r\n\r\nhe", { kind: "length", size: 5 }],
      ["transfer-encoding: chunked\r\n\r\n5\r\nhe", CHUNKED],
      ["transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n", CHUNKED],
    ] as const
  ) {
    const pumped = new Pumped();
    pumped.from.feed(HEAD + head);
    pumped.from.feedEnd();
    const result = await pumped.run(framing);
    assert(result.kind === "read_failed" && result.error instanceof ProtocolError, head);
    assertEquals(result.error.code, "truncated_body");
    assert(!pumped.to.written.includes("0\r\n\r\n"), pumped.to.written);
  }
});

Deno.test("A TLS stream without close_notify cuts a body only where its end told the length", async () => {
  for (
    const [head, expected] of [
      ["content-length: 2\r\n\r\nhe", "done"],
      ["transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n", "done"],
      ["\r\nhe", "read_failed"],
    ] as const
  ) {
    const pumped = new Pumped();
    pumped.from.feed(HEAD + head);
    pumped.from.feedError("unexpected_eof");
    assertEquals((await pumped.run(CHUNKED)).kind, expected, head);
  }
});

Deno.test("Reader and writer count every byte, heads and framing included", async () => {
  const pumped = new Pumped();
  const message = `${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
  pumped.from.feed(message);
  await pumped.run(CHUNKED);
  assertEquals(pumped.reader.bytes, message.length);
  assertEquals(pumped.writer.bytes, pumped.to.written.length);
});
