import type { HttpLimitsConfig, RouteConfig } from "../../src/config/model.ts";
import { assert, assertEquals } from "../assert.ts";
import { cluster, http, listener, route, TestServer } from "../server/fixture.ts";
import { Upstream } from "../server/upstream.ts";
import { until } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const post = (fields: string) => `POST / HTTP/1.1\r\nhost: a\r\n${fields}\r\n\r\n`;
const size = (text: string) => text.length.toString(16);
const chunk = (text: string) => `${size(text)}\r\n${text}\r\n`;

/** A proxy with limits, before one upstream. */
function start(
  upstream: Upstream,
  limits: Partial<HttpLimitsConfig>,
  of: Partial<RouteConfig> = {},
): Promise<TestServer> {
  const plain = http({ routes: [route(of)] });
  return TestServer.start({
    listeners: [listener({ ...plain, limits: { ...plain.limits, ...limits } })],
    clusters: [cluster([upstream.port])],
  });
}

/** The status that each request gets, on a connection of its own; those refused reach nobody. */
async function statuses(
  requests: readonly string[],
  limits: Partial<HttpLimitsConfig>,
): Promise<string[]> {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await start(upstream, limits);
  const got: string[] = [];
  for (const request of requests) {
    using client = await proxy.connect();
    await client.send(request);
    const { status, text, header } = await client.response();
    if (status !== 200) {
      assertEquals(header("connection"), "close");
      assertEquals((await client.rest()).length, 0);
    }
    got.push(`${status} ${text}`);
  }
  await proxy.access(requests.length);
  const passed = got.filter((each) => each === "200 hi").length;
  assertEquals(proxy.stat("cluster.app.upstream_rq_total"), passed);
  return got;
}

Deno.test("A head of as many bytes as are allowed passes, one more is 431", async () => {
  const lead = "GET / HTTP/1.1\r\nhost: a\r\nx: ", end = "\r\n\r\n";
  const fill = (bytes: number) => lead + "x".repeat(bytes - lead.length - end.length) + end;
  assertEquals(await statuses([fill(1024), fill(1025), fill(4096)], { headBytes: 1024 }), [
    "200 hi",
    "431 Request Header Fields Too Large",
    "431 Request Header Fields Too Large",
  ]);
});

Deno.test("A head of as many fields as are allowed passes, one more is 431", async () => {
  const fields = (count: number) =>
    `GET / HTTP/1.1\r\nhost: a\r\n${
      Array.from({ length: count - 1 }, (_, at) => `x-${at}: 1\r\n`).join("")
    }\r\n`;
  assertEquals(await statuses([fields(5), fields(6)], { headFields: 5 }), [
    "200 hi",
    "431 Request Header Fields Too Large",
  ]);
});

Deno.test("A target of as many bytes as are allowed passes, one more is 414", async () => {
  const target = (bytes: number) => `GET /${"x".repeat(bytes - 1)} HTTP/1.1\r\nhost: a\r\n\r\n`;
  assertEquals(await statuses([target(100), target(101), target(5_000)], { targetBytes: 100 }), [
    "200 hi",
    "414 URI Too Long",
    "414 URI Too Long",
  ]);
});

Deno.test("A body whose length is over the limit is 413, and nothing reaches the upstream", async () => {
  for (const expects of ["", "\r\nexpect: 100-continue"]) {
    await using upstream = Upstream.answering(() => OK);
    await using proxy = await start(upstream, {}, { maxBodyBytes: 10 });
    using client = await proxy.connect();
    await client.send(post(`content-length: 11${expects}`));
    const { status, text, header } = await client.response();
    assertEquals([status, text, header("connection")], [413, "Payload Too Large", "close"]);
    await client.send("hello world");
    assertEquals((await client.rest()).length, 0, "an end, not a reset");
    const [line] = await proxy.access(1);
    assertEquals([line.status, line.flags], [413, "-"]);
    assertEquals(proxy.stat("cluster.app.upstream_cx_total"), 0);
    assertEquals(proxy.stat("http.web.downstream_rq_too_large"), 1);
    assertEquals(proxy.stat("http.web.downstream_cx_protocol_error"), 0);
  }
});

Deno.test("A body of just the length that is allowed passes, told by its length or not", async () => {
  for (
    const request of [
      `${post("content-length: 10")}0123456789`,
      `${post("transfer-encoding: chunked")}${chunk("01234")}${chunk("56789")}0\r\n\r\n`,
    ]
  ) {
    await using upstream = Upstream.answering(({ text }) => {
      assertEquals(text, "0123456789");
      return OK;
    });
    await using proxy = await start(upstream, {}, { maxBodyBytes: 10 });
    using client = await proxy.connect();
    await client.send(request);
    const { status, header } = await client.response();
    assertEquals([status, header("connection")], [200, null]);
  }
});

Deno.test("A body in chunks that grows over the limit is 413, and the upstream sees no end of it", async () => {
  const first = Promise.withResolvers<void>();
  let got: string | null = null;
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    assertEquals(new TextDecoder().decode(await wire.bytes(10)), chunk("01234"));
    first.resolve();
    got = await wire.drain();
  });
  await using proxy = await start(upstream, {}, { maxBodyBytes: 10 });
  using client = await proxy.connect();
  await client.send(`${post("transfer-encoding: chunked")}${chunk("01234")}`);
  await first.promise;
  await client.send(`${chunk("56789x")}0\r\n\r\n`);
  const { status, text, header } = await client.response();
  assertEquals([status, text, header("connection")], [413, "Payload Too Large", "close"]);
  assertEquals((await client.rest()).length, 0);
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [413, "-"]);
  await until(() => got !== null, "the upstream saw the end");
  assert(!got!.includes("0\r\n\r\n"), got!);
  await proxy.quiet();
});

Deno.test("A body that is over the limit in its first bytes is never sent whole", async () => {
  const got: string[] = [];
  await using upstream = new Upstream(async (wire) => void got.push(await wire.drain()));
  await using proxy = await start(upstream, {}, { maxBodyBytes: 10 });
  using client = await proxy.connect();
  await client.send(`${post("transfer-encoding: chunked")}${chunk("0123456789x")}0\r\n\r\n`);
  assertEquals((await client.response()).status, 413);
  client.close();
  await proxy.access(1);
  await proxy.quiet();
  for (const text of got) assert(!text.includes("0\r\n\r\n"), text);
});

Deno.test("A body over the limit behind an answer that has begun cuts the answer", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    await wire.drain();
  });
  await using proxy = await start(upstream, {}, { maxBodyBytes: 10 });
  using client = await proxy.connect();
  await client.send(`${post("transfer-encoding: chunked")}${chunk("01234")}`);
  await client.head();
  assertEquals(new TextDecoder().decode(await client.bytes(5)), "hello");
  await client.send(chunk("56789x"));
  assertEquals(await client.drain(), "");
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [200, "DC"]);
});

Deno.test("The limit is the route's", async () => {
  await using upstream = Upstream.answering(() => OK);
  const small = route({
    match: { path: { kind: "prefix", value: "/small" }, headers: [] },
    clientSans: null,
    maxBodyBytes: 1,
  });
  await using proxy = await TestServer.start({
    listeners: [listener(http({ routes: [small, route()] }))],
    clusters: [cluster([upstream.port])],
  });
  for (const [path, expected] of [["/small", 413], ["/large", 200]] as const) {
    using client = await proxy.connect();
    await client.send(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi`);
    assertEquals((await client.response()).status, expected);
  }
});

Deno.test("The last request that a connection may have is told that it is the last", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await start(upstream, { requestsPerConnection: 3 });
  using client = await proxy.connect();
  await client.send(GET.repeat(4));
  const options: (string | null)[] = [];
  for (let count = 0; count < 3; count++) {
    const { status, header } = await client.response();
    assertEquals(status, 200);
    options.push(header("connection"));
  }
  assertEquals(options, [null, null, "close"]);
  assertEquals((await client.rest()).length, 0);
  await proxy.access(3);
  assertEquals(proxy.stat("cluster.app.upstream_rq_total"), 3);
});

Deno.test("Replies of genkan's own count as well as any", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({
    listeners: [listener({
      ...http({ routes: [] }),
      limits: { ...http().limits, requestsPerConnection: 2 },
    })],
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  for (const expected of [null, "close"]) {
    await client.send(GET);
    const { status, header } = await client.response();
    assertEquals([status, header("connection")], [404, expected]);
  }
  assertEquals((await client.rest()).length, 0);
});
