import type { HttpLimitsConfig, HttpTimeoutsConfig } from "../../src/config/model.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { cluster, http, listener, route, TestServer, TIMEOUTS } from "../server/fixture.ts";
import { Upstream } from "../server/upstream.ts";
import { settle } from "../session/scripted_conn.ts";
import { ScriptedFilter } from "./scripted_filter.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const IDLE_MS = TIMEOUTS.streamIdleMs;
/** A deadline fires up to two ticks of the wheel late. */
const LATE_MS = 200;
/** What every body gets, however slow. */
const GRACE_MS = 20_000;
/** Bytes a second. */
const RATE = 500;

const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const post = (size: number) => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`;

/** A filter on a clock of its own, whose route has no timeout. */
function start(
  timeouts: Partial<HttpTimeoutsConfig> = {},
  limits: Partial<HttpLimitsConfig> = {},
): Promise<ScriptedFilter> {
  const plain = http({ routes: [route({ timeoutMs: 0 })] });
  return ScriptedFilter.start({
    ...plain,
    timeouts: { ...TIMEOUTS, ...timeouts },
    limits: { ...plain.limits, ...limits },
  });
}

/** One of the filter's numbers. */
function stat({ stats }: ScriptedFilter, leaf: string): number {
  return stats.readings().find(({ name }) => name === `http.web.${leaf}`)!.value;
}

Deno.test("A stream that idles before the request's end is answered 408, and the connection ends", async () => {
  await using scripted = await start();
  const { client } = scripted;
  client.feed(`${post(10)}hello`);
  await settle();
  await scripted.pass(IDLE_MS - LATE_MS);
  assertEquals(client.written, "");
  await scripted.pass(2 * LATE_MS);
  assertMatch(client.written, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assertMatch(client.written, "\r\nconnection: close\r\n");
  assertMatch(client.written, /\r\n\r\nstream timeout$/);
  assert(scripted.upstream.closed, "half a request must not look like a whole one");
  client.feedEnd();
  assertEquals(await scripted.outcome(), "408 SI");
  assertEquals(stat(scripted, "downstream_rq_idle_timeout"), 1);
});

Deno.test("A stream that idles behind the request's end is answered 504, and the connection goes on", async () => {
  await using scripted = await start();
  const { client } = scripted;
  client.feed(GET);
  await settle();
  await scripted.pass(IDLE_MS + LATE_MS);
  assertMatch(client.written, /^HTTP\/1\.1 504 Gateway Timeout\r\n/);
  assertMatch(client.written, /\r\n\r\nstream timeout$/);
  assert(!client.written.includes("connection: close"), client.written);
  assertEquals([client.closed, scripted.upstream.closed], [false, true]);

  // What came of the first says nothing about the second.
  client.feed(GET);
  await settle();
  const [, second] = scripted.network.conns;
  second.feedEnd();
  await settle();
  assertMatch(client.written, /HTTP\/1\.1 503 .*reset reason: connection termination$/s);
  client.feed(GET);
  await settle();
  await scripted.pass(IDLE_MS + LATE_MS);
  assertEquals(client.written.match(/HTTP\/1\.1 504 /g)?.length, 2);
});

Deno.test("A stream that idles in the middle of a response is cut: SI", async () => {
  await using scripted = await start();
  const { client } = scripted;
  client.feed(GET);
  await settle();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
  await settle();
  await scripted.pass(IDLE_MS + LATE_MS);
  assertMatch(client.written, /\r\n\r\nhello$/);
  assert(client.closed);
  assertEquals(await scripted.outcome(), "200 SI");
});

Deno.test("A client that has stopped reading has the whole idle time, whenever the answer came", async () => {
  await using scripted = await start();
  const { client } = scripted;
  client.feed(GET);
  await settle();
  await scripted.pass(IDLE_MS - 1_000);
  client.stall();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
  scripted.upstream.feed(new Uint8Array(500_000));
  await settle();
  await scripted.pass(IDLE_MS - LATE_MS);
  assertEquals(client.closed, false);
  await scripted.pass(2 * LATE_MS);
  assert(client.closed);
  assertEquals(await scripted.outcome(), "200 SI");
});

Deno.test("A request that isn't whole in its time is answered 408, however its bytes drip", async () => {
  await using scripted = await start({ requestMs: 1_000 });
  const { client } = scripted;
  client.feed(post(100));
  await settle();
  for (let count = 0; count < 9; count++) {
    await scripted.pass(100);
    client.feed("x");
    await settle();
  }
  assertEquals(client.written, "");
  await scripted.pass(100 + LATE_MS);
  assertMatch(client.written, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assertMatch(client.written, "\r\nconnection: close\r\n");
  assertMatch(client.written, /\r\n\r\nrequest timeout$/);
  assert(scripted.upstream.closed);
  client.feedEnd();
  assertEquals(await scripted.outcome(), "408 -");
  assertEquals(stat(scripted, "downstream_rq_timeout"), 1);
});

Deno.test("The request's own time is over at its end: the answer may take longer", async () => {
  for (const pieces of [["hello"], ["hel", "lo"], ["", "h", "e", "llo"]]) {
    await using scripted = await start({ requestMs: 1_000 }, { minBodyRate: RATE });
    const { client } = scripted;
    client.feed(`${post(5)}${pieces[0]}`);
    await settle();
    for (const piece of pieces.slice(1)) {
      client.feed(piece);
      await settle();
    }
    await scripted.pass(GRACE_MS * 2);
    assertEquals(client.written, "", pieces.join("|"));
    scripted.upstream.feed(OK);
    await settle();
    assertMatch(client.written, /^HTTP\/1\.1 200 OK\r\n/);
  }
});

Deno.test("A body that comes too slowly is answered 408", async () => {
  await using scripted = await start({}, { minBodyRate: RATE });
  const { client } = scripted;
  client.feed(post(1_000_000));
  await settle();
  // A byte a second: 20 s and what the bytes have earned, 2 ms each.
  for (let count = 0; count < 19; count++) {
    await scripted.pass(1_000);
    client.feed("x");
    await settle();
  }
  assertEquals(client.written, "");
  await scripted.pass(1_000 + 100 + LATE_MS);
  assertMatch(client.written, /^HTTP\/1\.1 408 .*\r\n\r\nrequest timeout$/s);
  client.feedEnd();
  assertEquals(await scripted.outcome(), "408 -");
});

Deno.test("A body that comes just fast enough may take any time", async () => {
  await using scripted = await start({}, { minBodyRate: RATE });
  const { client } = scripted;
  const seconds = 120;
  client.feed(post(seconds * RATE));
  await settle();
  for (let second = 0; second < seconds; second++) {
    await scripted.pass(1_000);
    client.feed(new Uint8Array(RATE));
    await settle();
  }
  assertEquals(client.written, "");
  scripted.upstream.feed(OK);
  await settle();
  assertMatch(client.written, /^HTTP\/1\.1 200 OK\r\n/);
});

Deno.test("Time in which the upstream holds a body back isn't the client's", async () => {
  for (
    const [bytes, head, piece] of [
      [100_000, post(200_000), new Uint8Array(100_000)],
      [100, post(200), new Uint8Array(100)],
      [
        100_000,
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
        new TextEncoder().encode(`186a0\r\n${"x".repeat(100_000)}\r\n`),
      ],
    ] as const
  ) {
    await using scripted = await start({}, { minBodyRate: RATE });
    const { client } = scripted;
    client.feed(head);
    await settle();
    scripted.upstream.stall();
    client.feed(piece);
    await settle();
    await scripted.pass(GRACE_MS * 3);
    assertEquals([client.written, client.closed], ["", false]);
    scripted.upstream.resume();
    await settle();
    // The client's own time hasn't begun to run out.
    await scripted.pass(GRACE_MS - LATE_MS);
    assertEquals(client.written, "");
    await scripted.pass(bytes * 1000 / RATE + 2 * LATE_MS);
    assertMatch(client.written, /^HTTP\/1\.1 408 /);
    client.feedEnd();
  }
});

Deno.test("An answer that streams doesn't give a slow body more time", async () => {
  await using scripted = await start({}, { minBodyRate: RATE });
  const { client } = scripted;
  client.feed(`${post(1_000_000)}x`);
  await settle();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  for (let second = 0; second < 21 && !client.closed; second++) {
    await scripted.pass(1_000);
    if (!scripted.upstream.closed) scripted.upstream.feed("1\r\nx\r\n");
    await settle();
  }
  assert(client.closed, "neither side was let go of");
});

Deno.test("A request that is sent once more has no more time for it", async () => {
  await using scripted = await ScriptedFilter.start(
    http({ routes: [route({ timeoutMs: 15_000 })] }),
  );
  const { client, network } = scripted;
  client.feed(GET);
  await settle();
  scripted.upstream.feed(OK);
  await settle();
  client.feed(GET);
  await settle();
  await scripted.pass(10_000);
  scripted.upstream.feedEnd();
  await settle();
  assertEquals(network.conns.length, 2);
  assertMatch(network.conns[1].written, /^GET /);
  await scripted.pass(5_000 - LATE_MS);
  assertEquals(client.written.match(/HTTP/g)!.length, 1);
  await scripted.pass(2 * LATE_MS);
  assertMatch(client.written, /HTTP\/1\.1 504 .*upstream request timeout$/s);
});

Deno.test("A connection over real sockets is answered 504 or 408 when its stream idles", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.drain());
  await using proxy = await TestServer.start({
    listeners: [listener(http({ timeouts: { ...TIMEOUTS, streamIdleMs: 100 } }))],
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  await client.send(GET);
  assertEquals((await client.response()).status, 504);
  await client.send(`${post(10)}hello`);
  const { status, text, header } = await client.response();
  assertEquals([status, text, header("connection")], [408, "stream timeout", "close"]);
  assertEquals((await client.rest()).length, 0, "an end, not a reset");
  client.close();
  const lines = await proxy.access(2);
  assertEquals(lines.map(({ status, flags }) => `${status} ${flags}`), ["504 SI", "408 SI"]);
});

Deno.test("A client that stops reading is cut off when its stream idles", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n");
    for (;;) await wire.send(new Uint8Array(1 << 16));
  });
  await using proxy = await TestServer.start({
    listeners: [listener(http({ timeouts: { ...TIMEOUTS, streamIdleMs: 200 } }))],
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  await client.send(GET);
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [200, "SI"]);
  await proxy.quiet();
});
