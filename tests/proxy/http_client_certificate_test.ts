import type { HttpFilterConfig, SanMatcherConfig } from "../../src/config/model.ts";
import type { TlsInfo } from "../../src/runtime/mod.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { http, route } from "../server/fixture.ts";
import { until } from "../server/wire.ts";
import { certified, type ClientName, PROXY_URIS } from "../tls/client_certificates.ts";
import { peerTest } from "../tls/fixtures.ts";
import { DETAILS } from "./client_cert_cases.ts";
import { ScriptedFilter } from "./scripted_filter.ts";
import { ASK } from "./upgrades.ts";

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/** A filter that lets a client pass that has the name. */
function only(...clientSans: SanMatcherConfig[]): HttpFilterConfig {
  return http({ routes: [route({ timeoutMs: 0, clientSans })] });
}

const ONE: SanMatcherConfig = { kind: "uri", value: "spiffe://a.test/one" };

/** What a handshake settled in which the client showed these. */
function shown(peerCertificates: readonly Uint8Array[]): TlsInfo {
  return { alpn: null, serverName: null, version: "TLSv1.3", cipher: null, peerCertificates };
}

/** A filter in front of a client that shows its certificate, or none. */
async function start(config: HttpFilterConfig, client: ClientName | null): Promise<ScriptedFilter> {
  const ders = client === null ? [] : (await certified()).clients[client].ders;
  return await ScriptedFilter.start(config, { tls: shown(ders), ownUris: PROXY_URIS });
}

/** The upstream's request, once it came; it is answered. */
async function request(scripted: ScriptedFilter, nth = 1): Promise<string> {
  const heads = () => scripted.upstream?.written.split(/(?<=\r\n\r\n)/) ?? [];
  await until(() => heads()[nth - 1]?.endsWith("\r\n\r\n") ?? false, "a request came upstream");
  scripted.upstream.feed(OK);
  return heads()[nth - 1];
}

/** Sends a request that is refused: what the client gets, and what is logged. */
async function refusal(scripted: ScriptedFilter, asked = GET): Promise<[string, string]> {
  scripted.client.feed(asked);
  await until(() => scripted.client.written.includes("\r\n\r\n"), "the client has its answer");
  assertEquals(scripted.network.conns.length, 0);
  const [, status, body] = /^HTTP\/1\.1 (\d+) [^]*\r\n\r\n([^]*)$/.exec(scripted.client.written)!;
  assertMatch(scripted.client.written, /^content-type: text\/plain\r$/m);
  const [[message, fields]] = scripted.logged;
  assertEquals(message, "request refused");
  assertEquals([fields.code, fields.peer], ["client_certificate_not_allowed", "192.0.2.7"]);
  return [`${status} ${body}`, `${fields.cause}`];
}

peerTest(
  "openssl",
  "A route lets a client pass whose certificate has one of its names, on each request",
  async () => {
    const sans: SanMatcherConfig[] = [{ kind: "dns", value: "other.test" }, ONE];
    await using scripted = await start(only(...sans), "many");
    for (const nth of [1, 2]) {
      scripted.client.feed(GET);
      assertMatch(await request(scripted, nth), /^GET \/ HTTP\/1\.1\r\n/);
      await until(
        () => scripted.client.written.split("200 OK").length === nth + 1,
        "the client has its answer",
      );
    }
    assertEquals(scripted.logged, []);
  },
);

peerTest(
  "openssl",
  "A client with another name gets 403 from a route that asks for one, and nothing goes upstream",
  async () => {
    await using scripted = await start(only({ kind: "dns", value: "app" }), "plain");
    assertEquals(await refusal(scripted), [
      "403 client certificate not allowed",
      "Cannot let the client through: found a certificate without alternative names " +
      "(subject CN=app,O=Acme)",
    ]);
  },
);

peerTest("openssl", "The log names what is in a certificate that isn't let through", async () => {
  await using scripted = await start(only({ kind: "dns", value: "app" }), "nameless");
  const [, cause] = await refusal(scripted);
  assertEquals(cause, "Cannot let the client through: found a certificate for only.test");
});

peerTest(
  "openssl",
  "A client without a certificate gets 403 from a route that asks for a name",
  async () => {
    const expected = [
      "403 client certificate required",
      "Cannot let the client through: found no certificate of its",
    ];
    await using overTls = await start(only(ONE), null);
    assertEquals(await refusal(overTls), expected);
    await using plain = await ScriptedFilter.start(only(ONE));
    assertEquals(await refusal(plain), expected);
  },
);

peerTest(
  "openssl",
  "A certificate that can't be read is let through nowhere that a filter looks at it",
  async () => {
    const [der] = (await certified()).clients.many.ders;
    const configs = [
      only(ONE),
      http({ clientCertHeader: { mode: "sanitize_set", details: DETAILS.names } }),
    ];
    for (const config of configs) {
      const tls = shown([der.subarray(0, -1)]);
      await using scripted = await ScriptedFilter.start(config, { tls });
      const [answer, cause] = await refusal(scripted);
      assertEquals(answer, "403 client certificate not allowed");
      assertMatch(cause, /^Cannot read the peer's certificate: found /);
    }
  },
);

peerTest(
  "openssl",
  "The route is found first: where there is none it is 404, and its neighbours ask for no name",
  async () => {
    const at = (path: string) => ({
      match: { path: { kind: "prefix" as const, value: path }, headers: [] },
    });
    const routes = [
      route({ ...at("/admin/"), clientSans: [ONE] }),
      route({ ...at("/open/"), timeoutMs: 0 }),
    ];
    await using scripted = await start(http({ routes }), "plain");
    const ask = (path: string) => scripted.client.feed(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    const statuses = () =>
      [...scripted.client.written.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code);
    ask("/none");
    await until(() => statuses().length === 1, "the client has its answer");
    ask("/admin/x");
    await until(() => statuses().length === 2, "the client has its answer");
    ask("/open/x");
    assertMatch(await request(scripted), /^GET \/open\/x /);
    await until(() => statuses().length === 3, "the client has its answer");
    assertEquals(statuses(), ["404", "403", "200"]);
  },
);

peerTest("openssl", "An upgrade is let through no more than any other request", async () => {
  const routes = [route({ upgrades: ["websocket"], clientSans: [ONE] })];
  await using scripted = await start(http({ routes }), "plain");
  const [answer] = await refusal(scripted, ASK);
  assertEquals(answer, "403 client certificate not allowed");
});

peerTest(
  "openssl",
  "A client's certificate is told of on each request of its connection, with our own URIs",
  async () => {
    const config = http({
      routes: [route({ timeoutMs: 0 })],
      clientCertHeader: { mode: "append_forward", details: DETAILS.names },
    });
    await using scripted = await start(config, "plain");
    const own = "By=spiffe://a.test/proxy;By=spiffe://a.test/second;Hash=[0-9a-f]{64};" +
      'Subject="CN=app,O=Acme";URI=';
    scripted.client.feed(GET);
    assertMatch(
      await request(scripted, 1),
      new RegExp(`^x-forwarded-client-cert: ${own}\r$`, "m"),
    );
    scripted.client.feed(
      GET.replace("\r\n\r\n", "\r\nx-forwarded-client-cert: By=a;Hash=b\r\n\r\n"),
    );
    assertMatch(
      await request(scripted, 2),
      new RegExp(`^x-forwarded-client-cert: By=a;Hash=b,${own}\r$`, "m"),
    );
    await until(
      () => scripted.client.written.split("200 OK").length === 3,
      "the client has its answer",
    );
  },
);
