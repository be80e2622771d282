import type { TcpFilterConfig } from "../../src/config/model.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { cluster, listener, tcp, TestServer } from "../server/fixture.ts";
import { InMemory, tear } from "../server/in_memory.ts";
import { unusedPort, Upstream } from "../server/upstream.ts";
import { latin1, until } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const SIZE = 20 * 1024 * 1024;

/** A proxy that passes bytes to these endpoints. */
function start(
  endpoints: readonly (number | string)[],
  options: Partial<TcpFilterConfig> = {},
): Promise<TestServer> {
  return TestServer.start({
    listeners: [listener(tcp(options))],
    clusters: [cluster(endpoints)],
  });
}

/** Bytes that don't repeat within 16 MB. */
function noise(seed: number): Uint8Array {
  const words = new Uint32Array(SIZE / 4);
  for (let at = 0, state = seed; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

Deno.test("Bytes go both ways as they are, whoever speaks first", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.send("220 hello\r\n");
    assertEquals(latin1(await wire.bytes(6)), "\x00\xff\r\n\x80Q");
    await wire.send("221 bye\r\n");
  });
  await using proxy = await start([upstream.port]);
  using client = await proxy.connect();
  assertEquals(latin1(await client.bytes(11)), "220 hello\r\n");
  await client.send(Uint8Array.of(0, 0xff, 13, 10, 0x80, 0x51));
  assertEquals(latin1(await client.rest()), "221 bye\r\n");
  client.close();
  const [line] = await proxy.access(1);
  assertEquals(line, {
    request: "- - -",
    status: 0,
    flags: "-",
    received: 6,
    sent: 20,
    upstream: `127.0.0.1:${upstream.port}`,
  });
  for (
    const [name, value] of [
      ["tcp.raw.downstream_cx_total", 1],
      ["tcp.raw.downstream_cx_rx_bytes_total", 6],
      ["tcp.raw.downstream_cx_tx_bytes_total", 20],
      ["cluster.app.upstream_cx_total", 1],
      ["cluster.app.upstream_cx_rx_bytes_total", 20],
      ["cluster.app.upstream_cx_tx_bytes_total", 6],
    ] as const
  ) {
    assertEquals(proxy.stat(name), value, name);
  }
});

Deno.test("A client that has said all still gets its answer", async () => {
  await using upstream = new Upstream(async (wire) => {
    const all = await wire.rest();
    await wire.send(`got ${latin1(all)}`);
  });
  await using proxy = await start([upstream.port]);
  using client = await proxy.connect();
  await client.send("question");
  await client.end();
  assertEquals(latin1(await client.rest()), "got question");
});

Deno.test("An upstream that has said all still hears the client", async () => {
  const heard = Promise.withResolvers<string>();
  await using upstream = new Upstream(async (wire) => {
    await wire.send("banner");
    await wire.end();
    heard.resolve(latin1(await wire.rest()));
  });
  await using proxy = await start([upstream.port]);
  using client = await proxy.connect();
  assertEquals(latin1(await client.rest()), "banner");
  await client.send("answer");
  await client.end();
  assertEquals(await heard.promise, "answer");
  await proxy.quiet();
});

Deno.test("A connection on which nothing is said is passed on too", async () => {
  await using upstream = new Upstream(async (wire) => {
    assertEquals((await wire.rest()).length, 0);
  });
  await using proxy = await start([upstream.port]);
  using client = await proxy.connect();
  await client.end();
  assertEquals((await client.rest()).length, 0);
});

Deno.test("20 MB go each way at once, unchanged", async () => {
  const up = noise(1), down = noise(2);
  let heard = new Uint8Array(0);
  await using upstream = new Upstream(async (wire) => {
    const [all] = await Promise.all([
      wire.bytes(SIZE),
      wire.send(down).then(() => wire.end()),
    ]);
    heard = all as Uint8Array<ArrayBuffer>;
  });
  await using proxy = await start([upstream.port]);
  using client = await proxy.connect();
  const [got] = await Promise.all([client.rest(), client.send(up).then(() => client.end())]);
  await until(() => heard.length > 0, "the upstream has heard all");
  assert(got.length === SIZE && got.every((byte, at) => byte === down[at]), "down");
  assert(heard.every((byte, at) => byte === up[at]), "up");
  const [line] = await proxy.access(1);
  assertEquals([line.received, line.sent], [SIZE, SIZE]);
});

Deno.test("A connection on which nothing moves is closed when its time is over", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.drain());
  await using proxy = await start([upstream.port], { idleTimeoutMs: 50 });
  using client = await proxy.connect();
  await client.send("x");
  assertEquals(await client.drain(), "");
  await proxy.quiet();
  assertEquals(proxy.stat("tcp.raw.idle_timeout"), 1);
  await proxy.access(1);
});

Deno.test("An upstream that refuses closes the client's connection: UF", async () => {
  const port = unusedPort();
  await using proxy = await start([port]);
  using client = await proxy.connect();
  assertEquals(await client.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals([line.flags, line.upstream], ["UF", `127.0.0.1:${port}`]);
  const [{ message, fields }] = proxy.log;
  assertEquals([message, fields.code], ["upstream failed", "connect_refused"]);
  assertEquals(proxy.stat("cluster.app.upstream_cx_connect_fail"), 1);
});

Deno.test("Without an endpoint the client's connection is closed: UH", async () => {
  await using proxy = await start([]);
  using client = await proxy.connect();
  assertEquals(await client.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals([line.flags, line.upstream], ["UH", "-"]);
});

Deno.test("A client that goes on speaking to an upstream that is gone loses its connection", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.bytes(1));
  await using proxy = await start([upstream.port]);
  using client = await proxy.connect();
  const speaking = (async () => {
    for (;;) await client.send("x");
  })();
  await assertRejects(() => speaking, Error);
  await proxy.quiet();
});

Deno.test("A connection that is torn on one side is ended on the other", async () => {
  for (const side of ["client", "upstream"]) {
    await using memory = await InMemory.start(tcp());
    const client = await memory.connect();
    const upstream = await memory.accept();
    const [torn, left] = side === "client" ? [client, upstream] : [upstream, client];
    await torn.send("x");
    assertEquals((await left.bytes(1)).length, 1);
    tear(torn);
    assertEquals(await left.drain(), "");
    await memory.proxy.quiet();
  }
});

Deno.test("Each connection takes the next endpoint", async () => {
  const say = (word: string) => new Upstream((wire) => wire.send(word));
  await using one = say("one");
  await using two = say("two");
  await using proxy = await start([one.port, two.port]);
  const said: string[] = [];
  for (let count = 0; count < 4; count++) {
    using client = await proxy.connect();
    said.push(await client.drain());
  }
  assertEquals(said, ["one", "two", "one", "two"]);
});

Deno.test("A listener whose access log is off writes none", async () => {
  await using proxy = await start([unusedPort()], { accessLog: false });
  using client = await proxy.connect();
  await client.drain();
  await proxy.quiet();
  await proxy.access(0);
});

Deno.test("An end that doesn't read holds the other one back", async () => {
  await using memory = await InMemory.start(tcp());
  const client = await memory.connect();
  const upstream = await memory.accept();
  for (const [from, to] of [[client, upstream], [upstream, client]]) {
    let written = 0;
    const writing = (async () => {
      while (written < SIZE) written += await from.conn.write(new Uint8Array(1 << 16));
    })();
    let before = -1;
    while (before !== written) {
      before = written;
      for (let turn = 0; turn < 20; turn++) await settle();
    }
    assert(before < 1024 * 1024, `${before} bytes were taken though nobody reads`);
    for (let read = 0; read < SIZE;) read += (await to.piece())!.length;
    await writing;
  }
});
