/**
 * TLS on both sides: versions and protocols that a listener takes, upstreams that are believed.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { curl, FROM_ELSEWHERE } from "./curl.ts";
import { bootstrap, cluster, httpTo, listener, OWN_CERTIFICATE } from "./envoy_config.ts";
import { handshake, openssl } from "./openssl.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort } from "./upstream.ts";
import { Wire } from "./wire.ts";

const REFUSED = "upstream connect error or disconnect/reset before headers. " +
  "reset reason: remote connection failure";

/** An echo service over TLS, which tells the name that it was asked for. Gives its port. */
async function startEcho(scene: Scene): Promise<number> {
  await scene.writeCertificates();
  const echo = await scene.start([
    ...["echo", "--listen", "127.0.0.1:0"],
    ...["--cert", "localhost.pem", "--key", "localhost-key.pem"],
  ]);
  return Number(echo.stderr.text.match(/https:\/\/127\.0\.0\.1:(\d+)/)?.[1]);
}

/** A plain listener before a cluster; `tls` is the cluster's, in the native form. */
function originating(port: number, tls: string): string {
  return `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: behind }] } }
clusters: { behind: { endpoints: ["127.0.0.1:${port}"], tls: ${tls} } }
`;
}

async function ask(program: Program): Promise<{ status: number; body: string }> {
  return await curl(...FROM_ELSEWHERE, `http://localhost:${program.port("web")}/`);
}

e2e(
  "An upstream of a CA that isn't trusted gets no request: 503, endpoint and cause in the log",
  async (scene) => {
    const port = await startEcho(scene);
    await scene.run(["ca", "create", "--folder", "other"]);
    const program = await scene.serve(
      originating(port, "{ ca: other/ca.pem, server_name: localhost }"),
    );
    const { status, body } = await ask(program);
    assertEquals([status, body], [503, REFUSED]);
    const [line] = await program.says("stderr", /^.* warning upstream failed .*$/m);
    assertMatch(line, `endpoint=127.0.0.1:${port}`);
    assertMatch(line, "code=tls_untrusted");
    assertMatch(line, /cause="[^"]*(unknown ?issuer|unable to (get|verify)|self.signed)/i);
  },
  { needs: ["curl"] },
);

e2e(
  "Certificates of X.509 version 1, as Envoy's sandbox has, are served and taken unverified",
  async (scene) => {
    const [cert, key] = ["localhost.pem", "localhost-key.pem"];
    const request = scene.path("request.csr");
    await openssl(
      ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=front-envoy"],
      ...["-keyout", scene.path(key), "-out", request],
    );
    // Signed without an extension file, OpenSSL writes version 1.
    await openssl(
      ...["x509", "-req", "-in", request, "-signkey", scene.path(key), "-days", "30"],
      ...["-out", scene.path(cert)],
    );
    const text = await openssl("x509", "-in", scene.path(cert), "-noout", "-text");
    assertMatch(text, "Version: 1 ");
    const echo = await scene.start([
      ...["echo", "--listen", "127.0.0.1:0", "--cert", cert, "--key", key],
    ]);
    const port = Number(echo.stderr.text.match(/https:\/\/127\.0\.0\.1:(\d+)/)?.[1]);
    const program = await scene.serve(bootstrap(
      [listener("web", httpTo("behind"), OWN_CERTIFICATE)],
      [cluster("behind", port, {})],
    ));
    const { status, body } = await curl(`https://localhost:${program.port("web")}/`, "-k");
    assertEquals(status, 200);
    assertEquals(JSON.parse(body).connection, { servername: false });
  },
  { needs: ["curl", "openssl"] },
);

e2e("An upstream with another name than the one asked for gets no request", async (scene) => {
  const port = await startEcho(scene);
  const program = await scene.serve(originating(port, "{ ca: ca.pem, server_name: app.test }"));
  const { status, body } = await ask(program);
  assertEquals([status, body], [503, REFUSED]);
  await program.says("stderr", /upstream failed .*code=tls_wrong_name/);
}, { needs: ["curl"] });

e2e("server_name and Envoy's sni are the name that the upstream is asked for", async (scene) => {
  const port = await startEcho(scene);
  const native = await scene.serve(originating(port, "{ ca: ca.pem, server_name: localhost }"));
  const common = { validation_context: { trusted_ca: { filename: "ca.pem" } } };
  const envoy = await scene.serve(bootstrap(
    [listener("web", httpTo("behind"))],
    [cluster("behind", port, { sni: "localhost", common_tls_context: common })],
  ));
  for (const program of [native, envoy]) {
    const { status, body } = await ask(program);
    assertEquals(status, 200);
    assertEquals(JSON.parse(body).connection, { servername: "localhost" });
  }
}, { needs: ["curl"] });

e2e("Without sni Envoy's form sends no name", async (scene) => {
  const port = await startEcho(scene);
  const common = { validation_context: { trusted_ca: { filename: "ca.pem" } } };
  const program = await scene.serve(bootstrap(
    [listener("web", httpTo("behind"))],
    [cluster("behind", port, { common_tls_context: common })],
  ));
  const { status, body } = await ask(program);
  assertEquals(status, 200);
  assertEquals(JSON.parse(body).connection, { servername: false });
}, { needs: ["curl"] });

e2e(
  "A cluster that verifies nothing is named in a warning at the start, and works",
  async (scene) => {
    const port = await startEcho(scene);
    const native = await scene.serve(originating(port, "{ verify: insecure_none }"));
    const envoy = await scene.serve(bootstrap(
      [listener("web", httpTo("behind"))],
      [cluster("behind", port, { common_tls_context: {} })],
    ));
    for (const program of [native, envoy]) {
      const [start] = program.stderr.text.split("ready");
      assertMatch(start, / warning .*cluster "behind": the upstream's certificate is not verified/);
      assertEquals((await ask(program)).status, 200);
    }
  },
  { needs: ["curl"] },
);

e2e(
  "A cluster's TLS versions are bounds: one that has none in common is not reached",
  async (scene) => {
    await scene.writeCertificates();
    const old = await scene.serve(`
listeners:
  tls:
    address: 127.0.0.1:0
    tls:
      certificates: [{ cert: localhost.pem, key: localhost-key.pem }]
      max_version: 1.2
    routes: [{ cluster: nowhere }]
clusters: { nowhere: { endpoints: [] } }
`);
    const tls = (bounds: string) => `{ ca: ca.pem, server_name: localhost, ${bounds} }`;
    const within = await scene.serve(originating(old.port("tls"), tls("max_version: 1.2")));
    assertEquals((await ask(within)).body, "no healthy upstream");
    const beyond = await scene.serve(originating(old.port("tls"), tls("min_version: 1.3")));
    assertEquals((await ask(beyond)).body, REFUSED);
    await beyond.says("stderr", /upstream failed .*code=tls_version/);
  },
  { needs: ["curl"] },
);

/** A TLS listener with bounds for versions, in both forms. */
function bounded(
  native: string,
  envoy: Readonly<Record<string, string>>,
): readonly (readonly [form: string, config: string])[] {
  return [
    [
      "native",
      `
listeners:
  web:
    address: 127.0.0.1:0
    tls:
      certificates: [{ cert: localhost.pem, key: localhost-key.pem }]
      ${native}
    routes: [{ cluster: behind }]
clusters: { behind: { endpoints: ["127.0.0.1:${freePort()}"] } }
`,
    ],
    [
      "envoy",
      bootstrap(
        [listener("web", httpTo("behind"), { ...OWN_CERTIFICATE, tls_params: envoy })],
        [cluster("behind", freePort())],
      ),
    ],
  ];
}

interface VersionCase {
  readonly claim: string;
  readonly native: string;
  readonly envoy: Readonly<Record<string, string>>;
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
}

const VERSIONS: readonly VersionCase[] = [
  {
    claim: "TLS 1.3 alone refuses a client of TLS 1.2",
    native: "min_version: 1.3",
    envoy: { tls_minimum_protocol_version: "TLSv1_3" },
    takes: ["-tls1_3"],
    refuses: ["-tls1_2"],
  },
  {
    claim: "TLS 1.2 alone refuses a client of TLS 1.3",
    native: "max_version: 1.2",
    envoy: { tls_maximum_protocol_version: "TLSv1_2" },
    takes: ["-tls1_2"],
    refuses: ["-tls1_3"],
  },
  {
    claim: "takes TLS 1.2 and 1.3, and nothing older, unless told otherwise",
    native: "",
    envoy: {},
    takes: ["-tls1_2", "-tls1_3"],
    refuses: ["-tls1_1"],
  },
];

for (const { claim, native, envoy, takes, refuses } of VERSIONS) {
  e2e(`A listener ${claim}`, async (scene) => {
    await scene.writeCertificates();
    for (const [form, config] of bounded(native, envoy)) {
      const port = (await scene.serve(config)).port("web");
      for (const version of takes) {
        const { success, text } = await handshake(port, version, "-CAfile", scene.path("ca.pem"));
        assert(success, `${form} ${version}: ${text}`);
        assertMatch(text, "Verify return code: 0 (ok)");
      }
      for (const version of refuses) {
        // At this level of security openssl would not even ask for an old version.
        const { success, text } = await handshake(port, version, "-cipher", "ALL:@SECLEVEL=0");
        assert(!success, `${form} ${version}: ${text}`);
      }
    }
  }, { needs: ["openssl"] });
}

e2e("A listener agrees on the ALPN protocol that it is configured with", async (scene) => {
  await scene.writeCertificates();
  const [[, native]] = bounded("", {});
  const envoy = bootstrap(
    [listener("web", httpTo("behind"), { ...OWN_CERTIFICATE, alpn_protocols: ["http/1.1"] })],
    [cluster("behind", freePort())],
  );
  for (const config of [native, envoy]) {
    const port = (await scene.serve(config)).port("web");
    const { text } = await handshake(port, "-alpn", "h2,http/1.1");
    assertMatch(text, "ALPN protocol: http/1.1");
  }
}, { needs: ["openssl"] });

// RFC 7301 §3.2 wants the alert; Envoy goes on without a protocol, which the runtimes can't.
e2e(
  "A client without an ALPN protocol in common is refused with the alert that says so",
  async (scene) => {
    await scene.writeCertificates();
    const [[, native]] = bounded("", {});
    const program = await scene.serve(native);
    const { success, text } = await handshake(program.port("web"), "-alpn", "h2");
    assert(!success, text);
    assertMatch(text, "alert no application protocol");
    await program.says("stderr", / handshake failed .*no ALPN protocol in common/);
  },
  { needs: ["openssl"] },
);

e2e("Envoy's form offers no ALPN protocol unless told to", async (scene) => {
  await scene.writeCertificates();
  const [, [, envoy]] = bounded("", {});
  const { text } = await handshake((await scene.serve(envoy)).port("web"), "-alpn", "http/1.1");
  assertMatch(text, "No ALPN negotiated");
}, { needs: ["openssl"] });

e2e("Plain HTTP on a TLS port ends that connection alone", async (scene) => {
  await scene.writeCertificates();
  const [[, native]] = bounded("", {});
  const program = await scene.serve(native);
  const port = program.port("web");
  using wire = await Wire.connect(port);
  await wire.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await wire.toEnd();
  const { success } = await handshake(port);
  assert(success);
}, { needs: ["openssl"] });
