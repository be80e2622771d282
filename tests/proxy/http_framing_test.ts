import { assertEquals } from "../assert.ts";
import { cluster, TestServer } from "../server/fixture.ts";
import { showRequest, unusedPort, Upstream } from "../server/upstream.ts";
import { latin1, type Message } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/** One request through a proxy to an upstream that always gives this answer. */
async function answered(request: string, answer: string): Promise<Message> {
  await using upstream = Upstream.answering(() => answer);
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  using client = await proxy.connect();
  await client.send(request);
  return await client.response(request.slice(0, request.indexOf(" ")));
}

Deno.test("A request's body is forwarded in the framing that it came in", async () => {
  await using upstream = Upstream.answering(showRequest);
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
  await using upstream = Upstream.answering(showRequest);
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
  await using upstream = Upstream.answering(showRequest);
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
