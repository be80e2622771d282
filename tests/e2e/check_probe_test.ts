/**
 * `genkan check --probe`: a connection to every endpoint, and a line on each of them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type Issued, issued, type IssueRequest } from "../tls/issued.ts";
import { bootstrap, cluster, httpTo, listener } from "./envoy_config.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, type Upstream, wireUpstream } from "./upstream.ts";

const DAY = 24 * 60 * 60 * 1000;
const now = Date.now();
const since = { notBefore: now - DAY };
const authority = { isCa: true, ...since, notAfter: now + 99 * DAY };

const ca = await issued({ name: "CN=probe CA", ...authority });
const rsaCa = await issued({ name: "CN=RSA CA", rsaBits: 2048, ...authority });

/** A certificate for `app.test` that lives 43 days and a half. */
async function leaf(request: Partial<IssueRequest> = {}): Promise<Issued> {
  const names = [{ type: "dns" as const, value: "app.test" }];
  const notAfter = now + 43.5 * DAY;
  return await issued({ name: "CN=app.test", issuer: ca, names, ...since, notAfter, ...request });
}

/** A TLS server that says nothing; plain without a certificate. */
function server(scene: Scene, certificate: Issued | null): Upstream {
  const tls = certificate && { cert: certificate.certPem, key: certificate.keyPem };
  return scene.own(wireUpstream((wire) => wire.toEnd().then(() => {}), tls));
}

/** Runs `check --probe` on clusters in the native form; `ca.pem` and `rsa.pem` are there. */
async function probe(scene: Scene, clusters: Readonly<Record<string, string>>) {
  await scene.write("ca.pem", ca.certPem);
  await scene.write("rsa.pem", rsaCa.certPem);
  const lines = Object.entries(clusters).map(([name, fields]) => `  ${name}: { ${fields} }\n`);
  const [first] = Object.keys(clusters);
  await scene.write(
    "genkan.yaml",
    `listeners: { web: { address: 127.0.0.1:0, tcp: ${first} } }\nclusters:\n${lines.join("")}`,
  );
  const { code, stdout, stderr } = await scene.run(["check", "-c", "genkan.yaml", "--probe"]);
  const [head, ...said] = stdout.trimEnd().split("\n");
  assertEquals(head, "configuration 'genkan.yaml' OK");
  return { code, stderr, summary: said.pop(), lines: said };
}

/** The fields of a cluster with one endpoint. */
function verified({ port }: Upstream, file = "ca.pem", more = ""): string {
  return `endpoints: ["127.0.0.1:${port}"], tls: { ca: ${file}, server_name: app.test${more} }`;
}

e2e("An endpoint that is well is one line with what the handshake settled", async (scene) => {
  const ec = server(scene, await leaf());
  const rsa = server(scene, await leaf({ name: "CN=rsa", issuer: rsaCa, rsaBits: 2048 }));
  const plain = server(scene, null);
  const { code, summary, lines, stderr } = await probe(scene, {
    ec: verified(ec),
    rsa: verified(rsa, "rsa.pem", ", max_version: 1.2"),
    plain: `endpoints: ["127.0.0.1:${plain.port}"]`,
    none: "endpoints: []",
  });
  assertEquals([code, summary, stderr], [0, "3 endpoints OK", ""]);
  const seen = "no alpn, certificate CN=app\\.test, 43 days left";
  assertMatch(
    lines[0],
    new RegExp(`^ok   cluster ec 127\\.0\\.0\\.1:${ec.port} TLSv1\\.3, TLS_\\w+, ${seen}$`),
  );
  assertMatch(lines[1], /^ok {3}cluster rsa \S+ TLSv1\.2, ECDHE-RSA\S+, .*CN=rsa, 43 days left$/);
  assertEquals(lines[2], `ok   cluster plain 127.0.0.1:${plain.port} accepts connections`);
  assertEquals(lines[3], "none cluster none has no endpoints");
});

interface Refusal {
  readonly claim: string;
  readonly request: Partial<IssueRequest>;
  readonly code: string;
  readonly shown: RegExp;
}

const other = await issued({ name: "CN=other CA", ...authority });

const REFUSALS: readonly Refusal[] = [
  {
    claim: "An expired certificate is shown with its day",
    request: { notBefore: now - 9 * DAY, notAfter: now - 3 * DAY },
    code: "tls_expired",
    shown: /CN=app\.test for app\.test, issued by CN=probe CA, expired on \d{4}-\d\d-\d\d$/,
  },
  {
    claim: "A certificate for another name is shown with its names",
    request: { names: [{ type: "dns", value: "b.test" }, { type: "dns", value: "*.b.test" }] },
    code: "tls_wrong_name",
    shown: /CN=app\.test for b\.test, \*\.b\.test, issued by CN=probe CA, 43 days left$/,
  },
  {
    claim: "A certificate that isn't trusted is shown with its issuer",
    request: { issuer: other },
    code: "tls_untrusted",
    shown: /CN=app\.test for app\.test, issued by CN=other CA, 43 days left$/,
  },
];

for (const { claim, request, code, shown } of REFUSALS) {
  e2e(claim, async (scene) => {
    const upstream = server(scene, await leaf(request));
    const result = await probe(scene, { app: verified(upstream) });
    assertEquals([result.code, result.summary], [1, "1 of 1 endpoint failed"]);
    const [first, ...below] = result.lines;
    const start = `fail cluster app 127.0.0.1:${upstream.port} ${code}: `;
    assert(first.startsWith(start), first);
    assert(below.every((line) => line.startsWith("     ")), below.join("\n"));
    assertMatch(below.find((line) => line.includes("shown: ")) ?? "", shown);
    assertMatch(below.at(-1)!, /^ {5}→ \S/);
  });
}

e2e("What isn't TLS, is silent or isn't there says so with its code", async (scene) => {
  const plain = scene.own(wireUpstream(async (wire) => {
    await wire.bytes(1);
    await wire.send("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
  }));
  const silent = server(scene, null);
  const { code, lines, summary } = await probe(scene, {
    plain: verified(plain),
    silent: `${verified(silent)}, connect_timeout: 300ms`,
    gone: verified({ port: freePort() } as Upstream),
    lost: 'endpoints: ["no-such-name.invalid:443"], tls: { ca: ca.pem }',
  });
  assertEquals([code, summary], [1, "4 of 4 endpoints failed"]);
  const failed = lines.filter((line) => line.startsWith("fail "));
  assertMatch(failed[0], /^fail cluster plain \S+ upstream_not_tls: .* doesn't speak TLS$/);
  assertMatch(failed[1], /^fail cluster silent \S+ connect_timeout: .*finish the TLS handshake$/);
  assertMatch(failed[2], /^fail cluster gone \S+ connect_refused: Nothing listens on /);
  assertMatch(failed[3], /^fail cluster lost no-such-name\.invalid:443 dns_failure: /);
});

e2e(
  "A server that wants a client certificate fails without one, though the handshake is over by then",
  async (scene) => {
    const { certPem, keyPem } = await leaf();
    await scene.write("leaf.pem", certPem);
    await scene.write("leaf-key.pem", keyPem);
    await scene.write("ca.pem", ca.certPem);
    // deno-fmt-ignore
    const openssl = scene.spawn(
      ["s_server", "-www", "-accept", "127.0.0.1:0", "-cert", "leaf.pem", "-key", "leaf-key.pem",
        "-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"],
      { peer: "openssl" },
    );
    const [, port] = await openssl.says("stdout", /^ACCEPT 127\.0\.0\.1:(\d+)$/m);
    const upstream = { port: Number(port) } as Upstream;
    const { code, lines } = await probe(scene, {
      without: verified(upstream),
      with: verified(
        upstream,
        "ca.pem",
        ", client_certificate: { cert: leaf.pem, key: leaf-key.pem }",
      ),
    });
    assertEquals(code, 1);
    assertMatch(lines[0], /^fail cluster without \S+ tls_client_certificate: /);
    assertMatch(lines.at(-1)!, /^ok {3}cluster with /);
  },
  { needs: ["openssl"] },
);

e2e("One endpoint with two addresses needs one of them", async (scene) => {
  const upstream = server(scene, await leaf());
  const { code, lines } = await probe(scene, {
    app: `endpoints: ["localhost:${upstream.port}"], tls: { ca: ca.pem, server_name: app.test }`,
  });
  assertEquals([code, lines.length], [0, 1]);
  const where = `localhost:${upstream.port} (127.0.0.1:${upstream.port})`;
  assert(lines[0].startsWith(`ok   cluster app ${where} TLSv1.3, `), lines[0]);
});

e2e("Where the PROXY protocol comes first, it does so in a probe", async (scene) => {
  const { certPem, keyPem } = await leaf({ issuer: other });
  await scene.write("leaf.pem", certPem);
  await scene.write("leaf-key.pem", keyPem);
  await scene.write("other.pem", other.certPem);
  const inner = await scene.serve(`
listeners:
  web:
    address: 127.0.0.1:0
    proxy_protocol: { trusted: [127.0.0.0/8] }
    tls: { certificates: [{ cert: leaf.pem, key: leaf-key.pem }] }
    routes: [{ cluster: app }]
clusters: { app: { endpoints: [] } }
`);
  const upstream = { port: inner.port("web") } as Upstream;
  const { code, lines } = await probe(scene, {
    second: `${verified(upstream, "other.pem")}, proxy_protocol: v2`,
    first: `${verified(upstream, "other.pem")}, proxy_protocol: v1`,
    refused: `${verified(upstream)}, proxy_protocol: v2`,
  });
  assertEquals(code, 1);
  assertMatch(lines[0], /^ok {3}cluster second \S+ TLSv1\.3, /);
  assertMatch(lines[1], /^ok {3}cluster first \S+ TLSv1\.3, /);
  assertMatch(lines[2], /^fail cluster refused \S+ tls_untrusted: /);
  assertMatch(lines.join("\n"), "shown: CN=app.test for app.test, issued by CN=other CA");
});

e2e("A name that is not verified is said, unless one of the SANs is there", async (scene) => {
  const upstream = server(scene, await leaf());
  const chain = ", verify: insecure_chain_only";
  const { code, lines } = await probe(scene, {
    open: verified(upstream, "ca.pem", chain),
    named: verified(upstream, "ca.pem", `${chain}, sans: ["dns:app.test"]`),
  });
  assertEquals(code, 0);
  assertMatch(lines[0], /, 43 days left, its name NOT verified$/);
  assertMatch(lines[1], /, 43 days left$/);
});

e2e(
  "An upstream that nobody verifies is warned of by check and by run, in both forms",
  async (scene) => {
    const stranger = server(scene, await leaf({ issuer: other }));
    const native = `listeners: { web: { address: 127.0.0.1:0, tcp: app } }
clusters:
  app: { endpoints: ["127.0.0.1:${stranger.port}"], tls: { verify: insecure_none } }
`;
    const open = { name: "tls", typed_config: { "@type": UPSTREAM_TLS } };
    const envoy = bootstrap(
      [listener("web", httpTo("app"))],
      [Object.assign({}, cluster("app", stranger.port), { transport_socket: open })],
    );
    for (const [file, text] of [["native.yaml", native], ["envoy.yaml", envoy]]) {
      await scene.write(file, text);
      const { code, stdout, stderr } = await scene.run(["check", "-c", file, "--probe"]);
      assertEquals(code, 0, stdout);
      assertMatch(stdout, /^ok {3}cluster app .*CN=app\.test, 43 days left, NOT verified$/m);
      const warned = /cluster "app": the upstream's certificate is not verified/;
      assertMatch(stderr, warned);
      const running = await scene.start(["run", "-c", file]);
      assertMatch(running.stderr.text, warned);
    }
  },
);

const UPSTREAM_TLS =
  "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

e2e("Without --probe nothing is connected to", async (scene) => {
  let connections = 0;
  const upstream = scene.own(wireUpstream((wire) => {
    connections++;
    return wire.toEnd().then(() => {});
  }));
  await scene.write(
    "genkan.yaml",
    `listeners: { web: { address: 127.0.0.1:0, tcp: app } }
clusters: { app: { endpoints: ["127.0.0.1:${upstream.port}"] } }
`,
  );
  const { code, stdout } = await scene.run(["check", "-c", "genkan.yaml"]);
  assertEquals([code, stdout], [0, "configuration 'genkan.yaml' OK\n"]);
  assertEquals(connections, 0);
});
