import { assert, assertEquals, assertMatch } from "../assert.ts";
import { cluster, http, listener, TestServer } from "../server/fixture.ts";
import { testTls } from "../server/tls.ts";
import { connectTls } from "../server/tls_wire.ts";
import { Upstream } from "../server/upstream.ts";
import type { Wire } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";
import { ScriptedFilter } from "./scripted_filter.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
/** Longer than any test takes: what ends within it has not waited for it. */
const LONG_MS = 600_000;

const { downstream, ca } = await testTls();

/** A listener, and how a client connects to it. */
const WAYS: readonly {
  readonly way: string;
  readonly tls: typeof downstream | null;
  readonly connect: (proxy: TestServer) => Promise<Wire>;
}[] = [
  { way: "plain", tls: null, connect: (proxy) => proxy.connect() },
  {
    way: "over TLS",
    tls: downstream,
    connect: (proxy) => connectTls(proxy.port(), { ca, client: null }),
  },
];

for (const { way, tls, connect } of WAYS) {
  const start = (upstream: Upstream) =>
    TestServer.start({
      listeners: [listener(http(), { tls })],
      clusters: [cluster([upstream.port])],
    });

  Deno.test(`A request that was sent before a drain is answered, whatever has been read of it: ${way}`, async () => {
    await using upstream = Upstream.answering(() => OK);
    await using proxy = await start(upstream);
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(proxy)));
    const answered = async (client: Wire) => {
      const response = await client.response();
      return `${response.status} ${response.header("connection")}`;
    };
    await Promise.all(clients.map((client) => client.send(GET)));
    for (const client of clients) assertEquals(await answered(client), "200 null");
    await Promise.all(clients.map((client) => client.send(GET)));
    const stopped = proxy.server.stop(LONG_MS);
    for (const client of clients) {
      assertEquals(await answered(client), "200 close");
      assertEquals((await client.rest()).length, 0, "an end, not a reset");
      client.close();
    }
    await stopped;
  });

  Deno.test(`Clients that never rest lose no request to a drain: ${way}`, async () => {
    await using upstream = Upstream.answering(() => OK);
    await using proxy = await start(upstream);
    const begun = Promise.withResolvers<void>();
    let answers = 0;
    /** Asks until it is told that the connection ends; true when that came with an answer. */
    const ask = async (): Promise<boolean> => {
      using client = await connect(proxy);
      for (;;) {
        await client.send(GET);
        const response = await client.response();
        assertEquals(response.text, "hi");
        if (++answers === 100) begun.resolve();
        if (response.header("connection") !== "close") continue;
        assertEquals((await client.rest()).length, 0, "an end, not a reset");
        return true;
      }
    };
    const running = Array.from({ length: 8 }, ask);
    await begun.promise;
    await proxy.server.stop(LONG_MS);
    assertEquals(await Promise.all(running), running.map(() => true));
  });

  Deno.test(`A drain ends an idle connection without a reset: ${way}`, async () => {
    await using upstream = Upstream.answering(() => OK);
    await using proxy = await start(upstream);
    using client = await connect(proxy);
    await client.send(GET);
    await client.response();
    const stopped = proxy.server.stop(LONG_MS);
    assertEquals((await client.rest()).length, 0);
    client.close();
    await stopped;
  });
}

Deno.test("A session that is drained before it runs answers one request as its last", async () => {
  await using scripted = await ScriptedFilter.start(undefined, {}, (session) => session.drain());
  const { client } = scripted;
  client.feed(GET + GET);
  await settle();
  scripted.upstream.feed(OK);
  client.feedEnd();
  await settle();
  assertEquals(client.written.match(/^HTTP/gm)?.length, 1);
  assertMatch(client.written, /^connection: close\r$/m);
  assert(client.closed);
});

Deno.test("A filter that discourages its clients makes each answer the connection's last", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client, filter } = scripted;
  client.feed(GET);
  await settle();
  scripted.upstream.feed(OK);
  await settle();
  filter.discourages = true;
  await scripted.pass(5_000);
  assertEquals([client.writeEnded, client.closed], [false, false], "it may idle on");
  client.feed(GET);
  await settle();
  scripted.upstream.feed(OK);
  await settle();
  assertEquals(client.written.match(/^connection: close\r$/gm)?.length, 1);
  assert(client.writeEnded);
});

Deno.test("A filter that has ceased to discourage its clients keeps their connections again", async () => {
  await using scripted = await ScriptedFilter.start(http({ routes: [] }));
  const { client, filter } = scripted;
  filter.discourages = true;
  await settle();
  filter.discourages = false;
  client.feed(GET);
  await settle();
  assertMatch(client.written, /^HTTP\/1\.1 404 /);
  assertEquals(client.writeEnded, false);
  filter.discourages = true;
  client.feed(GET);
  await settle();
  assertMatch(client.written, /^connection: close\r$/m);
  assert(client.writeEnded, "so it is with an answer of our own");
});
