/**
 * The PROXY protocol in front of what a listener does: whose connection it is from then on.
 *
 * @module
 */

import { ANY } from "../../src/config/native/defaults.ts";
import type { ListenerConfig } from "../../src/config/model.ts";
import { encodeProxyHeader } from "../../src/proxy_protocol/mod.ts";
import { assertEquals } from "../assert.ts";
import { hello } from "../tls/hellos.ts";
import { cluster, http, listener, tcp, TestServer } from "./fixture.ts";
import { testTls } from "./tls.ts";
import { showRequest, Upstream } from "./upstream.ts";
import { latin1, until } from "./wire.ts";

const CLIENT = { host: "192.0.2.7", port: 4711 };
const HEADER = encodeProxyHeader({
  kind: "proxied",
  source: CLIENT,
  destination: { host: "192.0.2.1", port: 443 },
}, 2);

function trusting(config: ListenerConfig, trusted = ["127.0.0.1"]): ListenerConfig {
  return { ...config, proxyProtocol: { trusted } };
}

Deno.test("A refused client is logged under the address that the header names", async () => {
  const { downstream } = await testTls();
  const config = trusting(listener(http(), { tls: downstream }));
  const chain = { ...config.filterChains[0], match: { ...ANY, serverNames: ["a.test"] } };
  await using proxy = await TestServer.start({
    listeners: [{ ...config, inspectTls: true, filterChains: [chain] }],
    clusters: [cluster([1])],
  });
  const refused: [Uint8Array, string][] = [
    [hello({ serverName: "b.test" }), "no_filter_chain"],
    [Uint8Array.of(22, 3, 1, 0, 1, 9), "bad_client_hello"],
  ];
  for (const [bytes, code] of refused) {
    using wire = await proxy.connect();
    await wire.send(HEADER);
    await wire.send(bytes);
    await wire.drain();
    await until(() => proxy.log.at(-1)?.fields.code === code, `${code} is logged`);
    assertEquals(proxy.log.at(-1)!.fields.peer, "192.0.2.7:4711");
  }
});

Deno.test("The header is taken away, and what stood in one write with it isn't", async () => {
  const got: Uint8Array[] = [];
  await using upstream = new Upstream(async (wire) => void got.push(await wire.rest()));
  await using proxy = await TestServer.start({
    listeners: [trusting(listener(tcp()))],
    clusters: [cluster([upstream.port])],
  });
  for (const between of [0, 1, 20, HEADER.length, HEADER.length + 2]) {
    using wire = await proxy.connect();
    const all = new Uint8Array([...HEADER, ...new TextEncoder().encode("bytes")]);
    if (between > 0) await wire.send(all.subarray(0, between));
    await wire.send(all.subarray(between));
    await wire.end();
    await wire.drain();
    assertEquals(latin1(got.at(-1)!), "bytes", `${between}`);
  }
});

Deno.test("Every request of a connection is from whom its header names", async () => {
  await using upstream = Upstream.answering(showRequest);
  await using proxy = await TestServer.start({
    listeners: [trusting(listener(http()), ["127.0.0.0/8"])],
    clusters: [cluster([upstream.port])],
  });
  using wire = await proxy.connect();
  await wire.send(HEADER);
  for (let count = 0; count < 2; count++) {
    await wire.send("GET / HTTP/1.1\r\nhost: a.test\r\nx-forwarded-for: 10.0.0.1\r\n\r\n");
    const fields: [string, string][] = JSON.parse((await wire.response()).text).fields;
    const told = fields.filter(([name]) => name === "x-forwarded-for");
    assertEquals(told.map(([, value]) => value), [CLIENT.host]);
  }
});

Deno.test("A second header is no header", async () => {
  const got: Uint8Array[] = [];
  await using upstream = new Upstream(async (wire) => void got.push(await wire.rest()));
  await using proxy = await TestServer.start({
    listeners: [trusting(listener(tcp()))],
    clusters: [cluster([upstream.port])],
  });
  using wire = await proxy.connect();
  await wire.send(HEADER);
  await wire.send(HEADER);
  await wire.end();
  await wire.drain();
  assertEquals(got, [HEADER]);
});
