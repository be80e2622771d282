import { assertEquals, assertMatch } from "../assert.ts";
import { cluster, TestServer } from "../server/fixture.ts";
import { showRequest, Upstream } from "../server/upstream.ts";
import { latin1 } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

Deno.test("A GET reaches the upstream with its path, query and Host, and its answer comes back", async () => {
  await using upstream = Upstream.answering(showRequest);
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
