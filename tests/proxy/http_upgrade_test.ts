import { assert, assertEquals, assertMatch } from "../assert.ts";
import { cluster, TestServer } from "../server/fixture.ts";
import { InMemory } from "../server/in_memory.ts";
import { Upstream } from "../server/upstream.ts";
import { latin1, type Message, type Wire } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";
import { ASK, SWITCH, upgradable, upgradableListeners } from "./upgrades.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";

/** A proxy that allows WebSocket, before one upstream. */
function start(upstream: Upstream, upgrades = ["websocket"]): Promise<TestServer> {
  return TestServer.start({
    listeners: upgradableListeners({}, { upgrades }),
    clusters: [cluster([upstream.port])],
  });
}

/** What a request gets that mustn't reach the upstream, after which the connection ends. */
async function refused(
  request: string,
  upgrades = ["websocket"],
): Promise<{ response: Message; flags: string }> {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await start(upstream, upgrades);
  using client = await proxy.connect();
  await client.send(request);
  const response = await client.response();
  assertEquals((await client.rest()).length, 0, "nothing follows");
  const [{ status, flags }] = await proxy.access(1);
  assertEquals(status, response.status);
  assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 0, "something reached the upstream");
  return { response, flags };
}

/** What an upstream got of a request, and what the client got of its answer. */
async function answered(
  request: string,
  answer: string,
): Promise<{ seen: Message; response: Message; flags: string; codes: unknown[] }> {
  const seen: Message[] = [];
  await using upstream = Upstream.answering((request) => {
    seen.push(request);
    return answer;
  });
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send(request);
  const response = await client.response();
  client.close();
  const [{ flags }] = await proxy.access(1);
  return { seen: seen[0], response, flags, codes: proxy.log.map(({ fields }) => fields.code) };
}

Deno.test("An upgrade reaches the upstream with what it asks for, and its 101 the client", async () => {
  const { seen, response } = await answered(ASK, SWITCH);
  assertEquals(seen.line, "GET /chat HTTP/1.1");
  assertEquals(seen.header("connection"), "upgrade");
  assertEquals(seen.header("upgrade"), "websocket");
  assertEquals(seen.header("sec-websocket-key"), "dGhlIHNhbXBsZSBub25jZQ==");
  assertEquals(seen.header("sec-websocket-version"), "13");
  assertEquals([seen.header("content-length"), seen.header("transfer-encoding")], [null, null]);
  assertEquals(response.line, "HTTP/1.1 101 Switching Protocols");
  assertEquals(response.header("connection"), "upgrade");
  assertEquals(response.header("upgrade"), "websocket");
  assertEquals(response.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assertEquals([response.header("content-length"), response.header("transfer-encoding")], [
    null,
    null,
  ]);
});

Deno.test("What is asked for is compared without regard to case", async () => {
  const request = ASK.replace("upgrade: websocket", "upgrade: WebSocket")
    .replace("connection: keep-alive, Upgrade", "connection: UPGRADE");
  const { response } = await answered(request, SWITCH.replace("upgrade: web", "upgrade: Web"));
  assertEquals(response.status, 101);
});

Deno.test("An upgrade with an empty body, told by its length, is taken", async () => {
  const { response } = await answered(
    ASK.replace("\r\n\r\n", "\r\ncontent-length: 0\r\n\r\n"),
    SWITCH,
  );
  assertEquals(response.status, 101);
});

Deno.test("A 101 is passed on without the lengths that it must not have", async () => {
  for (const field of ["content-length: 5", "transfer-encoding: chunked"]) {
    const answer = SWITCH.replace("\r\n\r\n", `\r\n${field}\r\n\r\n`);
    const { response } = await answered(ASK, answer);
    assertEquals(response.status, 101, field);
    assertEquals(response.header("content-length"), null);
    assertEquals(response.header("transfer-encoding"), null);
  }
});

Deno.test("An upgrade that the upstream declines is answered in HTTP, and the connection goes on", async () => {
  for (const status of [200, 400, 404, 426]) {
    for (const framing of ["length", "chunked"]) {
      const head = `HTTP/1.1 ${status} Whatever\r\n`;
      const body = framing === "length"
        ? "content-length: 2\r\n\r\nno"
        : "transfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";
      await using upstream = Upstream.answering(({ line }) =>
        line.startsWith("GET /chat") ? head + body : OK
      );
      await using proxy = await start(upstream);
      using client = await proxy.connect();
      await client.send(ASK);
      const response = await client.response();
      assertEquals([response.status, response.text], [status, "no"]);
      assertEquals(response.header("connection"), null);
      await client.send(GET);
      assertEquals((await client.response()).text, "hi");
      await proxy.access(2);
      assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 1, "the upstream's goes on too");
      assertEquals(proxy.stat("http.web.downstream_cx_upgrades_total"), 0);
    }
  }
});

Deno.test("Hints before the 101 are passed on", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send(`HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n${SWITCH}`);
  });
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send(ASK);
  assertEquals((await client.response()).status, 103);
  assertEquals((await client.response()).status, 101);
});

Deno.test("An upgrade that the route doesn't allow is an empty 403", async () => {
  for (
    const [asked, upgrades] of [
      ["websocket", []],
      ["irc/6.9", ["websocket"]],
      ["websocket, irc", ["websocket"]],
      ["h2c, websocket", ["websocket"]],
    ] as const
  ) {
    const request = ASK.replace("upgrade: websocket", `upgrade: ${asked}`);
    const { response, flags } = await refused(request, [...upgrades]);
    assertEquals([response.status, response.text, flags], [403, "", "-"], asked);
    assertEquals(response.header("connection"), "close");
    assertEquals(response.header("content-length"), "0");
  }
});

Deno.test("An upgrade with a body is answered 400", async () => {
  for (
    const [field, body] of [
      ["content-length: 1", "x"],
      ["content-length: 1", ""],
      ["transfer-encoding: chunked", "0\r\n\r\n"],
      ["transfer-encoding: chunked", ""],
    ]
  ) {
    const { response, flags } = await refused(
      ASK.replace("\r\n\r\n", `\r\n${field}\r\n\r\n${body}`),
    );
    assertEquals([response.status, response.text, flags], [400, "Bad Request", "DPE"], field);
    assertEquals(response.header("connection"), "close");
  }
});

Deno.test("Whatever stands behind an upgrade's head is answered 400", async () => {
  for (const behind of [ASK, GET, "\x81\x85", "\r\n"]) {
    const { response, flags } = await refused(ASK + behind);
    assertEquals([response.status, flags], [400, "DPE"], behind);
  }
});

Deno.test("Bytes that come before the 101 are refused, and none of them reach the upstream", async () => {
  await using memory = await InMemory.start(upgradable());
  const client = await memory.connect();
  await client.send(ASK);
  const upstream = await memory.accept();
  await upstream.request();
  await client.send("GET /smuggled HTTP/1.1\r\nhost: app.test\r\n\r\n");
  await settle();
  await upstream.send(SWITCH);
  const { status, header } = await client.response();
  assertEquals([status, header("connection")], [400, "close"]);
  assertEquals(await upstream.drain(), "");
  client.close();
  const [line] = await memory.proxy.access(1);
  assertEquals([line.status, line.flags], [400, "DPE"]);
});

Deno.test("What comes behind an upgrade that was declined is the next request", async () => {
  await using memory = await InMemory.start(upgradable());
  const client = await memory.connect();
  await client.send(ASK);
  const upstream = await memory.accept();
  await upstream.request();
  await client.send(GET);
  await settle();
  await upstream.send("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
  assertEquals((await client.response()).status, 404);
  assertEquals((await upstream.request())!.line, "GET / HTTP/1.1");
  await upstream.send(OK);
  assertEquals((await client.response()).text, "hi");
});

Deno.test("An offer that isn't meant as one is forwarded without it", async () => {
  for (
    const request of [
      ASK.replace("keep-alive, Upgrade", "keep-alive"),
      ASK.replace("connection: keep-alive, Upgrade\r\n", ""),
      ASK.replace("upgrade: websocket\r\n", ""),
      ASK.replace("upgrade: websocket", "upgrade: h2c"),
      ASK.replace("upgrade: websocket", "upgrade: h2c").replace("GET", "POST")
        .replace("\r\n\r\n", "\r\ncontent-length: 2\r\n\r\nhi"),
    ]
  ) {
    const { seen, response } = await answered(request, OK);
    assertEquals(response.status, 200, request);
    assertEquals([seen.header("connection"), seen.header("upgrade")], [null, null], request);
  }
});

Deno.test("In HTTP/1.0 there are no upgrades", async () => {
  let seen: Message | null = null;
  await using upstream = Upstream.answering((request) => {
    seen = request;
    return OK;
  });
  await using proxy = await TestServer.start({
    listeners: upgradableListeners({ acceptHttp10: true }),
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  await client.send(ASK.replace("HTTP/1.1", "HTTP/1.0"));
  assertEquals((await client.response()).status, 200);
  assertEquals(seen!.header("upgrade"), null);
});

Deno.test("A 101 that nobody asked for, or to something else, is 502 UPE", async () => {
  for (
    const [request, answer] of [
      [GET, SWITCH],
      [ASK.replace("upgrade: websocket", "upgrade: h2c"), SWITCH.replace("websocket", "h2c")],
      [ASK, SWITCH.replace("upgrade: websocket", "upgrade: irc")],
      [ASK, SWITCH.replace("upgrade: websocket", "upgrade: websocket, irc")],
      [ASK, SWITCH.replace("upgrade: websocket\r\n", "")],
    ]
  ) {
    const { response, flags, codes } = await answered(request, answer);
    assertEquals([response.status, flags, codes], [502, "UPE", ["unasked_upgrade"]], answer);
    assertMatch(response.text, /reset reason: protocol error$/);
  }
});

Deno.test("An upgrade whose answer doesn't come in time is 504 UT", async () => {
  await using upstream = new Upstream(async (wire) => void await wire.drain());
  await using proxy = await TestServer.start({
    listeners: upgradableListeners({}, { timeoutMs: 50 }),
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  await client.send(ASK);
  const { status, text } = await client.response();
  assertEquals([status, text], [504, "upstream request timeout"]);
  client.close();
  const [line] = await proxy.access(1);
  assertEquals(line.flags, "UT");
});

Deno.test("A client that leaves before the 101 takes the upstream's connection along", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    client.close();
    await wire.drain();
  });
  await using proxy = await start(upstream);
  using client: Wire = await proxy.connect();
  await client.send(ASK);
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [0, "DC"]);
  await proxy.quiet();
});

Deno.test("An upgrade is sent on a connection that was used before, and again when that is stale", async () => {
  await using upstream = new Upstream(async (wire, index) => {
    if (index === 0) {
      await wire.request();
      await wire.send(OK);
      await wire.request();
      return;
    }
    await wire.request();
    await wire.send(SWITCH + "hello");
  });
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send(GET);
  await client.response();
  await client.send(ASK);
  assertEquals((await client.response()).status, 101);
  assertEquals(latin1(await client.bytes(5)), "hello");
  assert(proxy.stat("cluster.app.upstream_rq_retry") === 1);
});
