import type { UpstreamTlsConfig } from "../../src/config/model.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { cluster, TestServer } from "../server/fixture.ts";
import { type TestTls, testTls } from "../server/tls.ts";
import { Wire } from "../server/wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\nconnection: close\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";

/** What one request gets from a TLS upstream for localhost, asked for like this. */
async function ask(
  { downstream }: TestTls,
  tls: Partial<UpstreamTlsConfig>,
): Promise<{ status: number; flags: string; logged: string }> {
  const [{ chain, key }] = downstream.certificates;
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: chain.pem,
    key: key.pem,
  });
  const serving = (async () => {
    const wire = new Wire(await listener.accept());
    try {
      if (await wire.request() !== null) await wire.send(OK);
      await wire.drain();
    } catch {
      // What becomes of a client that doesn't trust the certificate is the proxy's to tell.
    } finally {
      wire.close();
      listener.close();
    }
  })();
  await using proxy = await TestServer.start({
    clusters: [cluster([(listener.addr as Deno.NetAddr).port], {
      tls: {
        serverName: "localhost",
        verifyName: null,
        certificate: null,
        sans: [],
        ciphers: [],
        verify: "full",
        ca: null,
        alpn: [],
        minVersion: null,
        maxVersion: null,
        ...tls,
      },
    })],
  });
  using client = await proxy.connect();
  await client.send(GET);
  const { status } = await client.response();
  const [{ flags }] = await proxy.access(1);
  client.close();
  await serving;
  return { status, flags, logged: String(proxy.log[0]?.fields.cause ?? "") };
}

Deno.test("An upstream whose certificate the given CA vouches for is asked over TLS", async () => {
  const tls = await testTls();
  const ca = { path: null, pem: tls.ca };
  assertEquals(await ask(tls, { ca }), { status: 200, flags: "-", logged: "" });
});

Deno.test("An upstream that nobody trusted vouches for is 503 UF, and the log says why", async () => {
  const tls = await testTls();
  const other = { path: null, pem: (await testTls()).ca };
  for (const ca of [null, other]) {
    const { status, flags, logged } = await ask(tls, { ca });
    assertEquals([status, flags], [503, "UF"]);
    assertMatch(logged, /certificate|issuer|unknown|verify/i);
  }
});

Deno.test("An upstream whose certificate has another name is 503 UF, unless the name isn't asked for", async () => {
  const tls = await testTls();
  const ca = { path: null, pem: tls.ca };
  const { status, flags } = await ask(tls, { ca, serverName: "other.test" });
  assertEquals([status, flags], [503, "UF"]);
  const chain = await ask(tls, { ca, serverName: "other.test", verify: "chain" });
  assertEquals(chain.status, 200);
});

Deno.test("An upstream that isn't to be verified is asked whoever it is", async () => {
  assertEquals((await ask(await testTls(), { verify: "none" })).status, 200);
});
