import type { HttpFilterConfig } from "../../src/config/model.ts";
import { assert, assertEquals } from "../assert.ts";
import { cluster, http, listener, TestServer } from "../server/fixture.ts";
import { Upstream } from "../server/upstream.ts";
import { latin1, type Message } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const get = (...fields: string[]) =>
  ["GET /x HTTP/1.0", ...fields].map((line) => `${line}\r\n`).join("") + "\r\n";

/** A proxy that accepts HTTP/1.0 unless told otherwise. */
function start(upstream: Upstream, options: Partial<HttpFilterConfig> = {}): Promise<TestServer> {
  return TestServer.start({
    listeners: [listener(http({ acceptHttp10: true, ...options }))],
    clusters: [cluster([upstream.port])],
  });
}

/** What the upstream got of a request, null for nothing, and what the client got. */
async function exchange(
  request: string,
  { answer = OK, ...options }: Partial<HttpFilterConfig> & { answer?: string } = {},
): Promise<{ seen: Message | null; head: string; body: string; flags: string }> {
  let seen: Message | null = null;
  await using upstream = new Upstream(async (wire) => {
    seen = await wire.request();
    await wire.send(answer);
    if (!answer.includes("until the end")) await wire.drain();
  });
  await using proxy = await start(upstream, options);
  using client = await proxy.connect();
  await client.send(request);
  const head = (await client.head())!;
  const body = latin1(await client.rest());
  client.close();
  const [{ flags }] = await proxy.access(1);
  return { seen, head, body, flags };
}

Deno.test("HTTP/1.0 is 426 unless it is accepted", async () => {
  const { seen, head, body, flags } = await exchange(get("host: a"), { acceptHttp10: false });
  assert(head.startsWith("HTTP/1.1 426 Upgrade Required\r\n"), head);
  assert(head.includes("\r\nconnection: close\r\n"), head);
  assertEquals([seen, body, flags], [null, "Upgrade Required", "DPE"]);
});

Deno.test("An accepted request reaches the upstream in HTTP/1.1, and its answer ends the connection", async () => {
  const { seen, head, body } = await exchange(get("host: app.test"));
  assertEquals([seen!.line, seen!.header("host")], ["GET /x HTTP/1.1", "app.test"]);
  assert(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
  assert(head.includes("\r\nconnection: close\r\n"), head);
  assertEquals(body, "hi");
});

Deno.test("A request without a Host gets the configured one, or 400", async () => {
  const given = await exchange(get(), { defaultHostForHttp10: "default.test" });
  assertEquals(given.seen!.header("host"), "default.test");
  assertEquals(given.seen!.header("x-forwarded-host"), "default.test");
  const named = await exchange(get("host: app.test"), { defaultHostForHttp10: "default.test" });
  assertEquals(named.seen!.header("host"), "app.test");
  const none = await exchange(get());
  assert(none.head.startsWith("HTTP/1.1 400 Bad Request\r\n"), none.head);
  assertEquals([none.seen, none.body], [null, ""]);
});

Deno.test("The configured Host chooses the route too", async () => {
  const { seen } = await exchange(get(), {
    defaultHostForHttp10: "default.test",
    virtualHosts: [{
      name: "default",
      domains: ["default.test"],
      routes: http().virtualHosts[0].routes,
    }],
  });
  assert(seen !== null, "no route was found");
});

Deno.test("A body whose length isn't known ends with the connection, never in chunks", async () => {
  for (
    const answer of [
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nx: y\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx-body: until the end\r\n\r\nhello",
    ]
  ) {
    const { head, body } = await exchange(get("host: a", "connection: keep-alive"), { answer });
    assert(!/transfer-encoding|content-length/.test(head), head);
    assert(head.includes("\r\nconnection: close\r\n"), head);
    assertEquals(body, "hello");
  }
});

Deno.test("Keep-alive that is asked for is granted and said, where the answer's length is known", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  for (let count = 0; count < 3; count++) {
    await client.send(get("host: a", "connection: Keep-Alive"));
    const { status, text, header } = await client.response();
    assertEquals([status, text, header("connection")], [200, "hi", "keep-alive"]);
  }
  await client.send(get("host: a"));
  assertEquals((await client.response()).header("connection"), "close");
  assertEquals((await client.rest()).length, 0);
  assertEquals(proxy.stat("http.web.downstream_cx_total"), 1);
});

Deno.test("A reply of genkan's own keeps the connection as well", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({
    listeners: [listener(http({ acceptHttp10: true, routes: [] }))],
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  for (let count = 0; count < 2; count++) {
    await client.send(get("host: a", "connection: keep-alive"));
    const { status, header } = await client.response();
    assertEquals([status, header("connection")], [404, "keep-alive"]);
  }
});

Deno.test("A body with a length reaches the upstream, and 100 Continue isn't said", async () => {
  const request =
    "POST /x HTTP/1.0\r\nhost: a\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n";
  const heard = Promise.withResolvers<string>();
  const came = Promise.withResolvers<void>();
  await using upstream = new Upstream(async (wire) => {
    const head = await wire.head();
    came.resolve();
    heard.resolve(head + latin1(await wire.bytes(5)));
    await wire.send(OK);
  });
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send(request);
  await came.promise;
  await client.send("hello");
  assertEquals((await client.response()).status, 200);
  const text = await heard.promise;
  assert(text.includes("\r\ncontent-length: 5\r\n") && text.endsWith("\r\n\r\nhello"), text);
});

Deno.test("What an upstream says before its answer isn't passed on", async () => {
  const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
  const { head, body } = await exchange(get("host: a"), { answer: hints + OK });
  assert(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
  assertEquals(body, "hi");
});

Deno.test("An HTTP/1.0 request and an HTTP/1.1 request may follow one another", async () => {
  await using upstream = Upstream.answering(() =>
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
  );
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const first = await client.response();
  assertEquals([first.header("transfer-encoding"), first.text], ["chunked", "hi"]);
  await client.send(get("host: a", "connection: keep-alive"));
  const second = await client.response();
  assertEquals([second.header("transfer-encoding"), second.text], [null, "hi"]);
  assertEquals(second.header("connection"), "close");
  assertEquals((await proxy.access(2)).map(({ request }) => request), [
    "GET / HTTP/1.1",
    "GET /x HTTP/1.0",
  ]);
});
