/**
 * The dump is a configuration of Envoy's form: read as one, it is what was dumped.
 *
 * @module
 */

import { type Config, loadConfigText } from "../../src/config/mod.ts";
import { assertEquals } from "../assert.ts";
import { certificateFiles, hostOf } from "../config/files.ts";
import { ask } from "./fake_view.ts";

const files = await certificateFiles();
const host = hostOf(files);

/** The keys' paths are left out of a dump; these belong to the certificates beside them. */
const KEYS: Readonly<Record<string, string>> = {
  "certs/app.pem": "certs/app-key.pem",
  "certs/domain2.pem": "certs/domain2-key.pem",
  "certs/client.pem": "certs/client-key.pem",
};

async function load(text: string, file: string): Promise<Config> {
  return (await loadConfigText(text, { file, host })).config;
}

async function dumped(config: Config): Promise<string> {
  const { configs } = await (await ask("/config_dump", {}, { config })).json();
  const [{ bootstrap: { admin, static_resources } }] = configs;
  return JSON.stringify({ admin, static_resources }, (_, value) => {
    if (value?.private_key === undefined) return value;
    const filename = KEYS[value.certificate_chain.filename];
    return { ...value, private_key: { filename } };
  });
}

Deno.test("/config_dump has what Envoy's form says of chains, certificates and sockets", async () => {
  const url = new URL("../golden/envoy_chains.yaml", import.meta.url);
  const config = await load(await Deno.readTextFile(url), "envoy_chains.yaml");
  assertEquals(await load(await dumped(config), "envoy_chains.yaml"), config);
});
