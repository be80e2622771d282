/**
 * What a client's certificate opens, and what an upstream hears of it, over real TLS.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { connectTls } from "../server/tls_wire.ts";
import { showRequest, Upstream } from "../server/upstream.ts";
import { certified, type ClientName } from "../tls/client_certificates.ts";
import { e2e } from "./scene.ts";

e2e(
  "A route is for the clients whose certificate has its name, and the upstream hears of them",
  async (scene) => {
    const { ca, clients, proxy } = await certified();
    const upstream = scene.own(Upstream.answering(showRequest));
    await scene.write("ca.pem", ca);
    await scene.write("proxy.pem", proxy.chain);
    await scene.write("proxy-key.pem", proxy.key);
    const program = await scene.serve(`
listeners:
  web:
    address: 127.0.0.1:0
    tls:
      certificates: [{ cert: proxy.pem, key: proxy-key.pem }]
      client_certificates: { ca: ca.pem, required: off }
    client_cert_header: { mode: sanitize_set, details: [subject, uri] }
    routes:
      - { path: /admin/, client_sans: ["uri:spiffe://a.test/one"], cluster: app }
      - { cluster: app }
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`);
    const ask = async (path: string, name: ClientName | null) => {
      const client = name === null ? null : clients[name];
      using wire = await connectTls(program.port("web"), { ca, client });
      await wire.send(
        `GET ${path} HTTP/1.1\r\nhost: a.test\r\nx-forwarded-client-cert: Hash=00\r\n\r\n`,
      );
      const { status, text } = await wire.response();
      if (status !== 200) return `${status} ${text}`;
      const fields: [string, string][] = JSON.parse(text).fields;
      const told = fields.find(([field]) => field === "x-forwarded-client-cert");
      return told === undefined ? "nothing is told" : told[1];
    };
    const own = "By=spiffe://a.test/proxy;By=spiffe://a.test/second;Hash=[0-9a-f]{64};";
    const uris = "URI=spiffe://a.test/one;URI=https://a.test/two.x=y";
    assertMatch(await ask("/admin/x", "many"), new RegExp(`^${own}Subject=".*C=JP";${uris}$`));
    assertEquals(await ask("/admin/x", "plain"), "403 client certificate not allowed");
    assertEquals(await ask("/admin/x", null), "403 client certificate required");
    assertMatch(await ask("/", "plain"), new RegExp(`^${own}Subject="CN=app,O=Acme";URI=$`));
    assertEquals(await ask("/", null), "nothing is told");
    await program.says("stderr", /request refused .*code=client_certificate_not_allowed/);
  },
  { needs: ["openssl"] },
);
