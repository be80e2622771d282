import { assertEquals } from "../assert.ts";
import { cluster, TestServer } from "../server/fixture.ts";
import { Upstream } from "../server/upstream.ts";
import { until } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nhost: app.test\r\ncontent-length: 2\r\n\r\nhi";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const LEAD = "upstream connect error or disconnect/reset before headers. ";

/** Waits until the proxy has closed the connection to its upstream. */
async function gone(proxy: TestServer): Promise<void> {
  await until(() => proxy.stat("cluster.app.upstream_cx_active") === 0, "the connection is closed");
}

Deno.test("Requests on one connection share one upstream connection", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 5; count++) {
    await client.send(GET);
    assertEquals((await client.response()).status, 200);
  }
  assertEquals(upstream.wires.length, 1);
  assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 1);
  assertEquals(proxy.stat("http.web.downstream_rq_2xx"), 5);
});

Deno.test("An upstream connection outlives the client's and serves the next one", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  for (let count = 0; count < 3; count++) {
    using client = await proxy.connect();
    await client.send(GET);
    await client.response();
  }
  assertEquals(upstream.wires.length, 1);
});

Deno.test("connection: close from upstream ends its connection, and not the client's", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 2; count++) {
    await client.send(GET);
    const response = await client.response();
    assertEquals([response.text, response.header("connection")], ["hi", null]);
  }
  assertEquals(upstream.wires.length, 2);
});

Deno.test("What an upstream says beyond its response reaches nobody", async () => {
  const forged = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
  await using upstream = new Upstream(async (wire, index) => {
    await wire.request();
    await wire.send(index === 0 ? OK + forged : OK);
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 2; count++) {
    await client.send(GET);
    assertEquals((await client.response()).text, "hi");
  }
  assertEquals(upstream.wires.length, 2);
});

Deno.test("What an upstream says while its connection idles reaches nobody", async () => {
  const parked = Promise.withResolvers<void>();
  await using upstream = new Upstream(async (wire, index) => {
    await wire.request();
    await wire.send(OK);
    await parked.promise;
    if (index === 0) await wire.send("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  assertEquals((await client.response()).text, "hi");
  await until(() => proxy.stat("cluster.app.upstream_rq_active") === 0, "the connection idles");
  parked.resolve();
  await gone(proxy);
  await client.send(GET);
  assertEquals((await client.response()).text, "hi");
  assertEquals(upstream.wires.length, 2);
});

Deno.test("A connection whose request was answered before its end carries no other", async () => {
  await using upstream = new Upstream(async (wire, index) => {
    await wire.head();
    await wire.send(OK);
    // Whatever comes now is the first request's body, or the end.
    if (index === 0) assertEquals(await wire.drain(), "hello");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using uploading = await proxy.connect();
  await uploading.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello");
  assertEquals((await uploading.response()).text, "hi");
  using other = await proxy.connect();
  await other.send(GET);
  assertEquals((await other.response()).text, "hi");
  assertEquals(upstream.wires.length, 2);
});

Deno.test("A pooled connection found dead is replaced once, for a GET", async () => {
  await using upstream = new Upstream(async (wire, index) => {
    await wire.request();
    await wire.send(OK);
    if (index === 0) return void await wire.bytes(1);
    while (await wire.request() !== null) await wire.send(OK);
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 2; count++) {
    await client.send(GET);
    assertEquals((await client.response()).text, "hi");
  }
  assertEquals(upstream.wires.length, 2);
  assertEquals(proxy.stat("cluster.app.upstream_rq_retry"), 1);
  assertEquals(proxy.stat("cluster.app.upstream_rq_retry_success"), 1);
  const lines = await proxy.access(2);
  assertEquals(lines.map(({ status, flags }) => `${status} ${flags}`), ["200 -", "200 -"]);
});

Deno.test("A pooled connection found dead is not replaced where that could do a thing twice", async () => {
  for (
    const request of [
      POST,
      "POST / HTTP/1.1\r\nhost: a\r\n\r\n",
      "PATCH / HTTP/1.1\r\nhost: a\r\n\r\n",
      "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi",
    ]
  ) {
    await using upstream = new Upstream(async (wire) => {
      await wire.request();
      await wire.send(OK);
      await wire.bytes(1);
    });
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    using client = await proxy.connect();
    await client.send(GET);
    await client.response();
    await client.send(request);
    const { status, text } = await client.response();
    assertEquals([status, text], [503, `${LEAD}reset reason: connection termination`], request);
    assertEquals(upstream.wires.length, 1);
  }
});

Deno.test("A replacement that fails as well says so, and is not replaced again", async () => {
  await using upstream = new Upstream(async (wire, index) => {
    if (index === 0) {
      await wire.request();
      await wire.send(OK);
    }
    await wire.bytes(1);
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await client.response();
  await client.send(GET);
  const { status, text } = await client.response();
  const reason = `${LEAD}retried and the latest reset reason: connection termination`;
  assertEquals([status, text], [503, reason]);
  assertEquals(upstream.wires.length, 2);
});

Deno.test("A pooled connection that had begun its answer is not replaced", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send(OK);
    await wire.request();
    await wire.send("HTTP/1.1 103 Early Hints\r\n\r\n");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await client.response();
  await client.send(GET);
  assertEquals((await client.response()).status, 103);
  assertEquals((await client.response()).status, 503);
  assertEquals(upstream.wires.length, 1);
});
