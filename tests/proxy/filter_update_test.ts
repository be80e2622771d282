import type { HttpFilterConfig, RouteConfig } from "../../src/config/model.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { http, route } from "../server/fixture.ts";
import { until } from "../server/wire.ts";
import { settle } from "../session/scripted_conn.ts";
import { certified, PROXY_URIS } from "../tls/client_certificates.ts";
import { peerTest } from "../tls/fixtures.ts";
import { ScriptedFilter } from "./scripted_filter.ts";
import { ASK, SWITCH, upgradable } from "./upgrades.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/** What a filter is given in place of its route to `app`: a route to `next`. */
const NEXT = { address: "10.0.0.2:80", route: route({ cluster: "next", timeoutMs: 0 }) };

/** The same filter with other routes. */
function routed(...routes: RouteConfig[]): HttpFilterConfig {
  return http({ routes });
}

/** Gives the filter a route to `next`. */
function updated(scripted: ScriptedFilter): Promise<void> {
  return scripted.update(routed(NEXT.route), "next", NEXT.address);
}

/** Where connections were made to, in order. */
function dialled(scripted: ScriptedFilter): string[] {
  return scripted.network.dialled.map(({ address }) => address);
}

/** How many answers the client has. */
function answers({ client }: ScriptedFilter): number {
  return client.written.split("HTTP/1.1 200 OK").length - 1;
}

Deno.test("The next request of a connection that is open takes the new routes", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client, network } = scripted;
  client.feed(GET);
  await settle();
  scripted.upstream.feed(OK);
  await settle();
  await updated(scripted);
  client.feed(GET);
  await settle();
  assertEquals(dialled(scripted), ["10.0.0.1:80", NEXT.address]);
  network.conns[1].feed(OK);
  await settle();
  assertEquals([answers(scripted), client.closed], [2, false]);
});

Deno.test("A request under way when the routes change is answered as it began", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client, session, clusters } = scripted;
  client.feed(GET);
  await settle();
  await updated(scripted);
  assert(session.uses?.cluster === clusters[0]);
  scripted.upstream.feed(OK);
  await settle();
  assertEquals([answers(scripted), dialled(scripted)], [1, ["10.0.0.1:80"]]);
});

Deno.test("A request that waits for its connection, or tries again, keeps to its cluster", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client, network } = scripted;
  client.feed(GET);
  await settle();
  scripted.upstream.feed(OK);
  await settle();
  // The kept connection turns out to be dead: the request goes out once more.
  client.feed(GET);
  await settle();
  const connecting = Promise.withResolvers<void>();
  network.connecting = connecting.promise;
  scripted.upstream.feedError("reset");
  await settle();
  await updated(scripted);
  connecting.resolve();
  await settle();
  network.conns[1].feed(OK);
  await settle();
  assertEquals(answers(scripted), 2);
  assertEquals(dialled(scripted), ["10.0.0.1:80", "10.0.0.1:80"]);
});

Deno.test("A pipelined request behind one that is under way takes the new routes", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client, network } = scripted;
  client.feed(GET + GET);
  await settle();
  await updated(scripted);
  scripted.upstream.feed(OK);
  await settle();
  network.conns[1].feed(OK);
  await settle();
  assertEquals([answers(scripted), dialled(scripted)], [2, ["10.0.0.1:80", NEXT.address]]);
});

Deno.test("A request whose route has gone is 404, and the connection goes on", async () => {
  await using scripted = await ScriptedFilter.start();
  const { client, session } = scripted;
  const match: RouteConfig["match"] = { path: { kind: "path", value: "/elsewhere" }, headers: [] };
  await scripted.update(routed({ ...NEXT.route, match }), "next", NEXT.address);
  client.feed(GET);
  await settle();
  assertMatch(client.written, /^HTTP\/1\.1 404 /);
  assertEquals([client.closed, session.uses, dialled(scripted)], [false, null, []]);
});

Deno.test("A session uses its route and its cluster from a request's head to its answer's end", async () => {
  const config = http({ routes: [route({ timeoutMs: 0 })] });
  await using scripted = await ScriptedFilter.start(config);
  const { client, session, clusters } = scripted;
  const [{ routes: [first] }] = config.virtualHosts;
  for (let count = 0; count < 2; count++) {
    assertEquals(session.uses, null);
    client.feed(GET.slice(0, 9));
    await settle();
    assertEquals(session.uses, null, "a head that isn't whole has no route");
    client.feed(GET.slice(9));
    await settle();
    assert(session.uses?.route === first && session.uses.cluster === clusters[0]);
    scripted.upstream.feed(OK.slice(0, -1));
    await settle();
    assert(session.uses?.route === first, "until the answer is whole");
    scripted.upstream.feed(OK.slice(-1));
    await settle();
  }
  assertEquals([session.uses, answers(scripted)], [null, 2]);
});

Deno.test("A session that fails, or whose client leaves, uses nothing any more", async () => {
  for (const side of ["upstream", "client"] as const) {
    await using scripted = await ScriptedFilter.start();
    scripted.client.feed(GET);
    await settle();
    assert(scripted.session.uses !== null);
    scripted[side].feedError("reset");
    await settle();
    assertEquals(scripted.session.uses, null, side);
  }
});

Deno.test("An upgraded connection outlives its route, which it goes on naming", async () => {
  const config = upgradable({}, { timeoutMs: 0 });
  await using scripted = await ScriptedFilter.start(config);
  const { client, session, clusters } = scripted;
  client.feed(ASK);
  await settle();
  scripted.upstream.feed(SWITCH);
  await settle();
  await updated(scripted);
  session.drain();
  client.feed("ping");
  await settle();
  scripted.upstream.feed("pong");
  await settle();
  assertMatch(scripted.upstream.written, /\r\n\r\nping$/);
  assertMatch(client.written, /\r\n\r\npong$/);
  assert(session.uses?.route === config.virtualHosts[0].routes[0]);
  assert(session.uses.cluster === clusters[0]);
  session.close();
  await settle();
  assertEquals([session.uses, scripted.upstream.closed], [null, true]);
});

peerTest(
  "openssl",
  "A route that newly asks for a certificate knows the clients that are connected already",
  async () => {
    const { ders } = (await certified()).clients.many;
    const tls = {
      alpn: null,
      serverName: null,
      version: "TLSv1.3",
      cipher: null,
      peerCertificates: ders,
    };
    await using scripted = await ScriptedFilter.start(undefined, { tls, ownUris: PROXY_URIS });
    const { client, network } = scripted;
    client.feed(GET);
    await settle();
    scripted.upstream.feed(OK);
    await settle();
    const named = (value: string): RouteConfig => ({
      ...NEXT.route,
      clientSans: [{ kind: "uri", value }],
    });
    await scripted.update(routed(named("spiffe://a.test/one")), "next", NEXT.address);
    client.feed(GET);
    await until(() => network.conns.length === 2, "the request went to the new cluster");
    network.conns[1].feed(OK);
    await settle();
    await scripted.update(routed(named("spiffe://a.test/other")), "next", NEXT.address);
    client.feed(GET);
    await until(() => client.written.includes("403 Forbidden"), "another name is refused");
    assertEquals(answers(scripted), 2);
  },
);
