/**
 * `genkan run`: the four modes, from both forms of configuration.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { localhostCertificate } from "./certificates.ts";
import { curl, header } from "./curl.ts";
import { bootstrap, cluster, httpTo, listener, OWN_CERTIFICATE, tcpTo } from "./envoy_config.ts";
import { e2e } from "./scene.ts";
import { httpUpstream } from "./upstream.ts";

/** Where a mode's requests end, and what is told of the way there. */
const MODES = [
  { name: "https-http", scheme: "https", behind: "plain", proto: "https", server: "genkan" },
  { name: "https-https", scheme: "https", behind: "tls", proto: "https", server: "genkan" },
  { name: "http-https", scheme: "http", behind: "tls", proto: "http", server: "genkan" },
  { name: "passthrough", scheme: "https", behind: "tls", proto: null, server: null },
] as const;

/** The ports behind: a plain upstream and one that speaks TLS. */
interface Ports {
  readonly plain: number;
  readonly tls: number;
}

const FORMS = { native: nativeConfig, envoy: envoyConfig } as const;

for (const [form, config] of Object.entries(FORMS)) {
  e2e(`The four modes work from one configuration (${form})`, async (scene) => {
    await scene.writeCertificates();
    const answer = (name: string) => (request: Request) =>
      Response.json({ name, proto: request.headers.get("x-forwarded-proto") });
    const plain = scene.own(httpUpstream(answer("plain")));
    const tls = scene.own(httpUpstream(answer("tls"), await localhostCertificate()));
    const program = await scene.serve(config({ plain: plain.port, tls: tls.port }));
    for (const { name, scheme, behind, proto, server } of MODES) {
      const url = `${scheme}://localhost:${program.port(name)}/`;
      const answered = await curl("--cacert", scene.path("ca.pem"), "--http1.1", url);
      assertEquals(answered.status, 200, name);
      assertEquals(JSON.parse(answered.body), { name: behind, proto }, name);
      assertEquals(header(answered, "server"), server, name);
    }
  }, { needs: ["curl"] });
}

function nativeConfig({ plain, tls }: Ports): string {
  return `
listeners:
  https-http:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: plain }]
  https-https:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: localhost.pem, key: localhost-key.pem }] }
    routes: [{ cluster: tls }]
  http-https:
    address: 127.0.0.1:0
    routes: [{ cluster: tls }]
  passthrough:
    address: 127.0.0.1:0
    tcp: raw
clusters:
  plain: { endpoints: ["127.0.0.1:${plain}"] }
  tls:
    endpoints: ["127.0.0.1:${tls}"]
    tls: { ca: ca.pem, server_name: localhost }
  raw: { endpoints: ["127.0.0.1:${tls}"] }
`;
}

function envoyConfig({ plain, tls }: Ports): string {
  const trust = { trusted_ca: { filename: "ca.pem" } };
  return bootstrap([
    listener("https-http", httpTo("plain"), OWN_CERTIFICATE),
    listener("https-https", httpTo("tls"), OWN_CERTIFICATE),
    listener("http-https", httpTo("tls")),
    listener("passthrough", tcpTo("raw")),
  ], [
    cluster("plain", plain),
    cluster("tls", tls, {
      sni: "localhost",
      common_tls_context: { validation_context: trust },
    }),
    cluster("raw", tls),
  ]);
}
