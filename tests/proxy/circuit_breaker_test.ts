import type { CircuitBreakersConfig, RouteConfig } from "../../src/config/model.ts";
import { assertEquals } from "../assert.ts";
import { cluster, http, listener, route, tcp, TestServer } from "../server/fixture.ts";
import { Upstream } from "../server/upstream.ts";
import { type Message, until, type Wire } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const OVERFLOW =
  "upstream connect error or disconnect/reset before headers. reset reason: overflow";
const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;

/** An upstream that answers when it is told to, and notes what it was asked. */
class Held implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #waiting = new Map<string, () => void>();
  readonly #upstream = Upstream.answering(async ({ line }) => {
    const path = line.split(" ")[1];
    this.asked.push(path);
    await new Promise<void>((resolve) => this.#waiting.set(path, resolve));
    return `HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`;
  });

  get port(): number {
    return this.#upstream.port;
  }

  /** Waits until it was asked for that many. */
  async has(count: number): Promise<void> {
    await until(() => this.asked.length >= count, `${count} requests have come`);
    assertEquals(this.asked.length, count);
  }

  /** Answers a request that has come. */
  answer(path: string): void {
    this.#waiting.get(path)!();
    this.#waiting.delete(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resolve of this.#waiting.values()) resolve();
    await this.#upstream[Symbol.asyncDispose]();
  }
}

/** A proxy with these limits before one upstream; HTTP on `web`, and bytes on `raw`. */
function start(
  port: number,
  breakers: Partial<CircuitBreakersConfig>,
  routes: RouteConfig[] = [route()],
): Promise<TestServer> {
  const circuitBreakers = {
    maxConnections: 10,
    maxPendingRequests: 10,
    maxRequests: 10,
    maxRetries: 1,
    ...breakers,
  };
  return TestServer.start({
    listeners: [listener(http({ routes })), listener(tcp(), { name: "raw" })],
    clusters: [cluster([port], { circuitBreakers })],
  });
}

/** Sends a request on a connection of its own. */
async function ask(proxy: TestServer, path: string): Promise<Wire> {
  const client = await proxy.connect();
  await client.send(get(path));
  return client;
}

/** Waits until so many requests wait for a connection. */
function pending(proxy: TestServer, count: number): Promise<void> {
  const name = "cluster.app.upstream_rq_pending_active";
  return until(() => proxy.stat(name) === count, `${count} requests wait`);
}

function assertOverflow({ status, text, header }: Message): void {
  assertEquals([status, text], [503, OVERFLOW]);
  assertEquals(header("x-envoy-overloaded"), "true");
  assertEquals(header("content-type"), "text/plain");
}

Deno.test("One request more than the cluster may have is 503 UO, and the next after one has ended is served", async () => {
  await using upstream = new Held();
  await using proxy = await start(upstream.port, { maxRequests: 2 });
  const open = "cluster.app.circuit_breakers.default.rq_open";
  using one = await ask(proxy, "/1");
  await upstream.has(1);
  assertEquals(proxy.stat(open), 0);
  using two = await ask(proxy, "/2");
  await upstream.has(2);
  assertEquals(proxy.stat(open), 1);
  using three = await ask(proxy, "/3");
  const refused = await three.response();
  assertOverflow(refused);
  assertEquals(refused.header("connection"), null);
  assertEquals(proxy.stat("cluster.app.upstream_rq_pending_overflow"), 1);
  assertEquals(proxy.stat("cluster.app.upstream_rq_503"), 1);
  assertEquals(proxy.log.map(({ fields }) => fields.code), ["overflow"]);
  upstream.answer("/1");
  assertEquals((await one.response()).text, "/1");
  await three.send(get("/3"));
  await upstream.has(3);
  for (const [path, client] of [["/2", two], ["/3", three]] as const) {
    upstream.answer(path);
    assertEquals((await client.response()).text, path);
  }
  const lines = await proxy.access(4);
  assertEquals(lines.map(({ status, flags }) => `${status} ${flags}`), [
    "503 UO",
    "200 -",
    "200 -",
    "200 -",
  ]);
  assertEquals(proxy.stat(open), 0);
  assertEquals(proxy.stat("http.web.response_flag.UO"), 1);
});

Deno.test("Requests wait for a connection and are served in the order they came", async () => {
  await using upstream = new Held();
  await using proxy = await start(upstream.port, { maxConnections: 1 });
  const clients: Wire[] = [];
  try {
    for (let count = 0; count < 4; count++) {
      clients.push(await ask(proxy, `/${count}`));
      if (count === 0) await upstream.has(1);
      else await pending(proxy, count);
    }
    assertEquals(proxy.stat("cluster.app.circuit_breakers.default.cx_open"), 1);
    for (let count = 0; count < 4; count++) {
      await upstream.has(count + 1);
      upstream.answer(`/${count}`);
      assertEquals((await clients[count].response()).text, `/${count}`);
    }
    assertEquals(upstream.asked, ["/0", "/1", "/2", "/3"]);
    assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 1);
    assertEquals(proxy.stat("cluster.app.upstream_cx_overflow"), 3);
    assertEquals(proxy.stat("cluster.app.upstream_rq_pending_total"), 4);
    await proxy.access(4);
  } finally {
    for (const client of clients) client.close();
  }
});

Deno.test("Who waits behind an upstream that closes each connection gets one of its own", async () => {
  let count = 0;
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\n${count++}`);
  });
  await using proxy = await start(upstream.port, { maxConnections: 1 });
  const clients = await Promise.all(Array.from({ length: 5 }, (_, at) => ask(proxy, `/${at}`)));
  const got = await Promise.all(clients.map(async (client) => (await client.response()).text));
  assertEquals(got.sort(), ["0", "1", "2", "3", "4"]);
  for (const client of clients) client.close();
  await proxy.access(5);
});

Deno.test("One request more than may wait is 503 UO", async () => {
  await using upstream = new Held();
  await using proxy = await start(upstream.port, { maxConnections: 1, maxPendingRequests: 1 });
  using one = await ask(proxy, "/1");
  await upstream.has(1);
  using two = await ask(proxy, "/2");
  await pending(proxy, 1);
  assertEquals(proxy.stat("cluster.app.circuit_breakers.default.rq_pending_open"), 1);
  using three = await ask(proxy, "/3");
  assertOverflow(await three.response());
  assertEquals(proxy.stat("cluster.app.upstream_rq_pending_overflow"), 1);
  upstream.answer("/1");
  assertEquals((await one.response()).status, 200);
  await upstream.has(2);
  upstream.answer("/2");
  assertEquals((await two.response()).status, 200);
  const flags = (await proxy.access(3)).map(({ flags }) => flags);
  assertEquals(flags, ["UO", "-", "-"]);
});

Deno.test("A request whose client leaves gives up its place", async () => {
  await using upstream = new Held();
  await using proxy = await start(upstream.port, { maxConnections: 1, maxPendingRequests: 1 });
  using one = await ask(proxy, "/1");
  await upstream.has(1);
  const gone = await ask(proxy, "/gone");
  await pending(proxy, 1);
  gone.close();
  await pending(proxy, 0);
  using next = await ask(proxy, "/next");
  await pending(proxy, 1);
  upstream.answer("/1");
  await one.response();
  await upstream.has(2);
  upstream.answer("/next");
  assertEquals((await next.response()).text, "/next");
  assertEquals(upstream.asked, ["/1", "/next"]);
  const flags = (await proxy.access(3)).map(({ status, flags }) => `${status} ${flags}`);
  assertEquals(flags, ["0 DC", "200 -", "200 -"]);
});

Deno.test("A request that waits longer than the route's timeout is 504 UT, and gives up its place", async () => {
  await using upstream = new Held();
  const hurried = route({
    match: { path: { kind: "prefix", value: "/hurried" }, headers: [] },
    timeoutMs: 100,
  });
  await using proxy = await start(upstream.port, { maxConnections: 1, maxPendingRequests: 1 }, [
    hurried,
    route({ timeoutMs: 0 }),
  ]);
  using one = await ask(proxy, "/1");
  await upstream.has(1);
  for (let count = 0; count < 2; count++) {
    using late = await ask(proxy, "/hurried");
    const { status, text } = await late.response();
    assertEquals([status, text], [504, "upstream request timeout"]);
  }
  upstream.answer("/1");
  assertEquals((await one.response()).status, 200);
  assertEquals(upstream.asked, ["/1"]);
  const lines = await proxy.access(3);
  assertEquals(lines.map(({ flags }) => flags), ["UT", "UT", "-"]);
  assertEquals(proxy.stat("cluster.app.upstream_rq_timeout"), 2);
  assertEquals(proxy.log.map(({ fields }) => fields.code), ["pending_timeout", "pending_timeout"]);
});

Deno.test("A request that waits while another stream idles for ever is ended by its own idle timeout", async () => {
  await using upstream = new Held();
  const timeouts = { ...http().timeouts, streamIdleMs: 300 };
  await using proxy = await TestServer.start({
    listeners: [
      listener(http({ routes: [route({ timeoutMs: 0 })] })),
      listener(http({ routes: [route({ timeoutMs: 0 })], timeouts }), { name: "idle" }),
    ],
    clusters: [cluster([upstream.port], {
      circuitBreakers: {
        maxConnections: 1,
        maxPendingRequests: 1,
        maxRequests: 9,
        maxRetries: 1,
      },
    })],
  });
  using one = await ask(proxy, "/1");
  await upstream.has(1);
  using two = await proxy.connect("idle");
  await two.send(get("/2"));
  const { status, text } = await two.response();
  assertEquals([status, text], [504, "stream timeout"]);
  await pending(proxy, 0);
  upstream.answer("/1");
  await one.response();
  assertEquals(upstream.asked, ["/1"]);
});

Deno.test("A breaker of nothing lets nothing through, but for the one connection that an endpoint needs", async () => {
  await using upstream = Upstream.answering(() => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  for (
    const [breakers, expected] of [
      [{ maxRequests: 0 }, 503],
      [{ maxPendingRequests: 0 }, 503],
      [{ maxConnections: 0 }, 200],
    ] as const
  ) {
    await using proxy = await start(upstream.port, breakers);
    using client = await ask(proxy, "/");
    assertEquals((await client.response()).status, expected, JSON.stringify(breakers));
  }
});

Deno.test("A TCP connection over the limit is closed: UO", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.send("hello");
    await wire.drain();
  });
  await using proxy = await start(upstream.port, { maxConnections: 1 });
  using one = await proxy.connect("raw");
  await one.bytes(5);
  using two = await proxy.connect("raw");
  assertEquals(await two.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals(line.flags, "UO");
  assertEquals(proxy.stat("cluster.app.upstream_cx_overflow"), 1);
  await one.end();
  await one.rest();
  await proxy.access(2);
  using three = await proxy.connect("raw");
  await three.bytes(5);
});
