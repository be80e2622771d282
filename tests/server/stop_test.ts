import { assertEquals, assertMatch } from "../assert.ts";
import { settle } from "../session/scripted_conn.ts";
import { InMemory } from "./in_memory.ts";
import { cluster, http, listener, route, tcp, TestServer } from "./fixture.ts";
import { Upstream } from "./upstream.ts";
import { connect, isReset, until } from "./wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
/** Longer than any test takes: what ends within it has not waited for it. */
const LONG_MS = 600_000;

/** An upstream that holds its answers back until the test asks for them. */
class Holding implements AsyncDisposable {
  /** How many requests have come. */
  asked = 0;
  readonly #answer = Promise.withResolvers<void>();
  readonly #upstream = Upstream.answering(async () => {
    this.asked++;
    await this.#answer.promise;
    return OK;
  });

  get port(): number {
    return this.#upstream.port;
  }

  answer(): void {
    this.#answer.resolve();
  }

  /** Waits until so many requests are here. */
  async has(count: number): Promise<void> {
    await until(() => this.asked >= count, `${count} requests have come`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.answer();
    await this.#upstream[Symbol.asyncDispose]();
  }
}

Deno.test("A stop closes idle connections in a moment, on both sides", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using fresh = await proxy.connect();
  using used = await proxy.connect();
  await used.send(GET);
  await used.response();
  await until(() => proxy.stat("http.web.downstream_cx_active") === 2, "both are served");
  await proxy.server.stop(LONG_MS);
  assertEquals([await fresh.drain(), await used.drain()], ["", ""]);
  await proxy.quiet();
  assertEquals(proxy.log, []);
});

Deno.test("A stop lets a running request finish, told that its connection closes", async () => {
  await using upstream = new Holding();
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await upstream.has(1);
  const stopped = proxy.server.stop(LONG_MS);
  assertEquals(proxy.server.state, "DRAINING");
  upstream.answer();
  const response = await client.response();
  assertEquals([response.text, response.header("connection")], ["hi", "close"]);
  assertEquals((await client.rest()).length, 0);
  client.close();
  await stopped;
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [200, "-"]);
});

Deno.test("A stop takes no pipelined request beyond the running one", async () => {
  await using upstream = new Holding();
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET.repeat(3));
  await upstream.has(1);
  const stopped = proxy.server.stop(LONG_MS);
  upstream.answer();
  const response = await client.response();
  assertEquals([response.status, response.header("connection")], [200, "close"]);
  client.close();
  await stopped;
  assertEquals(upstream.asked, 1);
});

Deno.test("A stop accepts nobody any more", async () => {
  await using upstream = new Holding();
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await upstream.has(1);
  const port = proxy.port();
  const stopped = proxy.server.stop(LONG_MS);
  // The system refuses, or tears what it had taken while the port was still open.
  const late = await connect(port).then(
    (wire) => wire.drain().finally(() => wire.close()),
    (error) => {
      const refused = error instanceof Deno.errors.ConnectionRefused;
      if (!refused && !isReset(error)) throw error;
      return "";
    },
  );
  assertEquals(late, "");
  upstream.answer();
  await client.response();
  client.close();
  await stopped;
});

Deno.test("What is left when the grace is over is cut, with a warning", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.drain());
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using waiting = await proxy.connect();
  await waiting.send(GET);
  using uploading = await proxy.connect();
  await uploading.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello");
  await until(() => proxy.stat("cluster.app.upstream_rq_active") === 2, "both are under way");
  await proxy.server.stop(50);
  assertEquals([await waiting.drain(), await uploading.drain()], ["", ""]);
  const lines = await proxy.access(2);
  assertEquals(lines.map(({ status, flags }) => `${status} ${flags}`), ["0 DC", "0 DC"]);
  const [{ level, fields }] = proxy.log;
  assertEquals([level, fields.graceMs], ["warning", 50]);
});

Deno.test("A cut reaches an exchange behind which requests are pipelined", async () => {
  // Nobody reads from such a client, so that only the stop itself can tell the exchange.
  await using memory = await InMemory.start(http({ routes: [route({ timeoutMs: 0 })] }));
  const client = await memory.connect();
  await client.send(GET + GET);
  const upstream = await memory.accept();
  await upstream.request();
  await memory.proxy.server.stop(0);
  assertEquals(await upstream.drain(), "");
});

Deno.test("A cut reaches an upload that its upstream doesn't take", async () => {
  await using memory = await InMemory.start();
  const client = await memory.connect();
  await client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\n\r\n");
  const upstream = await memory.accept();
  const progress = { sent: 0 };
  const sending = (async () => {
    for (;;) progress.sent += await client.conn.write(new Uint8Array(1 << 16));
  })().catch(() => {});
  let before = -1;
  while (before !== progress.sent) {
    before = progress.sent;
    for (let turn = 0; turn < 20; turn++) await settle();
  }
  await memory.proxy.server.stop(0);
  await memory.proxy.quiet();
  assertMatch(await upstream.drain(), /^POST /);
  await sending;
});

Deno.test("A stop doesn't wait for a connection that is still being made", async () => {
  const stopped = Promise.withResolvers<void>();
  await using upstream = new Upstream(async () => await stopped.promise);
  const tls = {
    serverName: "app.test",
    verifyName: null,
    certificate: null,
    sans: [],
    ciphers: [],
    verify: "full" as const,
    ca: null,
    alpn: [],
    minVersion: null,
    maxVersion: null,
  };
  await using proxy = await TestServer.start({
    clusters: [cluster([upstream.port], { tls, connectTimeoutMs: LONG_MS })],
  });
  using client = await proxy.connect();
  await client.send(GET);
  await until(() => upstream.wires.length === 1, "the handshake has begun");
  await proxy.server.stop(0);
  stopped.resolve();
});

Deno.test("Passed-through connections end with the grace, since nobody else knows their end", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.drain());
  await using proxy = await TestServer.start({
    listeners: [listener(tcp())],
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  await client.send("x");
  await until(() => upstream.wires.length === 1, "it is passed through");
  const stopped = proxy.server.stop(100);
  assertEquals(proxy.stat("tcp.raw.downstream_cx_active"), 1);
  await stopped;
  assertEquals(await client.drain(), "");
});

Deno.test("A second stop shortens the first, and both end together", async () => {
  await using upstream = new Holding();
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await upstream.has(1);
  const first = proxy.server.stop(LONG_MS);
  await Promise.all([first, proxy.server.stop(0), proxy.server.stopped]);
  assertEquals(await client.drain(), "");
});

Deno.test("To quit is to stop", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([])] });
  using client = await proxy.connect();
  proxy.server.quit();
  await proxy.server.stopped;
  assertEquals([proxy.server.state, await client.drain()], ["DRAINING", ""]);
});

Deno.test("A head that is on its way when the stop begins is still answered", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("GET / HTTP/1.1\r\nho");
  await until(() => proxy.stat("http.web.downstream_cx_active") === 1, "it is served");
  // The bytes must be read, not only sent: a connection that has said nothing is idle.
  using other = await proxy.connect();
  await other.send(GET);
  await other.response();
  const stopped = proxy.server.stop(LONG_MS);
  await client.send("st: a\r\n\r\n");
  const { status, header } = await client.response();
  assertEquals([status, header("connection")], [200, "close"]);
  client.close();
  await stopped;
});
