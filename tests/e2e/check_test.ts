/**
 * `genkan check`: says that a configuration is fine, or everything that is wrong with it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { issued } from "../tls/issued.ts";
import { bootstrap, cluster, httpTo, listener } from "./envoy_config.ts";
import { e2e } from "./scene.ts";
import { freePort, wireUpstream } from "./upstream.ts";

const FINE = `
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:3000"] } }
`;

e2e("A configuration without a mistake is OK, in either form", async (scene) => {
  const envoy = bootstrap([listener("web", httpTo("app"))], [cluster("app", 3000)]);
  for (const [file, text] of [["native.yaml", FINE], ["envoy.yaml", envoy]]) {
    await scene.write(file, text);
    const { code, stdout, stderr } = await scene.run(["check", "-c", file]);
    assertEquals([code, stdout, stderr], [0, `configuration '${file}' OK\n`, ""]);
  }
});

e2e(
  "Every mistake is told at once: place, field, what is wrong, and a caret under it",
  async (scene) => {
    await scene.write(
      "genkan.yaml",
      `listeners:
  web:
    adress: 127.0.0.1:0
    routes:
      - { cluster: ap }
  raw: { address: nonsense, tcp: app }
clusters:
  app: { endpoints: ["nohost"], conect_timeout: 3s }
`,
    );
    const { code, stdout, stderr } = await scene.run(["check", "-c", "genkan.yaml"]);
    assertEquals([code, stdout], [1, ""]);
    const expected = [
      [2, 3, 'listeners.web: missing field "address"'],
      [3, 5, 'listeners.web.adress: unknown field, did you mean "address"?'],
      [5, 20, 'listeners.web.routes[0].cluster: unknown cluster "ap", did you mean "app"?'],
      [6, 19, "listeners.raw.address: expected an IP address and a port"],
      [8, 22, "clusters.app.endpoints[0]: expected host:port"],
      [8, 33, 'clusters.app.conect_timeout: unknown field, did you mean "connect_timeout"?'],
    ] as const;
    const lines = stderr.trimEnd().split("\n");
    assertEquals(lines.length, expected.length * 3);
    for (const [at, [line, column, words]] of expected.entries()) {
      const [message, , caret] = lines.slice(at * 3);
      assertMatch(message, `genkan.yaml:${line}:${column}: ${words}`);
      assertEquals(caret, `${" ".repeat(column - 1)}^`);
    }
  },
);

e2e(
  "Envoy's fields that genkan doesn't know how to honour are mistakes, not ignored",
  async (scene) => {
    const config = bootstrap(
      [listener("web", httpTo("app", { tracing: {}, http3_protocol_optons: {} }))],
      [cluster("app", 3000)],
    );
    await scene.write("envoy.yaml", config);
    const { code, stderr } = await scene.run(["check", "-c", "envoy.yaml"]);
    assertEquals(code, 1);
    const path = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config";
    assertMatch(
      stderr,
      new RegExp(`^envoy.yaml:\\d+:\\d+: ${escaped(path)}.tracing: not supported$`, "m"),
    );
    assertMatch(
      stderr,
      'http3_protocol_optons: unknown field, did you mean "http3_protocol_options"?',
    );
  },
);

e2e("A mistake keeps run from binding anything", async (scene) => {
  const port = freePort();
  await scene.write(
    "genkan.yaml",
    `
admin: 127.0.0.1:${freePort()}
listeners: { web: { address: "127.0.0.1:${port}", routes: [{ cluster: missing }] } }
clusters: { app: { endpoints: ["127.0.0.1:3000"] } }
`,
  );
  const { code, stdout, stderr } = await scene.run(["run", "-c", "genkan.yaml"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^genkan\.yaml:3:\d+: .*unknown cluster "missing"/);
  assertEquals(stderr.match(/listening|ready/), null);
});

e2e("check binds nothing: a port that is taken is no mistake to it", async (scene) => {
  const { port } = scene.own(wireUpstream(() => Promise.resolve()));
  await scene.write(
    "genkan.yaml",
    `
admin: 127.0.0.1:${port}
${FINE}`,
  );
  const { code, stderr } = await scene.run(["check", "-c", "genkan.yaml"]);
  assertEquals([code, stderr], [0, ""]);
});

e2e("What is unsafe is warned of, and doesn't fail the check", async (scene) => {
  await scene.write(
    "genkan.yaml",
    `
admin: 0.0.0.0:9901
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["127.0.0.1:3000"], tls: { verify: insecure_none } } }
`,
  );
  const { code, stdout, stderr } = await scene.run(["check", "-c", "genkan.yaml"]);
  assertEquals([code, stdout], [0, "configuration 'genkan.yaml' OK\n"]);
  assertMatch(stderr, /warning: genkan\.yaml:2:1: admin: .*no password/);
  assertMatch(stderr, /warning: genkan\.yaml:4:\d+: .*cluster "app".*not verified/);
});

e2e(
  "A certificate that has expired is warned of, and doesn't keep run from starting",
  async (scene) => {
    const days = (count: number) => Date.now() + count * 24 * 60 * 60 * 1000;
    const { certPem, keyPem } = await issued({
      name: "CN=app.test",
      names: [{ type: "dns", value: "app.test" }],
      notBefore: days(-9),
      notAfter: days(-2),
    });
    await scene.write("app.pem", certPem);
    await scene.write("app-key.pem", keyPem);
    const tls = { cert: "app.pem", key: "app-key.pem" };
    const file = await scene.write(
      "genkan.yaml",
      JSON.stringify({
        listeners: {
          web: {
            address: "127.0.0.1:0",
            tls: { certificates: [tls] },
            routes: [{ host: "other.test", cluster: "app" }],
          },
        },
        clusters: { app: { endpoints: [] } },
      }),
    );
    const { code, stderr } = await scene.run(["check", "-c", file]);
    const running = await scene.start(["run", "-c", file]);
    assertEquals(code, 0);
    for (const said of [stderr, running.stderr.text]) {
      assertMatch(said, /the certificate "CN=app\.test" expired on /);
      assertMatch(said, /is for app\.test, but other\.test is served here/);
    }
  },
);

function escaped(text: string): string {
  return text.replace(/[.[\]]/g, "\\$&");
}
