import { assertEquals, assertMatch } from "../assert.ts";
import { cluster, http, listener, tcp, TestServer, TIMEOUTS } from "./fixture.ts";
import { testTls } from "./tls.ts";
import { until } from "./wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const { downstream } = await testTls();

/** A listener for TLS and HTTP, to which the tests speak plain HTTP. */
function start(timeouts = TIMEOUTS): Promise<TestServer> {
  return TestServer.start({
    listeners: [listener(http({ timeouts }), { tls: downstream })],
    clusters: [cluster([])],
  });
}

/** What is asked, and where that leads; PORT stands for the listener's. */
const REDIRECTED: readonly (readonly [claim: string, request: string, location: string])[] = [
  ["a GET", "GET /a?b=c HTTP/1.1\r\nHost: a.test:PORT\r\n\r\n", "https://a.test:PORT/a?b=c"],
  ["a HEAD", "HEAD / HTTP/1.1\r\nHost: a.test:PORT\r\n\r\n", "https://a.test:PORT/"],
  ["a Host without a port", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "https://a.test:PORT/"],
  ["a mapped port", "GET / HTTP/1.1\r\nHost: a.test:8443\r\n\r\n", "https://a.test:8443/"],
  ["HTTP/1.0", "GET / HTTP/1.0\r\nHost: a.test\r\n\r\n", "https://a.test:PORT/"],
  [
    "an absolute target",
    "GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "https://a.test:PORT/x",
  ],
  [
    "a path that looks like another host",
    "GET //evil.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "https://a.test:PORT//evil.test/",
  ],
  [
    "a body that has not come yet",
    "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\n",
    "https://a.test:PORT/",
  ],
];
for (const [claim, request, location] of REDIRECTED) {
  Deno.test(`Plain HTTP on a TLS port is sent to https: ${claim}`, async () => {
    await using proxy = await start();
    const port = String(proxy.port());
    using client = await proxy.connect();
    await client.send(request.replace("PORT", port));
    const answer = await client.response();
    assertEquals(answer.line, "HTTP/1.1 308 Permanent Redirect");
    assertEquals(answer.header("location"), location.replace("PORT", port));
    assertEquals([answer.header("connection"), answer.body.length], ["close", 0]);
    assertEquals(await client.drain(), "");
    const [{ status, flags }] = await proxy.access(1);
    assertEquals([status, flags], [308, "-"]);
    assertEquals(proxy.listenerStat("downstream_cx_not_tls"), 1);
    assertEquals(proxy.listenerStat("ssl.connection_error"), 0);
    assertEquals(proxy.stat("http.web.downstream_cx_ssl_total"), 0);
    assertEquals(proxy.stat("http.web.downstream_rq_3xx"), 1);
    assertEquals(proxy.log.map(({ message }) => message), ["plain HTTP on a TLS port"]);
  });
}

/** What is asked in vain, and the code in the log. */
const REFUSED: readonly (readonly [claim: string, request: string, code: string])[] = [
  ["without a Host", "GET / HTTP/1.1\r\n\r\n", "no_host"],
  ["without a Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "no_host"],
  ["with a Host that holds a field", "GET / HTTP/1.1\r\nHost: a\rx: y\r\n\r\n", "bad_line"],
  ["with a Host that names a user", "GET / HTTP/1.1\r\nHost: a@b.test\r\n\r\n", "bad_host"],
  ["with two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "two_hosts"],
  ["of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2_preface"],
  ["that is no request", "hello\r\n\r\n", "bad_request_line"],
];
for (const [claim, request, code] of REFUSED) {
  Deno.test(`Plain HTTP on a TLS port ${claim} is refused, not sent to https`, async () => {
    await using proxy = await start();
    using client = await proxy.connect();
    await client.send(request);
    const answer = await client.response();
    assertEquals([answer.status, answer.header("location")], [400, null]);
    assertEquals(await client.drain(), "");
    const [{ status, flags }] = await proxy.access(1);
    assertEquals([status, flags], [400, "DPE"]);
    assertEquals(proxy.log.map(({ fields }) => fields.code ?? null), [
      "plain_http_on_tls_port",
      code,
    ]);
  });
}

Deno.test("Plain HTTP on a TLS port that stops in its head gets a 408 in time", async () => {
  await using proxy = await start({ ...TIMEOUTS, headMs: 200 });
  using client = await proxy.connect();
  await client.send("GET / HT");
  assertMatch(await client.drain(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assertEquals((await proxy.access(1))[0].status, 408);
});

Deno.test("Only the first request on a plain connection to a TLS port is answered", async () => {
  await using proxy = await start();
  using client = await proxy.connect();
  await client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  assertEquals((await client.drain()).match(/^location: .*$/gm)?.length, 1);
  assertEquals((await proxy.access(1))[0].request, "GET /1 HTTP/1.1");
});

Deno.test("Plain HTTP on a TLS port behind which bytes pass through is closed, and named", async () => {
  await using proxy = await TestServer.start({
    listeners: [listener(tcp(), { tls: downstream })],
    clusters: [cluster([])],
  });
  using client = await proxy.connect();
  await client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  await client.drain();
  await until(() => proxy.log.length === 1, "it was logged");
  assertEquals(proxy.listenerStat("downstream_cx_not_tls"), 1);
  assertMatch(String(proxy.log[0].fields.cause), "does not speak TLS");
});

Deno.test("A TLS port that is full closes before the handshake", async () => {
  await using proxy = await TestServer.start({
    listeners: [listener(http(), { tls: downstream, maxConnections: 1 })],
    clusters: [cluster([])],
  });
  using first = await proxy.connect();
  await until(() => proxy.listenerStat("downstream_cx_active") === 1, "it is there");
  using second = await proxy.connect();
  assertEquals(await second.drain(), "");
  assertEquals(proxy.listenerStat("downstream_cx_overflow"), 1);
  first.close();
  await until(() => proxy.listenerStat("downstream_cx_active") === 0, "it is gone");
  using third = await proxy.connect();
  await third.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  assertEquals((await third.response()).status, 308);
});
