/**
 * Makes `dist/genkan-deno`, one executable, with `deno compile`.
 *
 * The permissions are built in. They are what the `start` task of deno.json grants: this reads them
 * there, so that they stand in one place.
 *
 * @module
 */

const OUT = "dist/genkan-deno";

/** The flags between `deno run` and `main.ts` in the `start` task's command. */
export function startPermissions(denoJson: string): string[] {
  const command: string = JSON.parse(denoJson).tasks.start.command;
  const flags = /^deno run (.*) main\.ts$/.exec(command);
  if (flags === null) {
    throw new Error(`Cannot read the start task's permissions: found "${command}"`);
  }
  return flags[1].split(" ");
}

/**
 * What to print for a failed `deno compile`, whose error output is `stderr`. The part that carries
 * the program, `denort`, comes from Deno's own site, which not every machine reaches.
 */
export function compileFailure(stderr: string): string {
  if (!stderr.includes("/denort-")) return `Cannot compile ${OUT}:\n${stderr.trim()}`;
  return `Cannot compile ${OUT}: denort can't be downloaded; set DENORT_BIN to a local one, or use ` +
    "`deno task compile:bun`, which needs npm alone";
}

if (import.meta.main) {
  const permissions = startPermissions(await Deno.readTextFile("deno.json"));
  const { success, stderr } = await new Deno.Command("deno", {
    args: ["compile", ...permissions, `--output=${OUT}`, "main.ts"],
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) {
    console.error(compileFailure(new TextDecoder().decode(stderr)));
    Deno.exit(1);
  }
  const { size } = await Deno.stat(OUT);
  console.log(`${OUT}: ${(size / 1e6).toFixed(0)} MB, Deno ${Deno.version.deno}`);
}
