/**
 * The systemd units, as genkan prints them and as systemd reads them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { e2e, type Scene } from "./scene.ts";

/** Whose systemd, the arguments that print its unit, and the file that holds the same. */
const UNITS = [
  { scope: "system", args: [], file: "genkan.service" },
  { scope: "user", args: ["--user"], file: "genkan.user.service" },
] as const;

/** As bad as systemd may find it, of 10. */
const MOST_EXPOSED = 2.0;

async function printed(scene: Scene, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.run(["service", "print", ...args]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/** Lets systemd look at a unit. The program it names isn't installed here; any other will do. */
async function analyze(scene: Scene, unit: string, ...words: string[]): Promise<string> {
  const path = await scene.write(
    "genkan.service",
    unit.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"),
  );
  const command = new Deno.Command("systemd-analyze", { args: [...words, path] });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  assertEquals([success, text.decode(stderr)], [true, ""]);
  return text.decode(stdout);
}

for (const { scope, args, file } of UNITS) {
  e2e(`packaging/${file} is what genkan prints for the ${scope}'s systemd`, async (scene) => {
    const path = new URL(`../../packaging/${file}`, import.meta.url).pathname;
    assertEquals(await Deno.readTextFile(path), await printed(scene, ...args));
  });

  e2e(`systemd finds nothing wrong with the ${scope}'s unit`, async (scene) => {
    const unit = await printed(scene, ...args);
    assertEquals(await analyze(scene, unit, "verify", "--man=no"), "");
  }, { needs: ["systemd-analyze"] });
}

e2e("systemd finds nothing wrong with a unit that is handed keys", async (scene) => {
  const keys = ["a.pem:/etc/genkan/a.pem", "b.pem:/etc/genkan/keys/b.pem"];
  const unit = await printed(scene, ...keys.flatMap((key) => ["--credential", key]));
  for (const key of keys) assertMatch(unit, `\nLoadCredential=${key}\n`);
  assertEquals(await analyze(scene, unit, "verify", "--man=no"), "");
}, { needs: ["systemd-analyze"] });

e2e("systemd rates the system's unit as well protected", async (scene) => {
  const unit = await printed(scene);
  const report = await analyze(scene, unit, "security", "--offline=true", "--no-pager");
  const [, exposure] = report.match(/Overall exposure level for \S+: ([\d.]+)/) ?? [];
  assert(Number(exposure) <= MOST_EXPOSED, `exposed ${exposure}:\n${report}`);
}, { needs: ["systemd-analyze"] });
