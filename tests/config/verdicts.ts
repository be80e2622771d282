/**
 * What genkan says of a file of Envoy's form, beside what a real Envoy says.
 *
 * @module
 */

import { loadConfigText } from "../../src/config/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { assertEquals } from "../assert.ts";
import { whyMissing } from "../e2e/peers.ts";
import { hostOf } from "./files.ts";

/** `envoy`: what Envoy takes and genkan refuses, because it doesn't do it or because it is unsafe. */
export type Takers = "both" | "envoy" | "neither";

/** A file. */
export interface Verdict {
  /** What is said where the verdict is another one. */
  readonly fields: string;
  readonly takers: Takers;
  readonly text: string;
}

/** Registers two tests: of genkan's verdicts, and of Envoy's. `files` are named by the texts. */
export function testVerdicts(
  what: string,
  verdicts: readonly Verdict[],
  files: ReadonlyMap<string, string> = new Map(),
): void {
  Deno.test(`${what} are taken or refused as the table says`, async () => {
    for (const { text, fields, takers } of verdicts) {
      assertEquals(await genkanTakes(text, files), takers === "both", fields);
    }
  });

  Deno.test({
    name: `${what}: a real Envoy takes all that genkan takes, and refuses what the table says`,
    ignore: whyMissing("envoy") !== null,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        for (const [path, text] of files) await Deno.writeTextFile(`${folder}/${path}`, text);
        for (const { text, fields, takers } of verdicts) {
          assertEquals(await envoyTakes(text, folder), takers !== "neither", fields);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function genkanTakes(text: string, files: ReadonlyMap<string, string>): Promise<boolean> {
  try {
    await loadConfigText(text, { file: "a.yaml", host: hostOf(files) });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return false;
  }
}

async function envoyTakes(text: string, folder: string): Promise<boolean> {
  await Deno.writeTextFile(`${folder}/a.yaml`, text);
  const { success } = await new Deno.Command("envoy", {
    args: ["--mode", "validate", "-l", "off", "-c", "a.yaml"],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
