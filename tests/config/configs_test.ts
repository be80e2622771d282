/**
 * The files in `configs/`, as they are delivered.
 *
 * @module
 */

import { type Config, loadConfigText } from "../../src/config/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { certificateFiles, hostOf } from "./files.ts";

const FOLDER = new URL("../../configs/", import.meta.url);
const MODES = ["https-http", "https-https", "http-https", "https-passthrough"];

/** With the certificates wherever the file says that they lie. */
async function load(file: string): Promise<Config> {
  const files = await certificateFiles();
  const host = hostOf(new Map([...files].map(([path, text]) => [`configs/../${path}`, text])));
  const text = await Deno.readTextFile(new URL(file, FOLDER));
  const own = file.startsWith("envoy/") ? hostOf(files) : host;
  return (await loadConfigText(text, { file: `configs/${file}`, host: own })).config;
}

/** What a mode is, apart from the form it is written in. */
function shapeOf(config: Config) {
  const [{ address, filterChains: [{ tls, filter }] }] = config.listeners;
  const [cluster] = config.clusters;
  return {
    address,
    terminates: tls !== null,
    kind: filter.kind,
    cluster: cluster.name,
    endpoints: cluster.endpoints,
    originates: cluster.tls !== null,
  };
}

for (const [index, mode] of MODES.entries()) {
  Deno.test(`configs/${mode}.yaml and its Envoy twin are the same mode`, async () => {
    const [native, envoy] = [await load(`${mode}.yaml`), await load(`envoy/${mode}.yaml`)];
    const { name, port } = mode === "https-http"
      ? { name: "service-http", port: 10_080 }
      : { name: "service-https", port: 10_443 };
    const shape = {
      address: { host: "127.0.0.1", port: 10_000 + index },
      terminates: mode === "https-http" || mode === "https-https",
      kind: mode === "https-passthrough" ? "tcp" : "http",
      cluster: name,
      endpoints: [{ address: { host: "127.0.0.1", port }, weight: 1 }],
      originates: mode === "https-https" || mode === "http-https",
    };
    assertEquals(shapeOf(native), shape);
    assertEquals(shapeOf(envoy), shape);
  });
}

Deno.test("The native files verify the upstream, Envoy's do as Envoy's sandbox does", async () => {
  for (const mode of ["https-https", "http-https"]) {
    const [native, envoy] = [await load(`${mode}.yaml`), await load(`envoy/${mode}.yaml`)];
    assertEquals(native.clusters[0].tls?.verify, "full");
    const { serverName, verify, minVersion, maxVersion } = envoy.clusters[0].tls!;
    assertEquals({ serverName, verify, minVersion, maxVersion }, {
      serverName: null,
      verify: "none",
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
    });
  }
});

Deno.test("The native files forward what Envoy's sandbox does, without a hop count", async () => {
  for (const mode of MODES.filter((mode) => mode !== "https-passthrough")) {
    const [{ filterChains: [{ filter }] }] = (await load(`${mode}.yaml`)).listeners;
    assert(filter.kind === "http");
    assertEquals([filter.forwarding.mode, filter.maxHops], ["keep", 0], mode);
  }
});

Deno.test("configs/example.yaml loads", async () => {
  const config = await load("example.yaml");
  assertEquals(config.listeners.map(({ name }) => name), ["web", "raw"]);
  assert(config.admin !== null);
});
