/**
 * One port for many names: some terminated, each with its certificate, some passed through.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { Authority } from "./authority.ts";
import { curl } from "./curl.ts";
import {
  bootstrap,
  chain,
  cluster,
  type Fields,
  httpTo,
  INSPECTED,
  listenerOf,
  tcpTo,
  withAdmin,
} from "./envoy_config.ts";
import { tryOpenssl } from "./openssl.ts";
import { e2e, type Scene } from "./scene.ts";
import { counts } from "./stats.ts";
import { httpUpstream, type Upstream, wireUpstream } from "./upstream.ts";
import { isLost, Wire } from "./wire.ts";

/** Three sites: two that are terminated before, and one that ends its TLS itself. */
interface Sites {
  readonly ca: string;
  readonly one: Upstream;
  readonly two: Upstream;
  readonly passed: Upstream;
}

async function openSites(scene: Scene): Promise<Sites> {
  const authority = await Authority.create("sites");
  await authority.write(scene, "one", { names: ["one.test"] });
  await authority.write(scene, "two", { names: ["two.test", "*.two.test"] });
  const { certPem, keyPem } = await authority.issue({ names: ["passed.test"] });
  await scene.write("ca.pem", authority.pem);
  const site = (name: string) => scene.own(httpUpstream(() => new Response(name)));
  return {
    ca: authority.pem,
    one: site("one"),
    two: site("two"),
    passed: scene.own(
      httpUpstream(() => new Response("passed"), { cert: certPem, key: keyPem }),
    ),
  };
}

const NAMES = { one: ["one.test"], two: ["two.test", "*.two.test"], passed: ["passed.test"] };

function certificate(name: string): Fields {
  return {
    common_tls_context: {
      tls_certificates: [{
        certificate_chain: { filename: `${name}.pem` },
        private_key: { filename: `${name}-key.pem` },
      }],
    },
  };
}

/** The three chains of Envoy's tls-sni sandbox, in both forms. */
function threeChains({ one, two, passed }: Sites): readonly (readonly [string, string])[] {
  const native = `
admin: 127.0.0.1:0
listeners:
  edge:
    address: 127.0.0.1:0
    chains:
      - host: one.test
        tls: { certificates: [{ cert: one.pem, key: one-key.pem }] }
        routes: [{ cluster: one }]
      - host: [two.test, "*.two.test"]
        tls: { certificates: [{ cert: two.pem, key: two-key.pem }] }
        routes: [{ cluster: two }]
      - { host: passed.test, tcp: passed }
clusters:
  one: { endpoints: ["127.0.0.1:${one.port}"] }
  two: { endpoints: ["127.0.0.1:${two.port}"] }
  passed: { endpoints: ["127.0.0.1:${passed.port}"] }
`;
  const envoy = bootstrap([
    listenerOf("edge", [
      chain(httpTo("one"), { match: { server_names: NAMES.one }, tls: certificate("one") }),
      chain(httpTo("two"), { match: { server_names: NAMES.two }, tls: certificate("two") }),
      chain(tcpTo("passed"), { match: { server_names: NAMES.passed } }),
    ], INSPECTED),
  ], [cluster("one", one.port), cluster("two", two.port), cluster("passed", passed.port)]);
  return [["native", native], ["envoy", withAdmin(envoy)]];
}

/** The subject of the certificate that OpenSSL is shown; null when there is none. */
async function subject(port: number, ...args: string[]): Promise<string | null> {
  const { text } = await tryOpenssl("s_client", "-connect", `127.0.0.1:${port}`, ...args);
  return /^subject=CN = (.*)$/m.exec(text)?.[1] ?? null;
}

/** The body that curl gets for a name. */
async function ask(scene: Scene, port: number, name: string, ...more: string[]): Promise<string> {
  const to = ["--resolve", `${name}:${port}:127.0.0.1`, "--cacert", scene.path("ca.pem")];
  return (await curl(...to, ...more, `https://${name}:${port}/`)).body;
}

/** The body that Deno's own TLS gets for a name. */
async function askDeno(port: number, name: string, ca: string): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  using wire = new Wire(await Deno.startTls(conn, { hostname: name, caCerts: [ca] }));
  await wire.send(`GET / HTTP/1.1\r\nhost: ${name}\r\n\r\n`);
  return (await wire.response()).split("\r\n\r\n")[1];
}

for (const [at, form] of ["native", "envoy"].entries()) {
  e2e(
    `One port ends TLS for two names and passes a third through (${form} form)`,
    async (scene) => {
      const sites = await openSites(scene);
      const port = (await scene.serve(threeChains(sites)[at][1])).port("edge");
      const names = ["one.test", "two.test", "a.two.test", "passed.test"];
      for (const name of names) {
        const bare = name.replace("a.", "");
        const site = bare.replace(".test", "");
        assertEquals(await subject(port, "-servername", name), bare, name);
        assertEquals(await ask(scene, port, name), site, `curl, ${name}`);
        assertEquals(await askDeno(port, name, sites.ca), site, `Deno, ${name}`);
      }
      // A host name has no case (RFC 6066 §3).
      assertEquals(await subject(port, "-servername", "ONE.Test"), "one.test");
      assertEquals(await subject(port, "-servername", "X.TWO.test"), "two.test");
      assertEquals(await subject(port, "-servername", "PASSED.TEST"), "passed.test");
    },
    { needs: ["curl", "openssl"] },
  );

  e2e(
    `Without a chain for its name a client is closed, counted and logged (${form} form)`,
    async (scene) => {
      const sites = await openSites(scene);
      const program = await scene.serve(threeChains(sites)[at][1]);
      const port = program.port("edge");
      const strangers = [
        ["-servername", "other.test"],
        ["-servername", "sub.one.test"],
        ["-noservername"],
      ];
      for (const [done, args] of strangers.entries()) {
        assertEquals(await subject(port, ...args), null, args.join(" "));
        await counts(program, "no_filter_chain_match", done + 1);
      }
      await program.says("stderr", /no filter chain .*code=no_filter_chain serverName=other\.test/);
      using wire = await Wire.connect(port);
      await wire.send("GET / HTTP/1.1\r\nhost: one.test\r\n\r\n");
      assertEquals(await wire.toEnd(), "");
      await counts(program, "no_filter_chain_match", strangers.length + 1);
      await counts(program, "ssl.connection_error", 0);
    },
    { needs: ["openssl"] },
  );
}

e2e("A default chain takes what no other one matches, in both forms", async (scene) => {
  const { one, two, ca } = await openSites(scene);
  const native = `
listeners:
  edge:
    address: 127.0.0.1:0
    chains:
      - host: one.test
        tls: { certificates: [{ cert: one.pem, key: one-key.pem }] }
        routes: [{ cluster: one }]
    default_chain:
      tls: { certificates: [{ cert: two.pem, key: two-key.pem }] }
      routes: [{ cluster: two }]
clusters:
  one: { endpoints: ["127.0.0.1:${one.port}"] }
  two: { endpoints: ["127.0.0.1:${two.port}"] }
`;
  const named = { match: { server_names: ["one.test"] }, tls: certificate("one") };
  const rest = { default_filter_chain: chain(httpTo("two"), { tls: certificate("two") }) };
  const envoy = bootstrap(
    [listenerOf("edge", [chain(httpTo("one"), named)], { ...INSPECTED, ...rest })],
    [cluster("one", one.port), cluster("two", two.port)],
  );
  for (const config of [native, envoy]) {
    const port = (await scene.serve(config)).port("edge");
    assertEquals(await subject(port, "-servername", "one.test"), "one.test");
    assertEquals(await subject(port, "-servername", "other.test"), "two.test");
    assertEquals(await subject(port, "-noservername"), "two.test");
    assertEquals(await askDeno(port, "x.two.test", ca), "two");
  }
}, { needs: ["openssl"] });

e2e(
  "A client is shown the certificate of its name, and the kind of key that it takes",
  async (scene) => {
    const authority = await Authority.create("sites");
    await authority.write(scene, "first", { names: ["first.test"] });
    await authority.write(scene, "wild", { names: ["*.two.test"] });
    await authority.write(scene, "exact", { names: ["exact.two.test"] });
    await authority.write(scene, "rsa", { names: ["both.test"], rsaBits: 2048 });
    await authority.write(scene, "ecdsa", { names: ["both.test"] });
    const pair = (name: string) => `{ cert: ${name}.pem, key: ${name}-key.pem }`;
    const program = await scene.serve(`
listeners:
  web:
    address: 127.0.0.1:0
    tls: { certificates: [${["first", "wild", "exact", "rsa", "ecdsa"].map(pair).join(", ")}] }
    routes: [{ cluster: nowhere }]
clusters: { nowhere: { endpoints: [] } }
`);
    const port = program.port("web");
    const shown = (name: string) => subject(port, "-servername", name);
    assertEquals(await shown("exact.two.test"), "exact.two.test");
    assertEquals(await shown("x.two.test"), "*.two.test");
    assertEquals(await shown("other.test"), "first.test");
    assertEquals(await subject(port, "-noservername"), "first.test");
    const signature = async (...args: string[]) => {
      const all = ["-connect", `127.0.0.1:${port}`, "-servername", "both.test", ...args];
      const { text } = await tryOpenssl("s_client", ...all);
      return /^Peer signature type: (.*)$/m.exec(text)?.[1] ?? text;
    };
    assertEquals(await signature(), "ECDSA");
    assertEquals(await signature("-sigalgs", "RSA-PSS+SHA256"), "RSA-PSS");
    assertEquals(await signature("-tls1_2"), "ECDSA");
    assertEquals(await signature("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"), "RSA-PSS");
  },
  { needs: ["openssl"] },
);

e2e(
  "Chains go by transport and application protocol, as in Envoy's tls-inspector sandbox",
  async (scene) => {
    const authority = await Authority.create("sites");
    const secure = async (name: string) => {
      const { certPem, keyPem } = await authority.issue({ names: [name] });
      return scene.own(httpUpstream(() => new Response(name), { cert: certPem, key: keyPem }));
    };
    const [h2, http11, other] = [await secure("h2"), await secure("http11"), await secure("other")];
    const plain = scene.own(httpUpstream(() => new Response("plain")));
    const tls = (protocol: string) => ({
      match: { transport_protocol: "tls", application_protocols: [protocol] },
    });
    const envoy = bootstrap([
      listenerOf("edge", [
        chain(tcpTo("h2"), tls("h2")),
        chain(tcpTo("http11"), tls("http/1.1")),
        chain(tcpTo("other"), { match: { transport_protocol: "tls" } }),
        chain(tcpTo("plain"), { match: { transport_protocol: "raw_buffer" } }),
      ], INSPECTED),
    ], [
      cluster("h2", h2.port),
      cluster("http11", http11.port),
      cluster("other", other.port),
      cluster("plain", plain.port),
    ]);
    const port = (await scene.serve(envoy)).port("edge");
    assertEquals(await subject(port, "-alpn", "h2"), "h2");
    assertEquals(await subject(port, "-alpn", "http/1.1"), "http11");
    // What the client likes best comes first.
    assertEquals(await subject(port, "-alpn", "http/1.1,h2"), "http11");
    assertEquals(await subject(port), "other");
    const url = `https://127.0.0.1:${port}/`;
    assertEquals((await curl("-k", "--http2", url)).protocol, "HTTP/2");
    assertEquals((await curl("-k", "--http1.1", url)).body, "http11");
    assertEquals((await curl(`http://127.0.0.1:${port}/`)).body, "plain");
  },
  { needs: ["curl", "openssl"] },
);

/** A way to the port on which the client's bytes come one by one. */
function byteByByte(scene: Scene, port: number): Upstream {
  return scene.own(wireUpstream(async (wire) => {
    using onward = await Wire.connect(port);
    const { conn } = onward;
    (conn as Deno.TcpConn).setNoDelay(true);
    const back = carryBack(conn, wire);
    const buffer = new Uint8Array(4096);
    for (let size = await wire.conn.read(buffer); size !== null;) {
      for (let at = 0; at < size; at++) await conn.write(buffer.subarray(at, at + 1));
      size = await wire.conn.read(buffer);
    }
    await conn.closeWrite();
    await back;
  }));
}

async function carryBack(from: Deno.Conn, to: Wire): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      await to.send(buffer.slice(0, size));
    }
    await to.conn.closeWrite();
  } catch (error) {
    if (!isLost(error)) throw error;
  }
}

e2e("A client whose bytes come one by one finds its chain", async (scene) => {
  const sites = await openSites(scene);
  const { port } = byteByByte(scene, (await scene.serve(threeChains(sites)[0][1])).port("edge"));
  assertEquals(await askDeno(port, "two.test", sites.ca), "two");
  assertEquals(await askDeno(port, "passed.test", sites.ca), "passed");
});

e2e(
  "What begins like TLS and isn't, or is too large, ends that connection alone",
  async (scene) => {
    const sites = await openSites(scene);
    const program = await scene.serve(threeChains(sites)[0][1]);
    const port = program.port("edge");
    const bad: [string, readonly number[], RegExp][] = [
      ["garbage", [22, 3, 1, 0, 5, 9, 9, 9, 9, 9], /connection refused .*code=bad_client_hello/],
      [
        "a hello of 64 KiB",
        [22, 3, 1, 0x40, 0, 1, 1, 0, 0],
        /connection refused .*code=client_hello_too_large/,
      ],
    ];
    for (const [what, bytes, line] of bad) {
      using wire = await Wire.connect(port);
      await wire.send(Uint8Array.from(bytes));
      assertEquals(await wire.toEnd(), "", what);
      await program.says("stderr", line);
    }
    await counts(program, "downstream_listener_filter_error", bad.length);
    assertEquals(await askDeno(port, "one.test", sites.ca), "one");
  },
);
