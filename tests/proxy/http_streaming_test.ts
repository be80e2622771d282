import { assert, assertEquals } from "../assert.ts";
import { cluster, TestServer } from "../server/fixture.ts";
import { InMemory } from "../server/in_memory.ts";
import { Upstream } from "../server/upstream.ts";
import type { Wire } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const SIZE = 20 * 1024 * 1024;
const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/** Bytes of which no two stretches are alike, so that none can go missing or change places. */
const BODY = body();

function body(): Uint8Array {
  const words = new Uint32Array(SIZE / 4);
  for (let at = 0, state = 1; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

/** Sends the body, in chunks of many sizes or as it is. */
async function sendBody(wire: Wire, framing: string): Promise<void> {
  if (framing === "length") return await wire.send(BODY);
  for (let at = 0, size = 1; at < SIZE; at += size) {
    size = Math.min(1 + (size * 31) % 100_003, SIZE - at);
    await wire.send(`${size.toString(16)}\r\n`);
    await wire.send(BODY.subarray(at, at + size));
    await wire.send("\r\n");
  }
  await wire.send("0\r\n\r\n");
}

/** The field that announces it. */
function announced(framing: string): string {
  return framing === "length" ? `content-length: ${SIZE}` : "transfer-encoding: chunked";
}

/** Fails unless both are the same bytes. */
function assertSame(actual: Uint8Array): void {
  assertEquals(actual.length, SIZE);
  const differs = actual.findIndex((byte, at) => byte !== BODY[at]);
  assertEquals(differs, -1, "the first byte that differs");
}

Deno.test("20 MB go up unchanged, with a length and in chunks", async () => {
  for (const framing of ["length", "chunked"]) {
    await using upstream = Upstream.answering((request) => {
      assertSame(request.body);
      return OK;
    });
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    using client = await proxy.connect();
    await client.send(`POST / HTTP/1.1\r\nhost: a\r\n${announced(framing)}\r\n\r\n`);
    await sendBody(client, framing);
    assertEquals((await client.response()).status, 200, framing);
    // The connection is as good as new on both sides.
    await client.send(`POST / HTTP/1.1\r\nhost: a\r\n${announced(framing)}\r\n\r\n`);
    await sendBody(client, framing);
    assertEquals((await client.response()).status, 200, framing);
    assertEquals(upstream.wires.length, 1);
    const lines = await proxy.access(2);
    assertEquals(lines.map(({ received }) => received), [SIZE, SIZE]);
  }
});

Deno.test("20 MB come down unchanged, with a length, in chunks and until the close", async () => {
  for (const framing of ["length", "chunked", "close"]) {
    await using upstream = new Upstream(async (wire) => {
      while (await wire.request() !== null) {
        const field = framing === "close" ? "x: y" : announced(framing);
        await wire.send(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`);
        await sendBody(wire, framing === "close" ? "length" : framing);
        if (framing === "close") return;
      }
    });
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    using client = await proxy.connect();
    for (let count = 0; count < 2; count++) {
      await client.send(GET);
      assertSame((await client.response()).body);
    }
    const lines = await proxy.access(2);
    assertEquals(lines.map(({ sent }) => sent), [SIZE, SIZE], framing);
  }
});

Deno.test("20 MB go up while 20 MB come down", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    await wire.send(`HTTP/1.1 200 OK\r\ncontent-length: ${SIZE}\r\n\r\n`);
    for (let left = SIZE; left > 0;) {
      const piece = (await wire.piece())!;
      await wire.send(piece);
      left -= piece.length;
    }
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${SIZE}\r\n\r\n`);
  const [response] = await Promise.all([client.response(), client.send(BODY)]);
  assertSame(response.body);
});

/** What the memory between two ends may hold: four inboxes, their chunks, and the proxy's buffers. */
const IN_FLIGHT = 1024 * 1024;

/** Counts what is written, and settles when nothing moves any more. */
async function writeAll(wire: Wire, progress: { written: number }): Promise<void> {
  for (let at = 0; at < SIZE;) {
    const count = await wire.conn.write(BODY.subarray(at, at + 64 * 1024));
    progress.written = at += count;
  }
}

/** Waits until a writer is held, and checks that it is; then reads all and checks that it stays. */
async function readSlowly(reader: Wire, progress: { written: number }): Promise<void> {
  let before = -1;
  while (before !== progress.written) {
    before = progress.written;
    for (let turn = 0; turn < 20; turn++) await settle();
  }
  assert(before < IN_FLIGHT, `${before} bytes were taken though nobody reads`);
  for (let read = 0; read < SIZE;) {
    const piece = (await reader.piece())!;
    read += piece.length;
    const ahead = progress.written - read;
    assert(ahead < IN_FLIGHT, `${ahead} bytes were taken ahead of the reader`);
  }
}

Deno.test("A client that doesn't read holds the upstream back", async () => {
  for (const framing of ["length", "close"]) {
    await using memory = await InMemory.start();
    const client = await memory.connect();
    await client.send(GET);
    const upstream = await memory.accept();
    await upstream.request();
    const field = framing === "length" ? announced(framing) : "x: y";
    await upstream.send(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`);
    const progress = { written: 0 };
    const writing = writeAll(upstream, progress);
    await readSlowly(client, progress);
    await writing;
  }
});

Deno.test("An upstream that doesn't read holds the client back", async () => {
  await using memory = await InMemory.start();
  const client = await memory.connect();
  await client.send(`POST / HTTP/1.1\r\nhost: a\r\n${announced("length")}\r\n\r\n`);
  const progress = { written: 0 };
  const writing = writeAll(client, progress);
  const upstream = await memory.accept();
  await upstream.head();
  await readSlowly(upstream, progress);
  await writing;
  await upstream.send(OK);
  assertEquals((await client.response()).status, 200);
});

Deno.test("A client that sends without reading its answers is held back, pipelined requests and all", async () => {
  await using memory = await InMemory.start();
  const client = await memory.connect();
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n${"x".repeat(10_000)}`;
  let answered = 0;
  const serving = (async () => {
    const upstream = await memory.accept();
    while (await upstream.request() !== null) {
      await upstream.send(answer);
      answered++;
    }
  })();
  await client.send(GET.repeat(1_000));
  let before = -1;
  while (before !== answered) {
    before = answered;
    for (let turn = 0; turn < 20; turn++) await settle();
  }
  assert(answered * 10_000 < IN_FLIGHT, `${answered} answers though nobody reads`);
  for (let count = 0; count < 1_000; count++) {
    assertEquals((await client.response()).body.length, 10_000);
  }
  client.close();
  await memory.proxy.server.stop(0);
  await serving;
});
