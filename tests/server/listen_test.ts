import { ConnError } from "../../src/errors.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import type { Listener, Runtime } from "../../src/runtime/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { cluster, http, listener, TestServer } from "./fixture.ts";
import { testTls } from "./tls.ts";
import { unusedPort, Upstream } from "./upstream.ts";
import { connect, until, Wire } from "./wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

Deno.test("A port in use fails the start, names the address, and leaves nothing bound", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const free = unusedPort();
  const error = await assertRejects(() =>
    TestServer.start({
      listeners: [
        listener(http(), { name: "free", port: free }),
        listener(http(), { name: "taken", port }),
      ],
      clusters: [cluster([])],
    }), ConnError);
  assertEquals(error.code, "address_in_use");
  assertMatch(error.message, `127.0.0.1:${port}`);
  await assertRejects(() => connect(free), Deno.errors.ConnectionRefused);
});

Deno.test("A server tells the ports that it was given", async () => {
  await using proxy = await TestServer.start({
    listeners: [listener(http(), { name: "one" }), listener(http(), { name: "two" })],
    clusters: [cluster([])],
  });
  const [one, two] = proxy.server.listeners();
  assertEquals([one.name, two.name], ["one", "two"]);
  assert(one.address.port > 0 && two.address.port > 0 && one.address.port !== two.address.port);
  for (const name of ["one", "two"]) {
    using client = await proxy.connect(name);
    await client.send(GET);
    assertEquals((await client.response()).status, 503);
  }
});

/** Connects by TLS. */
async function connectTls(port: number, ca: string): Promise<Wire> {
  return new Wire(await Deno.connectTls({ hostname: "localhost", port, caCerts: [ca] }));
}

Deno.test("A TLS listener terminates, and the upstream hears that it was https", async () => {
  const { ca, downstream } = await testTls();
  await using upstream = Upstream.answering(({ header }) => {
    assertEquals(header("x-forwarded-proto"), "https");
    return OK;
  });
  await using proxy = await TestServer.start({
    listeners: [listener(http(), { tls: downstream })],
    clusters: [cluster([upstream.port])],
  });
  using client = await connectTls(proxy.port(), ca);
  await client.send(GET);
  assertEquals((await client.response()).text, "hi");
  assertEquals(proxy.listenerStat("ssl.handshake"), 1);
  assertEquals(proxy.stat("http.web.downstream_cx_ssl_total"), 1);
  const [{ own, trusted }] = await proxy.server.certificates();
  assertEquals([own.length, trusted.length], [1, 0]);
  assertEquals([own[0].dnsNames, own[0].ipAddresses], [["localhost"], ["127.0.0.1"]]);
});

Deno.test("A handshake that fails is counted and logged, and accepting goes on", async () => {
  const { ca, downstream } = await testTls();
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({
    listeners: [listener(http(), { tls: downstream })],
    clusters: [cluster([upstream.port])],
  });
  for (let count = 0; count < 3; count++) {
    using stranger = await proxy.connect();
    await stranger.send("\0 neither TLS nor HTTP");
    await stranger.drain();
  }
  await until(() => proxy.listenerStat("ssl.connection_error") === 3, "all three have failed");
  assertEquals(proxy.listenerStat("downstream_cx_not_tls"), 3);
  const failed = proxy.log.filter(({ message }) => message === "handshake failed");
  assertEquals(failed.length, 3);
  assertEquals(failed[0].fields.listener, "web");
  using client = await connectTls(proxy.port(), ca);
  await client.send(GET);
  assertEquals((await client.response()).text, "hi");
  await proxy.access(1);
});

Deno.test("A client that only knocks at a TLS port is no news", async () => {
  const { downstream } = await testTls();
  await using proxy = await TestServer.start({
    listeners: [listener(http(), { tls: downstream })],
    clusters: [cluster([])],
  });
  (await proxy.connect()).close();
  await until(() => proxy.listenerStat("downstream_cx_destroy") === 1, "it is gone");
  assertEquals(proxy.log, []);
  await proxy.access(0);
});

Deno.test("A handshake that never ends holds up neither other clients nor a stop", async () => {
  const { ca, downstream } = await testTls();
  await using upstream = Upstream.answering(() => OK);
  await using proxy = await TestServer.start({
    listeners: [listener(http(), { tls: downstream })],
    clusters: [cluster([upstream.port])],
  });
  using silent = await proxy.connect();
  using client = await connectTls(proxy.port(), ca);
  await client.send(GET);
  assertEquals((await client.response()).text, "hi");
  await proxy.server.stop(600_000);
  assertEquals(await silent.drain(), "");
});

Deno.test("An accept that fails is counted and tried again, and told of once", async () => {
  let failures = 2;
  const runtime = denoRuntime();
  const flaky: Runtime = Object.assign(Object.create(runtime), {
    listen: async (...args: Parameters<Runtime["listen"]>): Promise<Listener> => {
      const bound = await runtime.listen(...args);
      return {
        address: bound.address,
        accept: () =>
          failures-- > 0
            ? Promise.reject(new ConnError("other", "Cannot accept: too many open files"))
            : bound.accept(),
        close: () => bound.close(),
      };
    },
  });
  const proxy = await TestServer.start({ clusters: [cluster([])], runtime: flaky });
  using client = await proxy.connect();
  await client.send(GET);
  assertEquals((await client.response()).status, 503);
  assertEquals(proxy.listenerStat("downstream_cx_accept_failed"), 2);
  const told = proxy.log.filter(({ level }) => level === "error");
  assertEquals(told.map(({ message }) => message), ["cannot accept, will try again"]);
  proxy.log.length = 0;
  await proxy[Symbol.asyncDispose]();
});
