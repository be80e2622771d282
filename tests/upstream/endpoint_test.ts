import type { UpstreamTlsConfig } from "../../src/config/model.ts";
import { CIRCUIT_BREAKERS } from "../../src/config/native/defaults.ts";
import { ConnError } from "../../src/errors.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { NO_BODY } from "../../src/http1/mod.ts";
import { createStats } from "../../src/observe/mod.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { CircuitBreakers } from "../../src/upstream/circuit_breakers.ts";
import { ClusterStats } from "../../src/upstream/cluster_stats.ts";
import { Endpoint } from "../../src/upstream/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { settle } from "../session/scripted_conn.ts";
import { Fixture } from "./endpoint_fixture.ts";
import { FakeNetwork } from "./fake_network.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("A connection that was given back is used again", async () => {
  using fixture = new Fixture();
  for (let count = 0; count < 3; count++) await fixture.exchange();
  assertEquals(fixture.counts, { total: 1, active: 1, gone: 0 });
});

Deno.test("A connection that can't be used again is closed when it is given back", async () => {
  using fixture = new Fixture();
  await fixture.exchange("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  assert(fixture.network.conns[0].closed);
  assertEquals(fixture.counts, { total: 1, active: 0, gone: 1 });
});

Deno.test("The connection that idled for the shortest time is taken first", async () => {
  using fixture = new Fixture();
  const { network, endpoint } = fixture;
  const sessions = [await endpoint.open(), await endpoint.open()];
  for (const [at, session] of sessions.entries()) {
    session.startRequest({
      method: "GET",
      target: "/",
      headers: new HeaderMap(),
      framing: NO_BODY,
    });
    network.conns[at].feed("HTTP/1.1 204 No Content\r\n\r\n");
    await session.nextHead();
    endpoint.release(session);
  }
  assert(endpoint.takeIdle() === sessions[1]);
  assert(endpoint.takeIdle() === sessions[0]);
  assertEquals(endpoint.takeIdle(), null);
  for (const session of sessions) endpoint.release(session);
});

Deno.test("An idle connection that ends, or says what nobody asked for, is closed and not used", async () => {
  for (const said of [null, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstale"]) {
    using fixture = new Fixture();
    await fixture.exchange();
    await settle();
    const [conn] = fixture.network.conns;
    if (said === null) conn.feedEnd();
    else conn.feed(said);
    await settle();
    assert(conn.closed);
    assertEquals(fixture.counts, { total: 1, active: 0, gone: 1 });
    assertEquals(fixture.endpoint.takeIdle(), null);
  }
});

Deno.test("A retired endpoint closes its idle connections at once, and busy ones when given back", async () => {
  using fixture = new Fixture();
  const { endpoint, network } = fixture;
  await fixture.exchange();
  const idle = endpoint.takeIdle()!;
  const busy = await fixture.answered();
  endpoint.release(idle);
  endpoint.retire();
  await settle();
  assertEquals(network.conns.map(({ closed }) => closed), [true, false]);
  assertEquals(fixture.counts, { total: 2, active: 1, gone: 1 });
  endpoint.release(busy);
  assertEquals(network.conns.map(({ closed }) => closed), [true, true]);
  assertEquals(fixture.counts, { total: 2, active: 0, gone: 2 });
});

Deno.test("A closed endpoint closes busy connections too, and counts them when given back", async () => {
  using fixture = new Fixture();
  const busy = await fixture.endpoint.open();
  fixture.endpoint.close();
  assert(fixture.network.conns[0].closed);
  fixture.endpoint.release(busy);
  await settle();
  assertEquals(fixture.counts, { total: 1, active: 0, gone: 1 });
});

Deno.test("A connection that can't be made is counted by its kind and told", async () => {
  for (const code of ["refused", "timeout", "tls"] as const) {
    using fixture = new Fixture();
    const failure = new ConnError(code, "scripted");
    fixture.network.failures["10.0.0.1:80"] = failure;
    assert(await assertRejects(() => fixture.endpoint.open(), ConnError) === failure);
    const { stats, endpoint } = fixture;
    assertEquals([stats.cxConnectFail.value, endpoint.cxConnectFail], [1, 1]);
    assertEquals(stats.cxConnectTimeout.value, code === "timeout" ? 1 : 0, code);
    assertEquals(stats.sslConnectionError.value, code === "tls" ? 1 : 0, code);
    assertEquals(fixture.counts, { total: 0, active: 0, gone: 0 });
  }
});

Deno.test("Of several addresses the one that answers is dialled first from then on", async () => {
  using fixture = new Fixture(["127.0.0.1", "::1"], "localhost");
  const { network, endpoint } = fixture;
  network.failures["127.0.0.1:80"] = new ConnError("refused", "scripted");
  (await endpoint.connect()).close();
  (await endpoint.connect()).close();
  const dialled = network.dialled.map(({ address }) => address);
  assertEquals(dialled, ["127.0.0.1:80", "[::1]:80", "[::1]:80"]);
  assertEquals(endpoint.address, { host: "::1", port: 80 });
  for (let count = 0; count < 2; count++) endpoint.closed({ received: 0, sent: 0 });
});

Deno.test("Of several addresses that all refuse, the last one's failure is told", async () => {
  using fixture = new Fixture(["127.0.0.1", "::1"]);
  const { network, endpoint } = fixture;
  network.failures["127.0.0.1:80"] = new ConnError("refused", "first");
  network.failures["[::1]:80"] = new ConnError("refused", "second");
  assertEquals((await assertRejects(() => endpoint.connect(), ConnError)).message, "second");
  assertEquals(fixture.stats.cxConnectFail.value, 1);
});

Deno.test("A timeout or a TLS failure is not tried at the next address", async () => {
  for (const code of ["timeout", "tls"] as const) {
    using fixture = new Fixture(["127.0.0.1", "::1"]);
    fixture.network.failures["127.0.0.1:80"] = new ConnError(code, "scripted");
    await assertRejects(() => fixture.endpoint.connect(), ConnError);
    assertEquals(fixture.network.dialled.length, 1);
  }
});

const TLS: UpstreamTlsConfig = {
  serverName: null,
  verifyName: null,
  certificate: null,
  sans: [],
  ciphers: [],
  verify: "full",
  ca: { path: null, pem: "CA" },
  alpn: ["http/1.1"],
  minVersion: null,
  maxVersion: null,
};

/** What a connection asks of TLS, to an endpoint that was found by this name. */
async function asked(hostname: string, change: Partial<UpstreamTlsConfig> = {}) {
  const network = new FakeNetwork();
  using wheel = new TimerWheel();
  const stats = new ClusterStats(createStats(), "app");
  const endpoint = new Endpoint(
    { addresses: [{ host: "10.0.0.1", port: 443 }], hostname, weight: 1 },
    {
      network,
      wheel,
      stats,
      breakers: new CircuitBreakers({ name: "app", circuitBreakers: CIRCUIT_BREAKERS }, { stats }),
      connectTimeoutMs: 1_234,
      proxyProtocol: null,
      tls: { ...TLS, ...change },
    },
  );
  (await endpoint.connect()).close();
  assertEquals(network.dialled[0].options.timeoutMs, 1_234);
  return network.dialled[0].options.tls!;
}

Deno.test("TLS is asked for as configured", async () => {
  const { sans: _, ...told } = TLS;
  assertEquals(await asked(""), { ...told, ca: "CA" });
  assertEquals((await asked("", { ca: null })).ca, null);
  assertEquals((await asked("", { verify: "none" })).verify, "none");
});

Deno.test("The name to look for is the one given, else SNI's, else the one that was resolved", async () => {
  for (
    const [hostname, change, serverName, verifyName] of [
      ["", {}, null, null],
      ["app.test", {}, null, "app.test"],
      ["app.test", { serverName: "sni.test" }, "sni.test", null],
      ["app.test", { verifyName: "name.test" }, null, "name.test"],
      ["app.test", { serverName: "sni.test", verifyName: "name.test" }, "sni.test", "name.test"],
    ] as const
  ) {
    const tls = await asked(hostname, change);
    assertEquals([tls.serverName, tls.verifyName], [serverName, verifyName]);
  }
});
