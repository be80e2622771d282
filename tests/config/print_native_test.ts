import fc from "fast-check";
import { type Config, loadConfigText, printNative } from "../../src/config/mod.ts";
import { takesAll } from "../../src/config/filter_chain_match.ts";
import type { FilterChainConfig, HttpFilterConfig } from "../../src/config/model.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { anyConfig } from "./any_config.ts";
import { certificateFiles, hostOf } from "./files.ts";

const files = await certificateFiles();
const host = hostOf(files);
const FOLDER = new URL("../golden/", import.meta.url);

/** The model without what the native form leaves out because it has no effect. */
function essence(config: Config): unknown {
  const listeners = config.listeners.map((listener) => ({
    ...listener,
    filterChains: listener.filterChains.map(essenceOfChain)
      .map((chain, _, all) =>
        all.length === 1 && takesAll(chain.match) ? { ...chain, name: "" } : chain
      ),
    defaultFilterChain: listener.defaultFilterChain && essenceOfChain(listener.defaultFilterChain),
  }));
  return { ...config, listeners, frontEnd: "", file: "" };
}

function essenceOfChain(chain: FilterChainConfig): FilterChainConfig {
  const { filter } = chain;
  if (filter.kind === "tcp" || !isOneForAll(filter)) return chain;
  const [only] = filter.virtualHosts;
  const virtualHosts = [{ ...only, name: "" }];
  return { ...chain, filter: { ...filter, ignorePortInHost: true, virtualHosts } };
}

function isOneForAll({ virtualHosts }: HttpFilterConfig): boolean {
  return virtualHosts.length === 1 && virtualHosts[0].domains.join() === "*";
}

async function reload(config: Config): Promise<Config> {
  return (await loadConfigText(printNative(config), { file: "native.yaml", host })).config;
}

for (
  const name of [
    "native_shape",
    "native_full",
    "native_hosts",
    "native_chains",
    "envoy_traps",
    "envoy_full",
    "envoy_chains",
  ]
) {
  Deno.test(`printNative() of ${name}.yaml loads to the same model`, async () => {
    const text = await Deno.readTextFile(new URL(`${name}.yaml`, FOLDER));
    const { config } = await loadConfigText(text, { file: `${name}.yaml`, host });
    assertEquals(essence(await reload(config)), essence(config));
  });
}

Deno.test("printNative() keeps certificates and keys that were given inline", async () => {
  const app = { pem: files.get("certs/app.pem")!, path: null };
  const key = { pem: files.get("certs/app-key.pem")!, path: null };
  const config = await sample();
  config.listeners[0].filterChains[0].tls!.certificates = [{
    chain: { ...app, pem: `subject=app\n${app.pem}` },
    key: { ...key, pem: key.pem.trimEnd() },
  }];
  assertEquals(essence(await reload(config)), essence(config));
  assertMatch(printNative(config), "# Holds a private key");
});

Deno.test("printNative() says nothing of keys and folders where there are none", async () => {
  const config = await sample();
  config.listeners[0].filterChains[0].tls = null;
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, tls: null }));
  const comments = printNative(config).split("\n").filter((line) => line.startsWith("#"));
  assertEquals(comments, ["# Adapted from native_shape.yaml."]);
});

Deno.test("printNative() says for the listener what most of its routes have", async () => {
  const config = await sample();
  const { filter } = config.listeners[0].filterChains[0];
  assert(filter.kind === "http");
  const [route] = filter.virtualHosts[0].routes;
  const routes = [[0, []], [1024, []], [1024, ["irc"]]] as const;
  filter.virtualHosts = [{
    name: "*",
    domains: ["*"],
    routes: routes.map(([maxBodyBytes, upgrades]) => ({
      ...route,
      maxBodyBytes,
      upgrades: [...upgrades],
    })),
  }];
  const said = printNative(config).match(/(max_body|upgrades|cluster): *\S*/g)?.slice(0, 7);
  assertEquals(said, [
    "max_body: 1KiB",
    "upgrades: []",
    "cluster: api",
    "max_body: 0",
    "cluster: api",
    "cluster: api",
    "upgrades:",
  ]);
  assertEquals(essence(await reload(config)), essence(config));
});

Deno.test("printNative() keeps the order of listeners whose names are numbers", async () => {
  const config = await sample();
  const [web, raw] = config.listeners;
  config.listeners = [{ ...web, name: "web" }, { ...raw, name: "8443" }];
  assertEquals((await reload(config)).listeners.map(({ name }) => name), ["web", "8443"]);
});

async function sample(): Promise<Config> {
  const text = await Deno.readTextFile(new URL("native_shape.yaml", FOLDER));
  return (await loadConfigText(text, { file: "native_shape.yaml", host })).config;
}

Deno.test("printNative() of any model loads to the same model", async () => {
  let loaded = 0;
  await fc.assert(
    fc.asyncProperty(anyConfig(files), async (config) => {
      assertEquals(essence(await reload(config)), essence(config), printNative(config));
      loaded++;
    }),
    { numRuns: 150 },
  );
  assert(loaded > 0);
});
