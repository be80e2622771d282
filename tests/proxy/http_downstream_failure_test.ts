import { assert, assertEquals, assertMatch } from "../assert.ts";
import { cluster, http, listener, TestServer, TIMEOUTS } from "../server/fixture.ts";
import { InMemory, tear } from "../server/in_memory.ts";
import { Upstream } from "../server/upstream.ts";
import { type Message, until } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/** What a proxy without an upstream answers, before it closes. */
async function refused(request: string): Promise<{ response: Message; flags: string }> {
  await using proxy = await TestServer.start({ clusters: [cluster([])] });
  using client = await proxy.connect();
  await client.send(request);
  const response = await client.response();
  assertEquals((await client.rest()).length, 0, "nothing follows");
  const [{ status, flags }] = await proxy.access(1);
  assertEquals(status, response.status);
  assertEquals(proxy.stat("http.web.downstream_cx_protocol_error"), 1);
  return { response, flags };
}

Deno.test("A head that breaks the rules is answered with its reason phrase, and the connection ends", async () => {
  const fields = Array.from({ length: 101 }, (_, at) => `x-${at}: 1\r\n`).join("");
  for (
    const [request, status, reason] of [
      ["nonsense\r\n\r\n", 400, "Bad Request"],
      ["GET / HTTP/1.1\r\nhost: a\r\nbad name: x\r\n\r\n", 400, "Bad Request"],
      ["GET / HTTP/1.1\nhost: a\n\n", 400, "Bad Request"],
      ["GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400, "Bad Request"],
      ["GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", 400, "Bad Request"],
      [
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        400,
        "Bad Request",
      ],
      ["POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501, "Not Implemented"],
      [
        `GET /${"a".repeat(62_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
        431,
        "Request Header Fields Too Large",
      ],
      [`GET / HTTP/1.1\r\nhost: a\r\n${fields}\r\n`, 431, "Request Header Fields Too Large"],
      ["GET / HTTP/1.0\r\nhost: a\r\n\r\n", 426, "Upgrade Required"],
      ["GET / HTTP/1.1\r\nhost: a\r\nconnection: x-forwarded-for\r\n\r\n", 400, "Bad Request"],
    ] as const
  ) {
    const { response, flags } = await refused(request);
    const shown = request.slice(0, 60);
    assertEquals([response.status, response.text, flags], [status, reason, "DPE"], shown);
    assertEquals(response.header("connection"), "close", shown);
    assertEquals(response.header("content-type"), "text/plain", shown);
  }
});

Deno.test("A request without a Host is an empty 400", async () => {
  const { response } = await refused("GET / HTTP/1.1\r\n\r\n");
  assertEquals([response.status, response.text, response.header("content-type")], [400, "", null]);
});

Deno.test("A bad head behind a good request is answered after it", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(`${GET}nonsense\r\n\r\n${GET}`);
  assertEquals((await client.response()).status, 200);
  assertEquals((await client.response()).status, 400);
  assertEquals((await client.rest()).length, 0);
  assertEquals(proxy.stat("cluster.app.upstream_rq_total"), 1);
});

Deno.test("A client that leaves in the middle of a head is logged without a status", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([])] });
  using client = await proxy.connect();
  await client.send("GET / HTTP/1.1\r\n");
  client.close();
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [0, "DPE"]);
});

Deno.test("A client that is torn in the middle of a head is no request", async () => {
  await using memory = await InMemory.start();
  const client = await memory.connect();
  await client.send("GET / HTTP/1.1\r\n");
  await settle();
  tear(client);
  await memory.proxy.quiet();
  assertEquals(memory.proxy.stat("http.web.downstream_rq_total"), 0);
  await memory.proxy.access(0);
});

Deno.test("A head that takes too long is answered 408", async () => {
  await using proxy = await TestServer.start({
    listeners: [listener(http({ timeouts: { ...TIMEOUTS, headMs: 50 } }))],
    clusters: [cluster([])],
  });
  using client = await proxy.connect();
  await client.send("GET / HTTP/1.1\r\n");
  const { status, text, header } = await client.response();
  assertEquals([status, text], [408, "request header timeout"]);
  assertEquals(header("connection"), "close");
  assertEquals(await client.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [408, "-"]);
  assertEquals(proxy.stat("http.web.downstream_rq_timeout"), 1);
});

Deno.test("A connection that idles too long is closed in silence", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({
    listeners: [listener(http({ timeouts: { ...TIMEOUTS, idleMs: 50 } }))],
    clusters: [cluster([upstream.port])],
  });
  using fresh = await proxy.connect();
  assertEquals(await fresh.drain(), "");
  using used = await proxy.connect();
  await used.send(GET);
  await used.response();
  assertEquals(await used.drain(), "");
  await proxy.access(1);
});

Deno.test("A client that goes away in the middle of its upload takes the upstream connection along", async () => {
  for (
    const [framing, part] of [
      ["content-length: 10", "hello"],
      ["transfer-encoding: chunked", "5\r\nhello\r\n"],
    ]
  ) {
    let got: string | null = null;
    await using upstream = new Upstream(async (wire) => {
      await wire.head();
      await wire.bytes(5);
      client.close();
      got = await wire.drain();
    });
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    using client = await proxy.connect();
    await client.send(`POST / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n${part}`);
    const [line] = await proxy.access(1);
    assertEquals([line.status, line.flags, line.received], [0, "DC", 5]);
    await proxy.quiet();
    await until(() => got !== null, "the upstream saw the end");
    assert(!got!.includes("0\r\n\r\n"), "half a body must not look like a whole one");
    assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 1);
  }
});

Deno.test("A client that ends its direction in the middle of its upload is gone too", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.drain());
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello");
  await client.end();
  assertEquals(await client.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [0, "DC"]);
});

Deno.test("A body that breaks its framing is answered 400, and the upstream gets no end of it", async () => {
  let got: string | null = null;
  await using upstream = new Upstream(async (wire) => {
    got = await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n",
  );
  const { status, header } = await client.response();
  assertEquals([status, header("connection")], [400, "close"]);
  assertEquals((await client.rest()).length, 0);
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [400, "DPE"]);
  await until(() => got !== null, "the upstream saw the end");
  assert(!got!.includes("0\r\n\r\n"), got!);
});

Deno.test("A client that goes away while it waits for the answer takes the upstream connection along", async () => {
  for (
    const request of [GET, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello"]
  ) {
    await using upstream = new Upstream(async (wire) => {
      await wire.request();
      client.close();
      await wire.drain();
    });
    await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
    using client = await proxy.connect();
    await client.send(request);
    const [line] = await proxy.access(1);
    assertEquals([line.status, line.flags], [0, "DC"]);
    await proxy.quiet();
    assertEquals(proxy.stat("http.web.response_flag.DC"), 1);
  }
});

Deno.test("A client that goes away in the middle of its download takes the upstream connection along", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n");
    for (;;) await wire.send(new Uint8Array(1 << 16));
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await client.bytes(100_000);
  client.close();
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [200, "DC"]);
  await proxy.quiet();
});

Deno.test("A client that goes away while a download is silent takes the upstream connection along", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n");
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await client.head();
  client.close();
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [200, "DC"]);
  await proxy.quiet();
});

Deno.test("An answer before the request's end reaches a client that is still sending", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    await wire.send("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 3\r\n\r\nbig");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n");
  let sending = true;
  const sent = (async () => {
    try {
      while (sending) {
        await client.send(new Uint8Array(1 << 14));
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } catch {
      // The proxy has heard enough.
    }
  })();
  const { status, text, header } = await client.response();
  assertEquals([status, text, header("connection")], [413, "big", "close"]);
  sending = false;
  await sent;
  client.close();
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [413, "-"]);
  await proxy.quiet();
});

Deno.test("A client that stops sending at an early answer sees its connection end cleanly", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    await wire.send("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello");
  const { status, header } = await client.response();
  assertEquals([status, header("connection")], [401, "close"]);
  assertEquals((await client.rest()).length, 0, "an end, not a reset");
  client.close();
  await proxy.quiet();
  assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 1);
});

Deno.test("What a client pipelines behind an early answer is not taken for a request", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    await wire.drain();
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhello");
  assertEquals((await client.response()).status, 200);
  await client.send(GET.repeat(3));
  assertMatch(await client.drain(), /^$/);
  await proxy.access(1);
});
