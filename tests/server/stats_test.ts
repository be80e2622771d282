import { assertEquals } from "../assert.ts";
import { cluster, http, listener, route, TestServer } from "./fixture.ts";
import { Upstream } from "./upstream.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";

/** Every number of the server that isn't 0, without those of listeners, whose names hold a port. */
function used(proxy: TestServer): Record<string, number> {
  return Object.fromEntries(
    proxy.server.stats.readings()
      .filter(({ name, value }) => value !== 0 && !name.startsWith("listener."))
      .map(({ name, value }) => [name, value]),
  );
}

Deno.test("Connections, requests, classes and bytes are counted on both sides", async () => {
  const answers = [200, 201, 302, 404, 500].map((status) => {
    return `HTTP/1.1 ${status} X\r\ncontent-length: 3\r\n\r\nabc`;
  });
  let at = 0, heard = 0, said = 0;
  await using upstream = new Upstream(async (wire) => {
    for (;;) {
      const head = await wire.head();
      if (head === null) return;
      const body = /content-length: (\d+)/.exec(head);
      heard += head.length + (body === null ? 0 : (await wire.bytes(Number(body[1]))).length);
      said += answers[at].length;
      await wire.send(answers[at++]);
    }
  });
  await using proxy = await TestServer.start({ clusters: [cluster([upstream.port])] });
  let sent = 0, got = 0;
  for (
    const requests of [[GET, GET], [
      GET,
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi",
      GET,
    ]]
  ) {
    using client = await proxy.connect();
    for (const request of requests) {
      await client.send(request);
      sent += request.length;
      got += (await client.head())!.length + (await client.bytes(3)).length;
    }
  }
  await proxy.server.stop(600_000);
  assertEquals(used(proxy), {
    "cluster.app.membership_healthy": 1,
    "cluster.app.membership_total": 1,
    "cluster.app.update_success": 1,
    "cluster.app.upstream_cx_destroy": 1,
    "cluster.app.upstream_cx_rx_bytes_total": said,
    "cluster.app.upstream_cx_total": 1,
    "cluster.app.upstream_cx_tx_bytes_total": heard,
    "cluster.app.upstream_rq_200": 1,
    "cluster.app.upstream_rq_201": 1,
    "cluster.app.upstream_rq_2xx": 2,
    "cluster.app.upstream_rq_302": 1,
    "cluster.app.upstream_rq_3xx": 1,
    "cluster.app.upstream_rq_404": 1,
    "cluster.app.upstream_rq_4xx": 1,
    "cluster.app.upstream_rq_500": 1,
    "cluster.app.upstream_rq_5xx": 1,
    "cluster.app.upstream_rq_completed": 5,
    "cluster.app.upstream_rq_pending_total": 1,
    "cluster.app.upstream_rq_total": 5,
    "http.web.downstream_cx_rx_bytes_total": sent,
    "http.web.downstream_cx_total": 2,
    "http.web.downstream_cx_tx_bytes_total": got,
    "http.web.downstream_rq_2xx": 2,
    "http.web.downstream_rq_3xx": 1,
    "http.web.downstream_rq_4xx": 1,
    "http.web.downstream_rq_5xx": 1,
    "http.web.downstream_rq_completed": 5,
    "http.web.downstream_rq_total": 5,
  });
  assertEquals(proxy.listenerStat("downstream_cx_total"), 2);
  assertEquals(proxy.listenerStat("downstream_cx_destroy"), 2);
});

Deno.test("Each endpoint counts its own connections and requests", async () => {
  await using good = Upstream.answering(() => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  await using bad = new Upstream(async (wire) => void await wire.request());
  await using proxy = await TestServer.start({
    listeners: [listener(http({ routes: [route({ cluster: "app" })] }))],
    clusters: [cluster([good.port, bad.port])],
  });
  using client = await proxy.connect();
  for (let count = 0; count < 4; count++) {
    await client.send(GET);
    await client.response();
  }
  const [{ endpoints }] = await proxy.server.clusters();
  const [first, second] = endpoints.map((endpoint) => ({
    port: endpoint.address.port,
    cx: [endpoint.cxTotal, endpoint.cxActive, endpoint.cxConnectFail],
    rq: [endpoint.rqTotal, endpoint.rqActive, endpoint.rqSuccess, endpoint.rqError],
  }));
  assertEquals(first, { port: good.port, cx: [1, 1, 0], rq: [2, 0, 2, 0] });
  assertEquals(second, { port: bad.port, cx: [2, 0, 0], rq: [2, 0, 0, 2] });
});

Deno.test("A server tells the admin what it is", async () => {
  await using proxy = await TestServer.start({ clusters: [cluster([1])] });
  const { server } = proxy;
  assertEquals([server.state, server.version], ["LIVE", "0.0.0"]);
  assertEquals(server.runtime, `deno ${Deno.version.deno}`);
  const [{ endpoints: [endpoint] }] = await server.clusters();
  assertEquals(endpoint.address, { host: "127.0.0.1", port: 1 });
  assertEquals(await server.certificates(), []);
});
