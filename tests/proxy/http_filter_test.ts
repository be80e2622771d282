import { AccessLog, createStats } from "../../src/observe/mod.ts";
import { HttpFilter } from "../../src/proxy/mod.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { http } from "../server/fixture.ts";
import { from, ScriptedConn, settle } from "../session/scripted_conn.ts";
import { FakeNetwork } from "../upstream/fake_network.ts";
import { ScriptedFilter } from "./scripted_filter.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const STREAM_IDLE_MS = 300_000;
const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";

Deno.test("An upload that stalls for five minutes is given up: SI", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client } = scripted;
  client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  client.feed("w");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  assertEquals([client.closed, scripted.upstream.closed], [false, false]);
  await scripted.pass(2_000);
  assertEquals([client.closed, scripted.upstream.closed], [true, true]);
  assertEquals(await scripted.outcome(), "0 SI");
  const stalled = scripted.stats.readings().find(({ name }) => name.endsWith("rq_idle_timeout"));
  assertEquals(stalled?.value, 1);
});

Deno.test("A request whose body never comes is given up as well: SI", async () => {
  await using scripted = await ScriptedFilter.start();
  scripted.client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n");
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals(await scripted.outcome(), "0 SI");
});

Deno.test("An upstream that is silent for five minutes is given up where no timeout is set: SI", async () => {
  await using scripted = await ScriptedFilter.start();
  scripted.client.feed(GET);
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals(await scripted.outcome(), "0 SI");
});

Deno.test("A download that stalls for five minutes is given up: SI", async () => {
  await using scripted = await ScriptedFilter.start();
  scripted.client.feed(GET);
  await settle();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  scripted.upstream.feed("w");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  assertEquals(scripted.client.closed, false);
  await scripted.pass(2_000);
  assertEquals(await scripted.outcome(), "200 SI");
});

Deno.test("A client that stops reading for five minutes is given up: SI", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client } = scripted;
  client.feed(GET);
  await settle();
  client.stall();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
  scripted.upstream.feed(new Uint8Array(500_000));
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals(await scripted.outcome(), "200 SI");
});

Deno.test("An upstream that stops reading for five minutes is given up: SI", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client } = scripted;
  client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n");
  await settle();
  scripted.upstream.stall();
  client.feed(new Uint8Array(500_000));
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals([client.closed, scripted.upstream.closed], [true, true]);
  assertEquals(await scripted.outcome(), "0 SI");
});

Deno.test("A head and a small body leave in one write, each way", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client } = scripted;
  client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello");
  await settle();
  assertEquals(scripted.upstream.writes.length, 1);
  assertMatch(scripted.upstream.written, /\r\n\r\nhello$/);
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nworld");
  await settle();
  assertEquals(client.writes.length, 1);
  assertMatch(client.written, /\r\n\r\nworld$/);
});

Deno.test("A mistake of our own is not taken for the client's or the upstream's", async () => {
  const log = { info: () => {}, warning: () => {}, error: () => {} };
  using wheel = new TimerWheel();
  const stats = createStats();
  const filter = new HttpFilter(http(), {
    wheel,
    stats,
    log,
    accessLog: new AccessLog(() => Promise.resolve(), { log }),
    clusters: new Map(), // the cluster that the route names is missing
    form: "native",
    network: new FakeNetwork(),
  });
  const client = new ScriptedConn();
  client.feed(GET);
  let thrown: unknown = null;
  await filter.open(client, from(client)).run().catch((error) => thrown = error);
  assert(thrown instanceof TypeError);
  assert(client.closed);
  await settle();
});
