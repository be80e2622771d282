import { ConnError } from "../../src/errors.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import type { Runtime } from "../../src/runtime/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { cluster, http, listener, route, TestServer } from "../server/fixture.ts";
import { unusedPort, Upstream } from "../server/upstream.ts";
import { latin1, type Message } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/** A response that shows the request. */
function shown({ line, fields, text }: Message): string {
  const body = JSON.stringify({ line, fields, text });
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** One request through a proxy to an upstream that always gives this answer. */
async function answered(request: string, answer: string): Promise<Message> {
  await using upstream = Upstream.answering(() => answer);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(request);
  return await client.response(request.slice(0, request.indexOf(" ")));
}

Deno.test("A GET reaches the upstream with its path, query and Host, and its answer comes back", async () => {
  await using upstream = Upstream.answering(shown);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("GET /a?b HTTP/1.1\r\nHost: app.test:8080\r\nX-Case: Kept\r\n\r\n");
  const response = await client.response();
  assertEquals(response.line, "HTTP/1.1 200 OK");
  const { line, fields } = JSON.parse(response.text);
  assertEquals(line, "GET /a?b HTTP/1.1");
  const sent = new Map<string, string>(fields);
  assertEquals(sent.get("host"), "app.test:8080");
  assertEquals(sent.get("x-case"), "Kept", "names go lower case, values as they came");
  assertEquals(sent.get("x-forwarded-for"), "127.0.0.1");
  assertEquals(sent.get("x-forwarded-proto"), "http");
  assertMatch(sent.get("x-request-id")!, /^[0-9a-f-]{36}$/);
  assertEquals(response.header("server"), "genkan");
  assertMatch(response.header("date")!, / GMT$/);
  assertMatch(response.header("x-envoy-upstream-service-time")!, /^\d+$/);
  assertEquals(await proxy.access(1), [{
    request: "GET /a?b HTTP/1.1",
    status: 200,
    flags: "-",
    received: 0,
    sent: response.body.length,
    upstream: `127.0.0.1:${upstream.port}`,
  }]);
});

Deno.test("A request's body is forwarded in the framing that it came in", async () => {
  await using upstream = Upstream.answering(shown);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (
    const [framing, sent] of [
      [["content-length", "5"], "hello"],
      [["transfer-encoding", "chunked"], "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n"],
    ] as const
  ) {
    const [name, value] = framing;
    await client.send(`POST /in HTTP/1.1\r\nhost: app.test\r\n${name}: ${value}\r\n\r\n${sent}`);
    const { fields, text } = JSON.parse((await client.response()).text);
    assertEquals(text, "hello");
    const all = fields.filter(([field]: string[]) =>
      field === "content-length" || field === "transfer-encoding"
    );
    assertEquals(all, [framing]);
  }
  const lines = await proxy.access(2);
  assertEquals(lines.map(({ received }) => received), [5, 5]);
});

Deno.test("A body is forwarded as it comes", async () => {
  const heard = Promise.withResolvers<void>();
  await using upstream = new Upstream(async (wire) => {
    await wire.head();
    assertEquals(latin1(await wire.bytes(5)), "hello");
    heard.resolve();
    assertEquals(latin1(await wire.bytes(5)), "world");
    await wire.send(OK);
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("PUT / HTTP/1.1\r\nhost: app.test\r\ncontent-length: 10\r\n\r\nhello");
  await heard.promise;
  await client.send("world");
  assertEquals((await client.response()).status, 200);
});

Deno.test("A response is passed on as it comes", async () => {
  const taken = Promise.withResolvers<void>();
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    await taken.promise;
    await wire.send("world");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  await client.head();
  assertEquals(latin1(await client.bytes(5)), "hello");
  taken.resolve();
  assertEquals(latin1(await client.bytes(5)), "world");
});

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

Deno.test("Pipelined requests are answered in their order", async () => {
  await using upstream = Upstream.answering(({ line }) => {
    const path = line.split(" ")[1];
    return `HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`;
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  const paths = Array.from({ length: 20 }, (_, at) => `/${at}`);
  await client.send(
    paths.map((path) =>
      Number(path.slice(1)) % 3 === 0
        ? `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc`
        : `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`
    ).join(""),
  );
  for (const path of paths) assertEquals((await client.response()).text, path);
});

Deno.test("Responses without a body leave the connection in order", async () => {
  await using upstream = Upstream.answering(({ line }) => {
    const [method, path] = line.split(" ");
    if (path === "/204") return "HTTP/1.1 204 No Content\r\n\r\n";
    if (path === "/304") {
      return 'HTTP/1.1 304 Not Modified\r\netag: "x"\r\ncontent-length: 42\r\n\r\n';
    }
    return `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n${method === "HEAD" ? "" : "hi"}`;
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (
    const [method, path, status, length] of [
      ["HEAD", "/", 200, "2"],
      ["GET", "/204", 204, null],
      ["GET", "/304", 304, "42"],
      ["HEAD", "/304", 304, "42"],
      ["GET", "/", 200, "2"],
    ] as const
  ) {
    await client.send(`${method} ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    const response = await client.response(method);
    assertEquals(
      [response.status, response.header("content-length"), response.header("transfer-encoding")],
      [status, length, null],
      `${method} ${path}`,
    );
  }
  assertEquals(upstream.wires.length, 1);
});

Deno.test("HEAD of a chunked resource tells no framing and ends at its head", async () => {
  const response = await answered(
    "HEAD / HTTP/1.1\r\nhost: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  assertEquals([response.status, response.header("transfer-encoding")], [200, null]);
});

Deno.test("A chunked response is chunked again, without its extensions and trailers", async () => {
  const response = await answered(
    GET,
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nx-t: 1\r\n\r\n",
  );
  assertEquals(response.header("transfer-encoding"), "chunked");
  assertEquals(response.text, "hello");
});

Deno.test("A response that ends with the upstream's connection is chunked, and ours goes on", async () => {
  await using upstream = new Upstream(async (wire) => {
    await wire.request();
    await wire.send("HTTP/1.0 200 OK\r\n\r\nhello");
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 2; count++) {
    await client.send(GET);
    const response = await client.response();
    assertEquals([response.header("transfer-encoding"), response.text], ["chunked", "hello"]);
    assertEquals(response.header("connection"), null);
  }
  assertEquals(upstream.wires.length, 2);
});

Deno.test("Early hints are passed on, and a 100 from upstream is not", async () => {
  await using upstream = Upstream.answering(() =>
    "HTTP/1.1 100 Continue\r\n\r\n" +
    "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n" +
    "HTTP/1.1 103 Early Hints\r\nlink: </b.css>\r\n\r\n" + OK
  );
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(GET);
  for (const link of ["</a.css>", "</b.css>"]) {
    const hints = await client.response();
    assertEquals([hints.line, hints.header("link")], ["HTTP/1.1 103 Early Hints", link]);
  }
  assertEquals((await client.response()).text, "hi");
  assertEquals(upstream.wires.length, 1);
});

Deno.test("Expect: 100-continue is answered here, and the upstream gets the body without it", async () => {
  await using upstream = Upstream.answering(shown);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(
    "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 5\r\n\r\n",
  );
  assertEquals((await client.response()).line, "HTTP/1.1 100 Continue");
  await client.send("hello");
  const { fields, text } = JSON.parse((await client.response()).text);
  assertEquals(text, "hello");
  assertEquals(fields.filter(([name]: string[]) => name === "expect"), []);
});

Deno.test("A client that doesn't wait for 100 Continue is spared it", async () => {
  await using upstream = Upstream.answering(shown);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(
    "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\nhello",
  );
  const response = await client.response();
  assertEquals([response.status, JSON.parse(response.text).text], [200, "hello"]);
});

Deno.test("A client that waits for 100 Continue isn't asked for a body that nobody takes", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([unusedPort()])] });
  using client = await proxy.connect();
  await client.send(
    "PUT / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
  );
  const { status, header } = await client.response();
  assertEquals([status, header("connection")], [503, "close"]);
});

Deno.test("Bytes beyond ASCII in fields go through as they are, both ways", async () => {
  const value = new Uint8Array([0x63, 0xe9, 0x20, 0xc3, 0xa9, 0xff]);
  const message = (line: string) => {
    const head = new TextEncoder().encode(`${line}\r\nhost: a\r\ncontent-length: 0\r\nx-raw: `);
    return new Uint8Array([...head, ...value, 13, 10, 13, 10]);
  };
  await using upstream = new Upstream(async (wire) => {
    const request = await wire.request();
    assertEquals(request?.header("x-raw"), latin1(value));
    await wire.send(message("HTTP/1.1 200 OK"));
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(message("GET / HTTP/1.1"));
  assertEquals((await client.response()).header("x-raw"), latin1(value));
});

Deno.test("Heads of 55 KB go through, both ways and again", async () => {
  const value = "x".repeat(55_000);
  await using upstream = Upstream.answering((request) => {
    assertEquals(request.header("x-long"), value);
    return `HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-long: ${value}\r\n\r\nhi`;
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  for (let count = 0; count < 3; count++) {
    await client.send(`GET / HTTP/1.1\r\nhost: a\r\nx-long: ${value}\r\n\r\n`);
    const response = await client.response();
    assertEquals([response.header("x-long"), response.text], [value, "hi"]);
  }
  assertEquals(upstream.wires.length, 1);
});

Deno.test("Duplicate fields are kept, both ways and in order", async () => {
  await using upstream = Upstream.answering((request) => {
    const cookies = request.fields.filter(([name]) => name === "cookie");
    assertEquals(cookies, [["cookie", "a=1"], ["cookie", "b=2"]]);
    return "HTTP/1.1 200 OK\r\nset-cookie: c=3\r\ncontent-length: 0\r\nset-cookie: d=4\r\n\r\n";
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send("GET / HTTP/1.1\r\nhost: a\r\ncookie: a=1\r\ncookie: b=2\r\n\r\n");
  const { status, fields } = await client.response();
  assertEquals(status, 200);
  const cookies = fields.filter(([name]) => name === "set-cookie");
  assertEquals(cookies, [["set-cookie", "c=3"], ["set-cookie", "d=4"]]);
});

Deno.test("connection: close ends the client's connection, and not the upstream's", async () => {
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  for (let count = 0; count < 2; count++) {
    using client = await proxy.connect();
    await client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    const response = await client.response();
    assertEquals([response.text, response.header("connection")], ["hi", "close"]);
    assertEquals((await client.rest()).length, 0);
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

Deno.test("Two virtual hosts lead to their own clusters, with the path rewritten", async () => {
  await using one = Upstream.answering(shown);
  await using two = Upstream.answering(shown);
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
    const runtime: Runtime = Object.assign(Object.create(denoRuntime()), {
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
