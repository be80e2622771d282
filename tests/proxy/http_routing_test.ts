import { ConnError } from "../../src/errors.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { overridden } from "../runtime/overridden.ts";
import { assertEquals } from "../assert.ts";
import { cluster, http, listener, route, TestServer } from "../server/fixture.ts";
import { showRequest, unusedPort, Upstream } from "../server/upstream.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

Deno.test("Two virtual hosts lead to their own clusters, with the path rewritten", async () => {
  await using one = Upstream.answering(showRequest);
  await using two = Upstream.answering(showRequest);
  const api = { path: { kind: "prefix" as const, value: "/api/" }, headers: [] };
  await using proxy = await TestServer.start({
    listeners: [listener(http({
      virtualHosts: [
        { name: "one", domains: ["one.test"], routes: [route({ cluster: "one" })] },
        {
          name: "two",
          domains: ["*.two.test"],
          routes: [route({ cluster: "two", match: api, prefixRewrite: "/" })],
        },
      ],
    }))],
    clusters: [cluster([one.port], { name: "one" }), cluster([two.port], { name: "two" })],
  });
  using client = await proxy.connect();
  const ask = async (host: string, path: string) => {
    await client.send(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    const { status, text } = await client.response();
    return status === 200 ? JSON.parse(text).line : status;
  };
  assertEquals(await ask("one.test:8080", "/x"), "GET /x HTTP/1.1");
  assertEquals(await ask("a.two.test", "/api/x?y"), "GET /x?y HTTP/1.1");
  assertEquals(await ask("a.two.test", "/x"), 404);
  assertEquals(await ask("three.test", "/x"), 404);
  assertEquals([one.wires.length, two.wires.length], [1, 1]);
  assertEquals(proxy.stat("http.web.no_route"), 2);
  const lines = await proxy.access(4);
  assertEquals(lines.map(({ status, flags }) => `${status} ${flags}`), [
    "200 -",
    "200 -",
    "404 NR",
    "404 NR",
  ]);
});

Deno.test("Without a route the answer is an empty 404, and the connection goes on", async () => {
  await using proxy = await TestServer.start({
    listeners: [listener(http({ routes: [] }))],
    clusters: [],
  });
  using client = await proxy.connect();
  for (const path of ["/a", "/b"]) {
    await client.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    const { status, text, header } = await client.response();
    assertEquals([status, text, header("server"), header("connection")], [404, "", "genkan", null]);
  }
});

Deno.test("An upgrade is refused with 403, and asked of nobody", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  for (const protocol of ["websocket", "foo", "h2c, websocket"]) {
    using client = await proxy.connect();
    await client.send(
      `GET / HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, Upgrade\r\nupgrade: ${protocol}\r\n\r\n`,
    );
    const { status, text, header } = await client.response();
    assertEquals([status, text, header("connection")], [403, "", "close"], protocol);
    assertEquals((await client.rest()).length, 0);
  }
  assertEquals(upstream.wires.length, 0);
  const lines = await proxy.access(3);
  assertEquals(lines.map(({ flags }) => flags), ["-", "-", "-"]);
});

Deno.test("An offer of h2c, or an upgrade that Connection doesn't name, is ignored", async () => {
  await using upstream = Upstream.answering(showRequest);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (
    const fields of [
      "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk",
      "upgrade: websocket",
    ]
  ) {
    await client.send(`GET / HTTP/1.1\r\nhost: a\r\n${fields}\r\n\r\n`);
    const { status, text } = await client.response();
    assertEquals(status, 200);
    const names = JSON.parse(text).fields.map(([name]: string[]) => name);
    for (const name of ["connection", "upgrade", "http2-settings"]) {
      assertEquals(names.includes(name), false, name);
    }
  }
});

Deno.test("A HEAD is answered here as a GET would be, without its body", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([])] });
  using client = await proxy.connect();
  for (const method of ["HEAD", "GET"]) {
    await client.send(`${method} / HTTP/1.1\r\nhost: a\r\n\r\n`);
    const { status, header, text } = await client.response(method);
    assertEquals([status, header("content-length")], [503, "19"]);
    assertEquals(text, method === "HEAD" ? "" : "no healthy upstream");
  }
});

Deno.test("Without an endpoint the answer is 503 UH, and a name that doesn't resolve is none", async () => {
  for (const endpoints of [[], ["nowhere.test:80"]]) {
    const runtime = overridden(denoRuntime(), {
      resolve: (name: string) => Promise.reject(new ConnError("dns", `Cannot resolve ${name}: no`)),
    });
    await using proxy = await TestServer.start({ clusters: [cluster(endpoints)], runtime });
    using client = await proxy.connect();
    await client.send(GET);
    const { status, text, header } = await client.response();
    assertEquals([status, text], [503, "no healthy upstream"]);
    assertEquals(header("content-type"), "text/plain");
    const [{ flags, upstream }] = await proxy.access(1);
    assertEquals([flags, upstream], ["UH", "-"]);
    assertEquals(proxy.stat("cluster.app.upstream_cx_none_healthy"), 1);
    const warned = proxy.log.filter(({ message }) => message === "cannot resolve");
    assertEquals(warned.length, endpoints.length);
  }
});

Deno.test("localhost is served when only one of its two families listens", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    await using upstream = new Upstream(async (wire) => {
      while (await wire.request() !== null) await wire.send(OK);
    }, hostname);
    await using proxy = await TestServer.start({
      clusters: [cluster([`localhost:${upstream.port}`])],
    });
    using client = await proxy.connect();
    await client.send(GET);
    assertEquals((await client.response()).text, "hi", hostname);
    const [line] = await proxy.access(1);
    const shownHost = hostname.includes(":") ? `[${hostname}]` : hostname;
    assertEquals(line.upstream, `${shownHost}:${upstream.port}`);
  }
});

Deno.test("Endpoints take turns", async () => {
  await using one = Upstream.answering(() => OK);
  await using two = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([one.port, two.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 4; count++) {
    await client.send(GET);
    await client.response();
  }
  const lines = await proxy.access(4);
  const ports = lines.map(({ upstream }) => Number(upstream.split(":")[1]));
  assertEquals(ports, [one.port, two.port, one.port, two.port]);
});

Deno.test("A listener whose access log is off writes none", async () => {
  await using proxy = await TestServer.start({
    listeners: [listener(http({ accessLog: false }))],
    clusters: [cluster([unusedPort()])],
  });
  using client = await proxy.connect();
  await client.send(GET);
  await client.response();
  await client.send("nonsense\r\n\r\n");
  assertEquals((await client.response()).status, 400);
  await proxy.access(0);
});
