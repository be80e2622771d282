/**
 * What is said of the certificates that a configuration names, in both forms and at their places.
 *
 * @module
 */

import type { JsonGeneralNames } from "@peculiar/x509";
import { formatProblem, loadConfigText } from "../../src/config/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type Issued, issued, type IssueRequest } from "../tls/issued.ts";
import { hostOf, NOW } from "./files.ts";

const DAY = 24 * 60 * 60 * 1000;

function dns(...names: string[]): JsonGeneralNames {
  return names.map((value) => ({ type: "dns", value }));
}

const root = await issued({ name: "CN=Root", isCa: true });
const middle = await issued({ name: "CN=Middle", isCa: true, issuer: root });
const names = dns("app.test");

async function leafOf(request: Partial<IssueRequest>): Promise<Issued> {
  return await issued({ name: "CN=app.test", issuer: middle, names, ...request });
}

const good = await leafOf({});

/** What is said: `error:` or `warning:`, and the message. */
async function told(text: string, files: Readonly<Record<string, string>>): Promise<string[]> {
  const host = hostOf(new Map(Object.entries(files)));
  try {
    const { warnings } = await loadConfigText(text, { file: "genkan.yaml", host });
    return warnings.map((each) => `warning: ${formatProblem(each)}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((each) => `error: ${formatProblem(each)}`);
  }
}

const NATIVE = `listeners:
  web:
    address: 127.0.0.1:0
    tls: { certificates: [{ cert: chain.pem, key: key.pem }] }
    routes: [{ host: app.test, cluster: app }]
clusters: { app: { endpoints: [] } }
`;

const ENVOY = `static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificates:
            - certificate_chain: { filename: chain.pem }
              private_key: { filename: key.pem }
      filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            virtual_hosts:
            - name: app
              domains: [app.test]
              routes: [{ match: { prefix: / }, route: { cluster: app } }]
  clusters: [{ name: app }]
`;

/** What the native form says of a chain. */
async function chainTold(chain: readonly Issued[], key = chain[0]): Promise<string[]> {
  const pem = chain.map(({ certPem }) => certPem).join("");
  return await told(NATIVE, { "chain.pem": pem, "key.pem": key.keyPem });
}

async function assertTold(chain: readonly Issued[], ...patterns: RegExp[]): Promise<void> {
  const lines = await chainTold(chain);
  assertEquals(lines.length, patterns.length, lines.join("\n"));
  for (const [index, pattern] of patterns.entries()) assertMatch(lines[index], pattern);
}

Deno.test("A good chain is not worth a word, in either form", async () => {
  const files = { "chain.pem": good.certPem + middle.certPem, "key.pem": good.keyPem };
  assertEquals(await told(NATIVE, files), []);
  assertEquals(await told(ENVOY, files), []);
});

Deno.test("A finding stands at the certificate's field, in either form", async () => {
  const soon = await leafOf({ notAfter: NOW + 9.5 * DAY });
  const files = { "chain.pem": soon.certPem, "key.pem": soon.keyPem };
  const words =
    'the certificate "CN=app.test" expires in 9 days, on 2026-05-11 00:00 UTC; renew it';
  assertEquals(await told(NATIVE, files), [
    `warning: genkan.yaml:4:29: listeners.web.tls.certificates[0].cert: ${words}\n` +
    "    tls: { certificates: [{ cert: chain.pem, key: key.pem }] }\n" +
    `${" ".repeat(28)}^`,
  ]);
  const [envoy] = await told(ENVOY, files);
  assert(envoy.startsWith("warning: genkan.yaml:11:36: static_resources.listeners[0]."), envoy);
  assertMatch(envoy, words);
});

Deno.test("The last fourteen days of a certificate are told, the day before them isn't", async () => {
  assertEquals(await chainTold([await leafOf({ notAfter: NOW + 14 * DAY })]), []);
  await assertTold([await leafOf({ notAfter: NOW + 14 * DAY - 1000 })], /expires in 13 days, on/);
  await assertTold([await leafOf({ notAfter: NOW + 1.5 * DAY })], /expires in 1 day, on/);
  await assertTold([await leafOf({ notAfter: NOW + 1000 })], /expires in less than a day, on/);
});

Deno.test("An expired certificate is a warning, so that a service can be started again", async () => {
  await assertTold([await leafOf({ notAfter: NOW - 1000 })], /^warning: .*expired on 2026-05-01/);
  await assertTold(
    [await leafOf({ notBefore: NOW + DAY })],
    /^warning: .*is not valid before 2026-05-02/,
  );
});

Deno.test("An issuer of the chain that expires is told, too", async () => {
  const old = await issued({ name: "CN=Old", isCa: true, issuer: root, notAfter: NOW - DAY });
  await assertTold(
    [await leafOf({ issuer: old }), old],
    /warning: .*the certificate "CN=Old" expired on/,
  );
});

Deno.test("A key of another certificate of the chain tells which should be first", async () => {
  const [line, ...more] = await chainTold([middle, good], good);
  assertEquals(more, []);
  assertMatch(line, /^error: genkan\.yaml:4:35: .*certificates\[0\]\.cert: .*stands at place 2/);
  assertMatch(line, 'put "CN=app.test" first');
});

Deno.test("A key of no certificate of the chain is an error at the key", async () => {
  const [line, ...more] = await chainTold([good, middle], root);
  assertEquals(more, []);
  assertMatch(line, /^error: .*certificates\[0\]\.key: the key \(key\.pem\) does not belong to/);
});

Deno.test("Issuers in the wrong order are a warning with the right one", async () => {
  await assertTold(
    [good, root, middle],
    /^warning: .*wrong order; the right one is 1 \("CN=app\.test"\), 3 \("CN=Middle"\), 2 \("CN=Root"\)/,
  );
});

Deno.test("A certificate that isn't of the chain is a warning", async () => {
  const other = await issued({ name: "CN=Other", isCa: true });
  await assertTold([good, middle, other], /^warning: .*not a part of the chain: "CN=Other"/);
});

Deno.test("Another chain behind a leaf is an error", async () => {
  const other = await issued({ name: "CN=Other", isCa: true });
  await assertTold(
    [good, other],
    /^error: .*issued by "CN=Middle", and what follows is "CN=Other"/,
  );
});

Deno.test("A leaf alone is incomplete where it says that its issuer is to be had", async () => {
  const issuerUrl = "http://ca.test/middle.der";
  const leaf = await leafOf({ issuerUrl });
  await assertTold(
    [leaf],
    /^warning: .*incomplete: "CN=Middle", which has issued .*"http:\/\/ca\.test\/middle\.der"/,
  );
  assertEquals(await chainTold([leaf, middle]), []);
});

Deno.test("A leaf of a CA without intermediates may stand alone, and so may one without a CA", async () => {
  assertEquals(await chainTold([await leafOf({ issuer: root })]), []);
  assertEquals(await chainTold([await leafOf({ issuer: undefined })]), []);
});

Deno.test("A certificate with a common name alone is for nobody", async () => {
  await assertTold([await leafOf({ names: undefined })], /no subject alternative names/);
});

Deno.test("A client's certificate on a listener is told", async () => {
  const usages = ["1.3.6.1.5.5.7.3.2"];
  await assertTold([await leafOf({ usages })], /is for clients only/);
});

Deno.test("A certificate shown to an upstream needs no names, but must be for clients", async () => {
  const text = `listeners: { web: { address: 127.0.0.1:0, tcp: app } }
clusters:
  app:
    endpoints: ["127.0.0.1:443"]
    tls: { client_certificate: { cert: chain.pem, key: key.pem } }
`;
  const toldOf = async (leaf: Issued) =>
    await told(text, { "chain.pem": leaf.certPem, "key.pem": leaf.keyPem });
  assertEquals(await toldOf(await leafOf({ names: undefined })), []);
  const [line, ...more] = await toldOf(await leafOf({ usages: ["1.3.6.1.5.5.7.3.1"] }));
  assertEquals(more, []);
  assertMatch(line, /^warning: genkan\.yaml:5:34: .* is for servers only/);
});

Deno.test("Short keys and old signatures are told, but for a root's own", async () => {
  await assertTold([await leafOf({ rsaBits: 1024 })], /RSA key of 1024 bits/);
  assertEquals(await chainTold([await leafOf({ rsaBits: 2048 })]), []);
  await assertTold([await leafOf({ hash: "SHA-1" })], /signed with SHA-1/);
  const oldRoot = await issued({ name: "CN=Old", isCa: true, rsaBits: 2048, hash: "SHA-1" });
  assertEquals(await chainTold([await leafOf({ issuer: oldRoot }), oldRoot]), []);
});

/** What is said of routes for these hosts with a certificate for those names. */
async function hostsTold(hosts: readonly string[], certified: JsonGeneralNames): Promise<string[]> {
  const leaf = await leafOf({ names: certified });
  const routes = hosts.map((host) => `{ host: "${host}", cluster: app }`).join(", ");
  return await told(NATIVE.replace("{ host: app.test, cluster: app }", routes), {
    "chain.pem": leaf.certPem,
    "key.pem": leaf.keyPem,
  });
}

Deno.test("Hosts that the certificate isn't for are told, all in one warning", async () => {
  const [line, ...more] = await hostsTold(["a.test", "b.a.test", "c.test"], dns("*.a.test"));
  assertEquals(more, []);
  assertMatch(line, 'the certificate "CN=app.test" is for *.a.test, but a.test, c.test are served');
});

Deno.test("A pattern of hosts wants a wildcard", async () => {
  assertEquals(await hostsTold(["*.a.test"], dns("*.a.test")), []);
  assertMatch((await hostsTold(["*.a.test"], dns("b.a.test")))[0], "but *.a.test is served");
});

Deno.test("A route for every host says nothing of names", async () => {
  assertEquals(await hostsTold(["*"], dns("a.test")), []);
});

Deno.test("Addresses are looked for among addresses, and ports don't count", async () => {
  const virtualHosts = (domains: string) =>
    NATIVE.replace(
      /routes: .*/,
      `ignore_host_port: off\n    virtual_hosts: [{ domains: [${domains}], routes: [{ cluster: app }] }]`,
    );
  const leaf = await leafOf({ names: [{ type: "ip", value: "::1" }, ...dns("app.test")] });
  const files = { "chain.pem": leaf.certPem, "key.pem": leaf.keyPem };
  const covered = '"[::1]:8443", "app.test:8443", "app.*"';
  assertEquals(await told(virtualHosts(covered), files), []);
  const [line] = await told(virtualHosts('"127.0.0.1:8443"'), files);
  assertMatch(line, "is for app.test, ::1, but 127.0.0.1 is served here");
});

Deno.test("A chain for some server names serves those, whatever its routes say", async () => {
  const match = (name: string) =>
    ENVOY.replace(
      "    filter_chains:\n    - transport_socket:",
      `    listener_filters:
    - name: inspector
      typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector }
    filter_chains:
    - filter_chain_match: { server_names: [${name}] }
      transport_socket:`,
    ).replace("domains: [app.test]", "domains: [app.test, other.test]");
  const files = { "chain.pem": good.certPem, "key.pem": good.keyPem };
  assertEquals(await told(match("app.test"), files), []);
  const [line, ...more] = await told(match("b.test"), files);
  assertEquals(more, []);
  assertMatch(line, "is for app.test, but b.test is served here");
});

/** What is said of the trusted certificates of a cluster. */
async function trustTold(pem: string): Promise<string[]> {
  const native = `listeners: { web: { address: 127.0.0.1:0, tcp: app } }
clusters: { app: { endpoints: ["127.0.0.1:443"], tls: { ca: ca.pem } } }
`;
  return await told(native, { "ca.pem": pem });
}

Deno.test("Trusted certificates that vouch for nobody are told", async () => {
  assertEquals(await trustTold(root.certPem + middle.certPem), []);
  const [line, ...more] = await trustTold(good.certPem);
  assertEquals(more, []);
  assertMatch(line, /^warning: genkan\.yaml:2:57: clusters\.app\.tls\.ca: .*is no CA.*"CN=Middle"/);
});

Deno.test("A server's own certificate that is signed by itself may be trusted", async () => {
  assertEquals(await trustTold((await leafOf({ issuer: undefined })).certPem), []);
});

Deno.test("A private key among trusted certificates is told, and never shown", async () => {
  const [line, ...more] = await trustTold(root.certPem + root.keyPem);
  assertEquals(more, []);
  assertMatch(line, /^warning: .*private key beside the trusted certificates/);
  assert(!line.includes(root.keyPem.split("\n")[1]));
});

Deno.test("Expired CAs are told one by one, and all at once where they are many", async () => {
  const old = await Promise.all(
    Array.from(
      { length: 9 },
      (_, index) => issued({ name: `CN=Old ${index}`, isCa: true, notAfter: NOW - DAY }),
    ),
  );
  const told = async (count: number) =>
    await trustTold([root, ...old.slice(0, count)].map(({ certPem }) => certPem).join(""));
  const few = await told(2);
  assertEquals(few.length, 2);
  assertMatch(few[1], /^warning: .*"CN=Old 1" expired on 2026-04-30/);
  const [many, ...more] = await told(9);
  assertEquals(more, []);
  assertMatch(many, /^warning: .*9 of the 10 certificates have expired.*such as "CN=Old 0"/);
});
