import { assert, assertEquals, assertMatch } from "../assert.ts";
import { cluster, http, listener, route, TestServer } from "../server/fixture.ts";
import { InMemory, tear } from "../server/in_memory.ts";
import { unusedPort, Upstream } from "../server/upstream.ts";
import { until, type Wire } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const LAST_GET = "GET / HTTP/1.1\r\nhost: app.test\r\nconnection: close\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nhost: app.test\r\ncontent-length: 2\r\n\r\nhi";
const LEAD = "upstream connect error or disconnect/reset before headers. ";

/** Waits until an upstream's connection was closed by the proxy. */
async function gone(proxy: TestServer): Promise<void> {
  await until(() => proxy.stat("cluster.app.upstream_cx_active") === 0, "the connection is closed");
}

/** What the client gets of one request, and what the access log says of it. */
async function failed(
  proxy: TestServer,
  request = GET,
): Promise<{ status: number; body: string; flags: string }> {
  using client = await proxy.connect();
  await client.send(request);
  const { status, text } = await client.response();
  const [line] = await proxy.access(1);
  assertEquals(line.status, status);
  return { status, body: text, flags: line.flags };
}

Deno.test("An upstream that refuses is 503 UF, told in the log with endpoint and cause", async () => {
  const port = unusedPort();
  await using proxy = await TestServer.start({ clusters: [cluster([port])] });
  assertEquals(await failed(proxy), {
    status: 503,
    body: `${LEAD}reset reason: remote connection failure`,
    flags: "UF",
  });
  const [{ fields, message }] = proxy.log;
  assertEquals([message, fields.endpoint, fields.code], [
    "upstream failed",
    `127.0.0.1:${port}`,
    "connect_refused",
  ]);
  assertMatch(String(fields.cause), "connection refused");
  assertEquals(proxy.stat("cluster.app.upstream_cx_connect_fail"), 1);
  assertEquals(proxy.stat("http.web.response_flag.UF"), 1);
  assertEquals(proxy.stat("http.web.downstream_rq_5xx"), 1);
});

Deno.test("A client whose upstream refuses keeps its connection", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([unusedPort()])] });
  using client = await proxy.connect();
  for (let count = 0; count < 3; count++) {
    await client.send(GET);
    const { status, header } = await client.response();
    assertEquals([status, header("connection")], [503, null]);
  }
});

Deno.test("A client whose upstream refuses keeps its connection when its body was all there", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([unusedPort()])] });
  using client = await proxy.connect();
  for (let count = 0; count < 3; count++) {
    await client.send(POST);
    const { status, header } = await client.response();
    assertEquals([status, header("connection")], [503, null]);
  }
});

Deno.test("A client whose upstream refuses before the body has come loses its connection", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([unusedPort()])] });
  using client = await proxy.connect();
  await client.send(POST.slice(0, -1));
  const { status, header } = await client.response();
  assertEquals([status, header("connection")], [503, "close"]);
  assertEquals((await client.rest()).length, 0);
});

const TLS = {
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

Deno.test("An upstream that never finishes its TLS handshake times out as 503 UF", async () => {
  await using upstream = new Upstream(async () => {
    await until(() => proxy.stat("cluster.app.upstream_cx_connect_timeout") > 0, "it timed out");
  });
  await using proxy = await TestServer.start({
    clusters: [cluster([upstream.port], { connectTimeoutMs: 50, tls: TLS })],
  });
  const { status, body, flags } = await failed(proxy);
  assertEquals([status, body, flags], [503, `${LEAD}reset reason: connection timeout`, "UF"]);
  assertEquals(proxy.stat("cluster.app.upstream_cx_connect_timeout"), 1);
  assertEquals(proxy.log[0].fields.code, "connect_timeout");
});

Deno.test("An upstream that speaks no TLS fails its handshake as 503 UF", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    await wire.drain();
  });
  await using proxy = await TestServer.start({
    clusters: [cluster([upstream.port], { tls: TLS })],
  });
  const { status, body, flags } = await failed(proxy);
  assertEquals([status, body, flags], [
    503,
    `${LEAD}reset reason: remote connection failure`,
    "UF",
  ]);
  assertEquals(proxy.stat("cluster.app.ssl.connection_error"), 1);
  assertEquals(proxy.log[0].fields.code, "upstream_not_tls");
});

Deno.test("An upstream that goes away before its answer is 503 UC", async () => {
  const ends: ((wire: Wire) => Promise<void>)[] = [
    async () => {},
    async (wire) => void await wire.request(),
    async (wire) => {
      await wire.request();
      await wire.end();
      await wire.drain();
    },
  ];
  for (const end of ends) {
    for (const request of [GET, POST]) {
      await using upstream = new Upstream(end);
      await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
      assertEquals(await failed(proxy, request), {
        status: 503,
        body: `${LEAD}reset reason: connection termination`,
        flags: "UC",
      });
      assertEquals(proxy.stat("cluster.app.upstream_rq_rx_reset"), 1);
      await gone(proxy);
      assertEquals(upstream.wires.length, 1, "a fresh connection that fails is not tried again");
    }
  }
});

Deno.test("An upstream that is torn before its answer is 503 UC, and in its body a cut", async () => {
  for (const sent of ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"]) {
    await using memory = await InMemory.start();
    const client = await memory.connect();
    await client.send(GET);
    const upstream = await memory.accept();
    await upstream.request();
    await upstream.send(sent);
    if (sent !== "") await client.head();
    tear(upstream);
    if (sent === "") assertEquals((await client.response()).status, 503);
    else assertEquals(await client.drain(), "he");
    const [line] = await memory.proxy.access(1);
    assertEquals([line.status, line.flags], [sent === "" ? 503 : 200, "UC"]);
  }
});

Deno.test("An upstream that breaks the protocol is 502 UPE, and its connection isn't kept", async () => {
  for (
    const answer of [
      "nonsense\r\n\r\n",
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nhi",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nhi",
      "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nhi",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(62_000)}\r\n\r\n`,
      "HTTP/1.1 200 OK\r\nconnection: host\r\n\r\n",
      "HTTP/1.1 204 No Content\r\nconnection: host\r\n\r\n",
    ]
  ) {
    await using upstream = Upstream.answering(() => answer);
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    const shown = answer.slice(0, 60);
    const { status, body, flags } = await failed(proxy);
    assertEquals([status, flags], [502, "UPE"], shown);
    assertEquals(body, `${LEAD}reset reason: protocol error`, shown);
    await gone(proxy);
  }
});

Deno.test("A head that the upstream's end cuts short is no answer", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-le");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  const { status } = await failed(proxy);
  assert(status === 502 || status === 503, String(status));
  await gone(proxy);
});

Deno.test("A body that the upstream cuts short is never ended for the client: UC", async () => {
  for (
    const answer of [
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n",
    ]
  ) {
    await using upstream = new Upstream(async (wire) => {
      await wire.request();
      await wire.send(answer);
    });
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    using client = await proxy.connect();
    await client.send(GET);
    const got = await client.drain();
    assertMatch(got, /^HTTP\/1\.1 200 OK\r\n/);
    assertMatch(got, /he(?:\r\n)?$/);
    const [line] = await proxy.access(1);
    assertEquals([line.status, line.flags], [200, "UC"], answer);
    await gone(proxy);
  }
});

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n";

Deno.test("A body that breaks its framing is never ended for the client: UPE", async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send(CHUNKED);
    await begun;
    await wire.send("zz\r\n");
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await client.head();
  begin();
  const got = await client.drain();
  assert(!got.includes("0\r\n\r\n"), got);
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [200, "UPE"]);
  await gone(proxy);
});

Deno.test("A body that breaks its framing before anything was passed on is 502 UPE", async () => {
  await using upstream = Upstream.answering(() => `${CHUNKED}zz\r\n`);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  assertEquals(await failed(proxy, GET), {
    status: 502,
    body: `${LEAD}reset reason: protocol error`,
    flags: "UPE",
  });
  assertEquals(proxy.stat("cluster.app.upstream_rq_502"), 1);
  await gone(proxy);
});

Deno.test("An upstream that doesn't answer within the route's timeout is 504 UT", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.drain();
  });
  for (const request of [GET, POST]) {
    await using proxy = await TestServer.start({
      listeners: [listener(http({ routes: [route({ timeoutMs: 50 })] }))],
      clusters: [cluster([upstream.port])],
    });
    assertEquals(await failed(proxy, request), {
      status: 504,
      body: "upstream request timeout",
      flags: "UT",
    });
    await gone(proxy);
    assertEquals(proxy.stat("cluster.app.upstream_rq_timeout"), 1);
  }
});

Deno.test("A timeout for the head leaves the body its time, one for the response doesn't", async () => {
  for (const timeoutCovers of ["head", "response"] as const) {
    const passed = Promise.withResolvers<void>();
    await using upstream = new Upstream(async (wire) => {
      const request = await wire.request();
      if (request?.line.startsWith("GET /silent")) return void await wire.drain();
      await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe");
      await passed.promise;
      await wire.send("llo");
    });
    await using proxy = await TestServer.start({
      listeners: [listener(http({ routes: [route({ timeoutMs: 100, timeoutCovers })] }))],
      clusters: [cluster([upstream.port])],
    });
    using client = await proxy.connect();
    await client.send(LAST_GET);
    assertEquals((await client.head())?.slice(9, 12), "200");
    // The same timeout, begun later, has run out: so has that of the first request.
    using clock = await proxy.connect();
    await clock.send("GET /silent HTTP/1.1\r\nhost: a\r\n\r\n");
    assertEquals((await clock.response()).status, 504);
    passed.resolve();
    assertEquals(await client.drain(), timeoutCovers === "head" ? "hello" : "he");
    const lines = await proxy.access(2);
    const line = lines.find(({ status }) => status === 200)!;
    assertEquals(line.flags, timeoutCovers === "head" ? "-" : "UT");
  }
});
