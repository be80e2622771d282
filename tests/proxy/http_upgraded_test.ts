import type { HttpFilterConfig } from "../../src/config/model.ts";
import { assert, assertEquals } from "../assert.ts";
import { cluster, listener, TestServer, TIMEOUTS } from "../server/fixture.ts";
import { InMemory, tear } from "../server/in_memory.ts";
import { testTls } from "../server/tls.ts";
import { Upstream } from "../server/upstream.ts";
import { latin1, Wire } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";
import { ASK, SWITCH, upgradable, upgradableListeners } from "./upgrades.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const SIZE = 20 * 1024 * 1024;

/** An upstream that agrees to every upgrade, and then does what a test says. */
function switching(script: (wire: Wire) => Promise<void>): Upstream {
  return new Upstream(async (wire) => {
    if (await wire.request() === null) return;
    await wire.send(SWITCH);
    await script(wire);
  });
}

function start(
  upstream: Upstream,
  options: Partial<HttpFilterConfig> = {},
): Promise<TestServer> {
  return TestServer.start({
    listeners: upgradableListeners(options),
    clusters: [cluster([upstream.port])],
  });
}

/** A client whose upgrade has been agreed to. */
async function upgraded(proxy: TestServer): Promise<Wire> {
  const client = await proxy.connect();
  await client.send(ASK);
  assertEquals((await client.response()).status, 101);
  return client;
}

/** Both ends of an upgrade in memory. */
async function upgradedInMemory(memory: InMemory): Promise<{ client: Wire; upstream: Wire }> {
  const client = await memory.connect();
  await client.send(ASK);
  const upstream = await memory.accept();
  await upstream.request();
  await upstream.send(SWITCH);
  assertEquals((await client.response()).status, 101);
  return { client, upstream };
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

Deno.test("Behind a 101 bytes go both ways as they are, and are counted", async () => {
  await using upstream = switching(async (wire) => {
    assertEquals(latin1(await wire.bytes(6)), "\x81\x84\r\n\r\n");
    await wire.send("GET / HTTP/1.1\r\n\r\n");
    assertEquals(latin1(await wire.bytes(3)), "bye");
  });
  await using proxy = await start(upstream);
  using client = await upgraded(proxy);
  assertEquals(proxy.stat("http.web.downstream_cx_upgrades_active"), 1);
  await client.send(Uint8Array.of(0x81, 0x84, 13, 10, 13, 10));
  assertEquals(latin1(await client.bytes(18)), "GET / HTTP/1.1\r\n\r\n");
  await client.send("bye");
  await client.end();
  assertEquals((await client.rest()).length, 0);
  const [line] = await proxy.access(1);
  assertEquals(line, {
    request: "GET /chat HTTP/1.1",
    status: 101,
    flags: "-",
    received: 9,
    sent: 18,
    upstream: `127.0.0.1:${upstream.port}`,
  });
  await proxy.quiet();
  for (
    const [name, value] of [
      ["http.web.downstream_cx_upgrades_total", 1],
      ["http.web.downstream_cx_upgrades_active", 0],
      ["http.web.downstream_rq_1xx", 1],
      ["cluster.app.upstream_rq_101", 1],
      ["http.web.downstream_cx_rx_bytes_total", ASK.length + 9],
      ["cluster.app.upstream_cx_rx_bytes_total", SWITCH.length + 18],
    ] as const
  ) {
    assertEquals(proxy.stat(name), value, name);
  }
  assertEquals(proxy.log, []);
});

Deno.test("Bytes that come in one piece with the 101 reach the client", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send(`${SWITCH}welcome`);
    await wire.drain();
  });
  await using proxy = await start(upstream);
  using client = await upgraded(proxy);
  assertEquals(latin1(await client.bytes(7)), "welcome");
  client.close();
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.sent], [101, 7]);
});

Deno.test("20 MB go each way at once behind a 101, unchanged", async () => {
  const up = noise(1), down = noise(2);
  const heard = Promise.withResolvers<Uint8Array>();
  await using upstream = switching(async (wire) => {
    const [all] = await Promise.all([wire.rest(), wire.send(down).then(() => wire.end())]);
    heard.resolve(all);
  });
  await using proxy = await start(upstream);
  using client = await upgraded(proxy);
  const [got] = await Promise.all([client.rest(), client.send(up).then(() => client.end())]);
  const all = await heard.promise;
  assert(got.length === SIZE && got.every((byte, at) => byte === down[at]), "down");
  assert(all.length === SIZE && all.every((byte, at) => byte === up[at]), "up");
  const [line] = await proxy.access(1);
  assertEquals([line.received, line.sent, line.flags], [SIZE, SIZE, "-"]);
});

Deno.test("Behind a 101 an end that doesn't read holds the other one back", async () => {
  await using memory = await InMemory.start(upgradable());
  const { client, upstream } = await upgradedInMemory(memory);
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

Deno.test("Behind a 101 each direction ends on its own", async () => {
  await using memory = await InMemory.start(upgradable());
  for (const side of ["client", "upstream"]) {
    const { client, upstream } = await upgradedInMemory(memory);
    const [first, second] = side === "client" ? [client, upstream] : [upstream, client];
    await first.send("last words");
    await first.end();
    assertEquals(latin1(await second.rest()), "last words");
    await second.send("answer");
    await second.end();
    assertEquals(latin1(await first.rest()), "answer");
    await memory.proxy.quiet();
  }
  const lines = await memory.proxy.access(2);
  assertEquals(lines.map(({ flags }) => flags), ["-", "-"]);
});

Deno.test("A side that is torn ends the other: DC for the client, UC for the upstream", async () => {
  for (const [side, flag] of [["client", "DC"], ["upstream", "UC"]]) {
    await using memory = await InMemory.start(upgradable());
    const { client, upstream } = await upgradedInMemory(memory);
    const [torn, left] = side === "client" ? [client, upstream] : [upstream, client];
    await torn.send("x");
    assertEquals(latin1(await left.bytes(1)), "x");
    tear(torn);
    assertEquals(await left.drain(), "");
    const [line] = await memory.proxy.access(1);
    assertEquals([line.status, line.flags], [101, flag]);
    await memory.proxy.quiet();
    const [said] = memory.proxy.log;
    if (side === "client") assertEquals(said, undefined);
    else assertEquals([said.message, said.fields.code], ["upstream failed", "upstream_reset"]);
  }
});

Deno.test("An upgrade on which nothing is said is ended by the stream's idle timeout: SI", async () => {
  await using upstream = switching(async (wire) => void await wire.drain());
  await using proxy = await start(upstream, { timeouts: { ...TIMEOUTS, streamIdleMs: 100 } });
  using client = await upgraded(proxy);
  await client.send("x");
  assertEquals(await client.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags, line.received], [101, "SI", 1]);
  assertEquals(proxy.stat("http.web.downstream_rq_idle_timeout"), 1);
});

Deno.test("Neither the route's timeout nor the connection's idle time ends an upgrade", async () => {
  await using upstream = switching(async (wire) => {
    await wire.bytes(1);
    await wire.send("y");
    await wire.drain();
  });
  await using proxy = await TestServer.start({
    listeners: upgradableListeners({
      timeouts: { headMs: 50, requestMs: 50, idleMs: 50, streamIdleMs: 10_000 },
    }, { timeoutMs: 50, timeoutCovers: "response" }),
    clusters: [cluster([upstream.port])],
  });
  using client = await upgraded(proxy);
  // Longer than any of them, with the two ticks that a deadline may be late.
  await new Promise((resolve) => setTimeout(resolve, 400));
  await client.send("x");
  assertEquals(latin1(await client.bytes(1)), "y");
});

Deno.test("A server that drains lets an upgrade go on, and one that has waited enough ends it", async () => {
  await using upstream = switching(async (wire) => {
    await wire.send(await wire.bytes(1));
    await wire.drain();
  });
  await using proxy = await start(upstream);
  using client = await upgraded(proxy);
  const stopping = proxy.server.stop(300);
  await client.send("x");
  assertEquals(latin1(await client.bytes(1)), "x");
  await stopping;
  assertEquals(await client.drain(), "");
  await proxy.access(1);
  await proxy.quiet();
});

Deno.test("A server that drains is done when its last upgrade has ended", async () => {
  await using upstream = switching(async (wire) => void await wire.rest());
  await using proxy = await start(upstream);
  using client = await upgraded(proxy);
  const stopping = proxy.server.stop(10_000);
  await client.end();
  assertEquals((await client.rest()).length, 0);
  const began = performance.now();
  await stopping;
  assert(performance.now() - began < 5_000, "it waited for more");
});

Deno.test("An upgrade counts as one of the cluster's requests until it ends", async () => {
  await using upstream = switching(async (wire) => void await wire.rest());
  await using proxy = await TestServer.start({
    listeners: upgradableListeners(),
    clusters: [cluster([upstream.port], {
      circuitBreakers: {
        maxConnections: 10,
        maxPendingRequests: 10,
        maxRequests: 1,
        maxRetries: 1,
      },
    })],
  });
  using client = await upgraded(proxy);
  using other = await proxy.connect();
  await other.send(ASK);
  assertEquals((await other.response()).status, 503);
  await client.end();
  await client.rest();
  await proxy.access(2);
  await other.send(ASK);
  assertEquals((await other.response()).status, 101);
  other.close();
});

Deno.test("Upgrades work over TLS on both sides, each direction ending on its own", async () => {
  const tls = await testTls();
  const [{ chain, key }] = tls.downstream.certificates;
  const accepting = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: chain.pem,
    key: key.pem,
  });
  const up = noise(3);
  const serving = (async () => {
    using wire = new Wire(await accepting.accept());
    accepting.close();
    const request = await wire.request();
    assertEquals(request!.header("x-forwarded-proto"), "https");
    await wire.send(`${SWITCH}welcome`);
    const all = await wire.rest();
    assert(all.length === SIZE && all.every((byte, at) => byte === up[at]), "up");
    await wire.send("goodbye");
    await wire.end();
  })();
  await using proxy = await TestServer.start({
    listeners: [listener(upgradable(), { tls: tls.downstream })],
    clusters: [cluster([(accepting.addr as Deno.NetAddr).port], {
      tls: {
        serverName: "localhost",
        verifyName: null,
        certificate: null,
        sans: [],
        ciphers: [],
        verify: "full",
        ca: { path: null, pem: tls.ca },
        alpn: [],
        minVersion: null,
        maxVersion: null,
      },
    })],
  });
  using client = new Wire(
    await Deno.connectTls({ hostname: "localhost", port: proxy.port(), caCerts: [tls.ca] }),
  );
  await client.send(ASK);
  assertEquals((await client.response()).status, 101);
  assertEquals(latin1(await client.bytes(7)), "welcome");
  await client.send(up);
  await client.end();
  assertEquals(latin1(await client.rest()), "goodbye");
  await serving;
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags, line.received, line.sent], [101, "-", SIZE, 14]);
});
