/**
 * What a runtime's TLS can't do is refused where the configuration asks for it.
 *
 * @module
 */

import { loadConfigText } from "../../src/config/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import type { TlsSupport } from "../../src/runtime/mod.ts";
import { assertEquals } from "../assert.ts";
import { certificateFiles, hostOf } from "./files.ts";

const files = await certificateFiles();

/** The problems of a golden file on a runtime, without their places. */
async function saidOf(name: string, supports: TlsSupport): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`../golden/${name}.yaml`, import.meta.url));
  try {
    await loadConfigText(text, { file: "a.yaml", host: { ...hostOf(files), supports } });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path.split(".").at(-1)}: ${message}`);
  }
}

const CRL =
  "crl: this runtime's TLS can't look at revocation lists; run genkan on Bun, or remove it";
const ciphers = (field: string) =>
  `${field}: this runtime's TLS can't choose cipher suites; run genkan on Bun, or remove it`;

Deno.test("Revocation lists and cipher suites load where the runtime's TLS knows them", async () => {
  for (const name of ["native_chains", "envoy_chains"]) {
    assertEquals(await saidOf(name, { crl: true, ciphers: true }), []);
  }
});

Deno.test("Revocation lists and cipher suites are refused where they would be left out", async () => {
  assertEquals(await saidOf("native_chains", { crl: false, ciphers: true }), [CRL]);
  assertEquals(await saidOf("envoy_chains", { crl: false, ciphers: true }), [CRL]);
  assertEquals(
    await saidOf("native_chains", { crl: true, ciphers: false }),
    [ciphers("ciphers"), ciphers("ciphers")],
  );
  assertEquals(
    await saidOf("envoy_chains", { crl: true, ciphers: false }),
    [ciphers("cipher_suites"), ciphers("cipher_suites")],
  );
});
