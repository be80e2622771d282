import { assert, assertEquals } from "../assert.ts";
import { cluster, http, listener, TestServer } from "../server/fixture.ts";
import { unusedPort, Upstream } from "../server/upstream.ts";
import type { Message } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const MAX_HOPS = 5;

/** A proxy that is its own upstream. */
function startLoop(maxHops = MAX_HOPS): Promise<TestServer> {
  const port = unusedPort();
  return TestServer.start({
    listeners: [listener(http({ maxHops }), { port })],
    clusters: [cluster([port])],
  });
}

/** The statuses and counts that an upstream saw, with a count given by the client. */
async function pass(
  given: string | null,
  maxHops: number,
): Promise<{ status: number; counts: (string | null)[] }> {
  const seen: Message[] = [];
  await using upstream = Upstream.answering((request) => {
    seen.push(request);
    return OK;
  });
  await using proxy = await TestServer.start({
    listeners: [listener(http({ maxHops }))],
    clusters: [cluster([upstream.port])],
  });
  using client = await proxy.connect();
  const field = given === null ? "" : `x-genkan-hops: ${given}\r\n`;
  await client.send(`GET / HTTP/1.1\r\nhost: a\r\n${field}\r\n`);
  const { status } = await client.response();
  return { status, counts: seen.map(({ header }) => header("x-genkan-hops")) };
}

Deno.test("A proxy that is its own upstream answers 508 after so many rounds", async () => {
  await using proxy = await startLoop();
  using client = await proxy.connect();
  await client.send(GET);
  const { status, text, header } = await client.response();
  assertEquals([status, text, header("connection")], [508, "request loop", null]);
  const lines = await proxy.access(MAX_HOPS + 1);
  assertEquals(lines.map(({ status, flags }) => `${status} ${flags}`), [
    ...Array.from({ length: MAX_HOPS + 1 }, () => "508 -"),
  ]);
  assertEquals(proxy.log.map(({ message, fields }) => [message, fields.code]), [
    ["request refused", "loop"],
  ]);
});

Deno.test("Requests that go round leave no more connections than one round has", async () => {
  await using proxy = await startLoop();
  using client = await proxy.connect();
  for (let count = 0; count < 10; count++) {
    await client.send(GET);
    assertEquals((await client.response()).status, 508);
  }
  assertEquals(proxy.stat("cluster.app.upstream_cx_total"), MAX_HOPS);
  await proxy.access(10 * (MAX_HOPS + 1));
});

Deno.test("The upstream is told how often a request has come through", async () => {
  assertEquals(await pass(null, MAX_HOPS), { status: 200, counts: ["1"] });
  assertEquals(await pass("1", MAX_HOPS), { status: 200, counts: ["2"] });
  assertEquals(await pass("4", MAX_HOPS), { status: 200, counts: ["5"] });
  assertEquals(await pass("5", MAX_HOPS), { status: 508, counts: [] });
});

Deno.test("A count that can't be read is taken for too many", async () => {
  for (const given of ["x", "-1", "1e3", "", "00001", "1, 1", "99999", "0x1"]) {
    assertEquals(await pass(given, MAX_HOPS), { status: 508, counts: [] }, given);
  }
});

Deno.test("Where nothing is counted the field is anybody's", async () => {
  assertEquals(await pass(null, 0), { status: 200, counts: [null] });
  assertEquals(await pass("99", 0), { status: 200, counts: ["99"] });
});

Deno.test("A count isn't hidden by naming it in Connection, or by giving it twice", async () => {
  for (
    const fields of [
      "connection: x-genkan-hops\r\nx-genkan-hops: 5",
      "x-genkan-hops: 1\r\nx-genkan-hops: 5",
    ]
  ) {
    await using upstream = Upstream.answering(() => OK);
    await using proxy = await TestServer.start({
      listeners: [listener(http({ maxHops: MAX_HOPS }))],
      clusters: [cluster([upstream.port])],
    });
    using client = await proxy.connect();
    await client.send(`GET / HTTP/1.1\r\nhost: a\r\n${fields}\r\n\r\n`);
    assert((await client.response()).status === 508, fields);
  }
});
