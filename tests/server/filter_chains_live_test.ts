/**
 * Filter chains of a running server: which one a connection takes, and that what is passed through
 * is what was sent.
 *
 * @module
 */

import { ANY } from "../../src/config/native/defaults.ts";
import type { FilterChainConfig, ListenerConfig } from "../../src/config/model.ts";
import { assert, assertEquals } from "../assert.ts";
import { hello, helloMessage, inRecords } from "../tls/hellos.ts";
import { cluster, http, listener, route, tcp, TestServer } from "./fixture.ts";
import { testTls } from "./tls.ts";
import { connectTls } from "./tls_wire.ts";
import { Upstream } from "./upstream.ts";
import { latin1, until } from "./wire.ts";

/** A listener whose chains take names, and pass on what they take. */
function passing(
  chains: readonly Partial<FilterChainConfig>[],
  options: Partial<ListenerConfig> = {},
): ListenerConfig {
  const whole = chains.map((chain) => ({
    name: "",
    match: ANY,
    tls: null,
    filter: tcp(),
    ...chain,
  }));
  return { ...listener(tcp()), inspectTls: true, filterChains: whole, ...options };
}

function named(...serverNames: string[]) {
  return { match: { ...ANY, serverNames } };
}

/** An upstream that reads to the end, says `answer` and ends; what it got is in `got`. */
function listening(answer: string): { upstream: Upstream; got: Uint8Array[] } {
  const got: Uint8Array[] = [];
  const upstream = new Upstream(async (wire) => {
    got.push(await wire.rest());
    await wire.send(answer);
    await wire.end();
  });
  return { upstream, got };
}

Deno.test("What is passed through arrives as it was sent, and each end closes by itself", async () => {
  const { upstream, got } = listening("goodbye");
  await using _ = upstream;
  await using proxy = await TestServer.start({
    listeners: [passing([named("a.test")])],
    clusters: [cluster([upstream.port])],
  });
  const first = inRecords(helloMessage({ serverName: "a.test" }), [1, 40, 3]);
  const rest = crypto.getRandomValues(new Uint8Array(60_000));
  using wire = await proxy.connect();
  await wire.send(first.subarray(0, 9));
  await wire.send(first.subarray(9));
  await wire.send(rest);
  await wire.end();
  assertEquals(latin1(await wire.rest()), "goodbye");
  assertEquals(got.length, 1);
  assertEquals(latin1(got[0]), latin1(first) + latin1(rest));
});

Deno.test("What comes in one write with a ClientHello is passed through behind it", async () => {
  const { upstream, got } = listening("");
  await using _ = upstream;
  await using proxy = await TestServer.start({
    listeners: [passing([named("a.test"), { match: { ...ANY, transportProtocol: "raw_buffer" } }])],
    clusters: [cluster([upstream.port])],
  });
  const large = new Uint8Array(1 << 20).fill(0x61);
  const all = new Uint8Array([...hello({ serverName: "a.test" }), ...large]);
  for (const [at, bytes] of [all, large].entries()) {
    using wire = await proxy.connect();
    await wire.send(bytes);
    await wire.end();
    await wire.rest();
    assertEquals(got[at].length, bytes.length);
    assert(got[at].every((byte, index) => byte === bytes[index]));
  }
});

Deno.test("An upstream that ends first still gets what the client says", async () => {
  const got = Promise.withResolvers<Uint8Array>();
  await using upstream = new Upstream(async (wire) => {
    await wire.end();
    got.resolve(await wire.rest());
  });
  await using proxy = await TestServer.start({
    listeners: [passing([named("a.test")])],
    clusters: [cluster([upstream.port])],
  });
  using wire = await proxy.connect();
  const bytes = hello({ serverName: "a.test" });
  await wire.send(bytes);
  assertEquals((await wire.rest()).length, 0);
  await wire.send("more");
  await wire.end();
  assertEquals(latin1(await got.promise), `${latin1(bytes)}more`);
});

Deno.test("Without looking, chains match by neither name nor protocol", async () => {
  const { upstream, got } = listening("");
  await using _ = upstream;
  const chains = [named("a.test"), { match: { ...ANY, transportProtocol: "tls" as const } }];
  await using proxy = await TestServer.start({
    listeners: [passing(chains, { inspectTls: false })],
    clusters: [cluster([upstream.port])],
  });
  using wire = await proxy.connect();
  await wire.send(hello({ serverName: "a.test" })).catch(() => {});
  await wire.drain();
  await until(() => proxy.listenerStat("no_filter_chain_match") === 1, "it is counted");
  assertEquals(got, []);
});

Deno.test("Once a name has its chain, no other one is tried, but the default one", async () => {
  const { upstream } = listening("default");
  await using _ = upstream;
  const match = { ...ANY, serverNames: ["www.a.test"], applicationProtocols: ["h2"] };
  const wild = { match: { ...ANY, serverNames: ["*.a.test"] }, filter: tcp({ cluster: "none" }) };
  const config = passing([{ match, filter: tcp({ cluster: "none" }) }, wild]);
  const defaultFilterChain = passing([{}]).filterChains[0];
  await using proxy = await TestServer.start({
    listeners: [{ ...config, defaultFilterChain }],
    clusters: [cluster([upstream.port]), cluster([], { name: "none" })],
  });
  using wire = await proxy.connect();
  await wire.send(hello({ serverName: "www.a.test", alpn: ["http/1.1"] }));
  await wire.end();
  assertEquals(latin1(await wire.rest()), "default");
  using other = await proxy.connect();
  await other.send(hello({ serverName: "x.a.test" }));
  assertEquals(await other.drain(), "");
  assertEquals(proxy.stat("cluster.none.upstream_cx_none_healthy"), 1);
});

Deno.test("A client that leaves before it is known what it wants leaves nothing behind", async () => {
  const { downstream } = await testTls();
  await using proxy = await TestServer.start({
    listeners: [passing([{ ...named("a.test"), tls: downstream, filter: http() }])],
    clusters: [cluster([1])],
  });
  const beginnings = [new Uint8Array(), hello().subarray(0, 1), hello().subarray(0, 50)];
  for (const [at, bytes] of beginnings.entries()) {
    using wire = await proxy.connect();
    if (bytes.length > 0) await wire.send(bytes);
    await wire.end();
    assertEquals(await wire.drain(), "");
    await until(() => proxy.listenerStat("downstream_cx_destroy") === at + 1, "it is gone");
  }
  assertEquals(proxy.log, []);
});

Deno.test("A stop doesn't wait for clients that have said nothing yet", async () => {
  const { downstream } = await testTls();
  const proxy = await TestServer.start({
    listeners: [passing([{ ...named("a.test"), tls: downstream, filter: http() }])],
    clusters: [cluster([1])],
  });
  using silent = await proxy.connect();
  using halting = await proxy.connect();
  await halting.send(hello().subarray(0, 20));
  await until(() => proxy.listenerStat("downstream_cx_active") === 2, "both are in");
  await proxy.server.stop(60_000);
  assertEquals([await silent.drain(), await halting.drain()], ["", ""]);
  await proxy[Symbol.asyncDispose]();
});

Deno.test("Two chains on one port lead through filters of their own", async () => {
  await using one = Upstream.answering(() => "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none");
  const { ca, downstream } = await testTls();
  await using proxy = await TestServer.start({
    listeners: [passing([
      { ...named("localhost"), tls: downstream, filter: http() },
      {
        match: { ...ANY, transportProtocol: "raw_buffer" },
        filter: http({ routes: [route({ cluster: "none" })] }),
      },
    ])],
    clusters: [cluster([one.port]), cluster([], { name: "none" })],
  });
  using secure = await connectTls(proxy.port(), { ca, client: null });
  using plain = await proxy.connect();
  const request = "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n";
  await Promise.all([secure.send(request), plain.send(request)]);
  assertEquals((await secure.response()).text, "one");
  assertEquals((await plain.response()).status, 503);
});
