/**
 * The files that are like Envoy's sandboxes for TLS: what they come to, and that Envoy takes them.
 *
 * @module
 */

import { type Config, loadConfigText, printNative } from "../../src/config/mod.ts";
import type { FilterChainConfig } from "../../src/config/model.ts";
import { createCa, issueCertificate } from "../../src/tls/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { whyMissing } from "../e2e/peers.ts";
import { hostOf, NOW } from "./files.ts";

const FOLDER = new URL("../../configs/", import.meta.url);
const NAMES = ["tls-sni", "tls-inspector", "double-proxy-frontend", "double-proxy-backend"];

/** Whom the files name certificates of. */
const OWNERS = {
  domain1: "domain1.test",
  domain2: "domain2.test",
  frontend: "frontend.test",
  backend: "backend.test",
  app: "app.test",
  api: "*.api.test",
};

async function certificates(now: number): Promise<Map<string, string>> {
  const ca = await createCa({ name: "Test CA", now });
  const files = new Map([["certs/ca.pem", ca.certPem]]);
  for (const [owner, name] of Object.entries(OWNERS)) {
    const options = { names: [name], now, days: 30, usage: "both" } as const;
    const { certPem, keyPem } = await issueCertificate(ca, options);
    files.set(`certs/${owner}.pem`, certPem);
    files.set(`certs/${owner}-key.pem`, keyPem);
  }
  return files;
}

const files = await certificates(NOW);

/** Loads a file of Envoy's form, in which nothing is warned of. */
async function load(name: string): Promise<Config> {
  const text = await Deno.readTextFile(new URL(`envoy/${name}.yaml`, FOLDER));
  const { config, warnings } = await loadConfigText(text, { file: name, host: hostOf(files) });
  assertEquals(warnings, []);
  return config;
}

function shapeOf({ match, tls, filter }: FilterChainConfig): unknown[] {
  const clusters = filter.kind === "tcp"
    ? [filter.cluster]
    : filter.virtualHosts.flatMap(({ routes }) => routes.map(({ cluster }) => cluster));
  const { serverNames, transportProtocol, applicationProtocols } = match;
  return [
    ...serverNames,
    transportProtocol,
    ...applicationProtocols,
    tls?.certificates[0].chain.path ?? null,
    filter.kind,
    ...clusters,
  ];
}

Deno.test("configs/envoy/tls-sni.yaml: two names end here, one is passed through", async () => {
  const [listener] = (await load("tls-sni")).listeners;
  assert(listener.inspectTls);
  assertEquals(listener.defaultFilterChain, null);
  assertEquals(listener.filterChains.map(shapeOf), [
    ["domain1.test", null, "certs/domain1.pem", "http", "service-domain1"],
    ["domain2.test", null, "certs/domain2.pem", "http", "service-domain2"],
    ["domain3.test", null, null, "tcp", "service-domain3"],
  ]);
});

Deno.test("configs/envoy/tls-inspector.yaml: a chain for each protocol", async () => {
  const [listener] = (await load("tls-inspector")).listeners;
  assert(listener.inspectTls);
  assertEquals(listener.filterChains.map(shapeOf), [
    ["tls", "h2", null, "tcp", "service-https-http2"],
    ["tls", "http/1.1", null, "tcp", "service-https"],
    [null, null, "tcp", "service-http"],
  ]);
});

Deno.test("configs/envoy/double-proxy-*.yaml: both sides show a certificate and want a name", async () => {
  const [cluster] = (await load("double-proxy-frontend")).clusters;
  const { verify, certificate, sans } = cluster.tls!;
  assertEquals([verify, certificate?.chain.path], ["chain", "certs/frontend.pem"]);
  assertEquals(sans, [{ kind: "dns", value: "backend.test" }]);
  const [{ filterChains: [{ tls, filter }] }] = (await load("double-proxy-backend")).listeners;
  assertEquals(filter.kind, "tcp");
  const { required, ca, crl, sans: wanted } = tls!.clientCertificate!;
  assertEquals([required, ca.path, crl], [true, "certs/ca.pem", null]);
  assertEquals(wanted, [{ kind: "dns", value: "frontend.test" }]);
});

for (const name of NAMES) {
  Deno.test(`configs/envoy/${name}.yaml is the same in the native form`, async () => {
    const config = await load(name);
    const again = await loadConfigText(printNative(config), {
      file: "a.yaml",
      host: hostOf(files),
    });
    assertEquals(again.config.listeners.map((listener) => listener.filterChains.map(shapeOf)), [
      config.listeners[0].filterChains.map(shapeOf),
    ]);
    assertEquals(again.config.clusters, config.clusters);
  });
}

Deno.test("configs/one-port.yaml ends, passes on and asks for certificates on one port", async () => {
  const text = await Deno.readTextFile(new URL("one-port.yaml", FOLDER));
  const host = hostOf(new Map([...files].map(([path, pem]) => [`configs/../${path}`, pem])));
  const { config, warnings } = await loadConfigText(text, { file: "configs/one-port.yaml", host });
  assertEquals(warnings, []);
  const [{ filterChains, inspectTls }] = config.listeners;
  assert(inspectTls);
  assertEquals(
    filterChains.map(({ match, tls }) => [
      match.serverNames[0],
      tls === null ? "passed" : tls.clientCertificate?.required ?? false,
    ]),
    [["app.test", false], ["*.api.test", true], ["legacy.test", "passed"]],
  );
});

Deno.test("printNative() says many names on one port as they were written", async () => {
  const text = await Deno.readTextFile(new URL("one-port.yaml", FOLDER));
  const host = hostOf(new Map([...files].map(([path, pem]) => [`configs/../${path}`, pem])));
  const { config } = await loadConfigText(text, { file: "configs/one-port.yaml", host });
  const lines = printNative(config).split("\n");
  assertEquals(lines.filter((line) => /^ {4}\w|host:/.test(line)).map((line) => line.trim()), [
    "address: 127.0.0.1:8443",
    "tls:",
    "- host: app.test",
    '- host: "*.api.test"',
    "client_cert_header:",
    "virtual_hosts:",
    "tcp:",
    "- host: legacy.test",
    "endpoints:",
    "endpoints:",
    "proxy_protocol: v2",
  ]);
});

Deno.test({
  name: "A real Envoy takes the files that are like its sandboxes",
  ignore: whyMissing("envoy") !== null,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/certs`);
      for (const [path, pem] of await certificates(Date.now())) {
        await Deno.writeTextFile(`${folder}/${path}`, pem);
      }
      for (const name of NAMES) {
        const file = new URL(`envoy/${name}.yaml`, FOLDER).pathname;
        const { success, stderr } = await new Deno.Command("envoy", {
          args: ["--mode", "validate", "-l", "error", "-c", file],
          cwd: folder,
          stdout: "null",
        }).output();
        assert(success, `${name}: ${new TextDecoder().decode(stderr)}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
