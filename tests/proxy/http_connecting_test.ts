import type { HttpTimeoutsConfig, RouteConfig, UpstreamTlsConfig } from "../../src/config/model.ts";
import { assertEquals } from "../assert.ts";
import { cluster, http, listener, route, TestServer, TIMEOUTS } from "../server/fixture.ts";
import { Upstream } from "../server/upstream.ts";
import { until } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
const TLS: UpstreamTlsConfig = {
  serverName: "localhost",
  verifyName: null,
  certificate: null,
  sans: [],
  ciphers: [],
  verify: "none",
  ca: null,
  alpn: [],
  minVersion: null,
  maxVersion: null,
};

/** An upstream that never says its part of a TLS handshake, until it is let go of. */
class Silent implements AsyncDisposable {
  readonly #released = Promise.withResolvers<void>();
  readonly #upstream = new Upstream(() => this.#released.promise);

  get port(): number {
    return this.#upstream.port;
  }

  /** Waits until a connection is on its way. */
  async asked(): Promise<void> {
    await until(() => this.#upstream.wires.length > 0, "a connection is on its way");
  }

  /** Ends what is on its way. */
  letGo(): void {
    this.#released.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream[Symbol.asyncDispose]();
  }
}

/** A proxy that will be connecting for a minute. */
function start(
  upstream: Silent,
  timeouts: Partial<HttpTimeoutsConfig> = {},
  of: Partial<RouteConfig> = {},
): Promise<TestServer> {
  const filter = http({ timeouts: { ...TIMEOUTS, ...timeouts }, routes: [route(of)] });
  return TestServer.start({
    listeners: [listener(filter)],
    clusters: [cluster([upstream.port], { tls: TLS, connectTimeoutMs: 60_000 })],
  });
}

/** Waits until nothing is on its way any more, so that nothing of it outlives the test. */
async function settled(proxy: TestServer, upstream: Silent): Promise<void> {
  upstream.letGo();
  await until(() => proxy.stat("cluster.app.upstream_cx_connect_fail") === 1, "it has failed");
}

Deno.test("A deadline that passes while the upstream is connected to is answered as any other", async () => {
  for (
    const [request, timeouts, of, status, text, flags] of [
      [GET, {}, { timeoutMs: 100 }, 504, "upstream request timeout", "UT"],
      [GET, { streamIdleMs: 100 }, {}, 504, "stream timeout", "SI"],
      [POST, { streamIdleMs: 100 }, {}, 408, "stream timeout", "SI"],
      [POST, { requestMs: 100 }, {}, 408, "request timeout", "-"],
    ] as const
  ) {
    await using upstream = new Silent();
    await using proxy = await start(upstream, timeouts, of);
    using client = await proxy.connect();
    await client.send(request);
    const response = await client.response();
    assertEquals([response.status, response.text], [status, text]);
    client.close();
    const [line] = await proxy.access(1);
    assertEquals([line.status, line.flags], [status, flags]);
    assertEquals(proxy.stat("cluster.app.upstream_rq_timeout"), flags === "UT" ? 1 : 0);
    assertEquals(proxy.stat("cluster.app.upstream_rq_pending_active"), 0);
    await settled(proxy, upstream);
  }
});

Deno.test("A client that leaves while the upstream is connected to is let go of at once", async () => {
  await using upstream = new Silent();
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send(GET);
  await upstream.asked();
  client.close();
  const [line] = await proxy.access(1);
  assertEquals([line.status, line.flags], [0, "DC"]);
  assertEquals(proxy.stat("cluster.app.upstream_rq_pending_active"), 0);
  await settled(proxy, upstream);
});

Deno.test("A server that stops doesn't wait for what is being connected to", async () => {
  await using upstream = new Silent();
  await using proxy = await start(upstream);
  using client = await proxy.connect();
  await client.send(GET);
  await upstream.asked();
  await proxy.server.stop(0);
  assertEquals(await client.drain(), "");
  await settled(proxy, upstream);
});
