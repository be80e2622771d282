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
  if (!stderr.includes("/denort-")) return `Cannot compile with Deno:\n${stderr.trim()}`;
  return "Cannot compile with Deno: denort can't be downloaded; set DENORT_BIN to a local one, or " +
    "use `deno task compile:bun`, which needs npm alone";
}

/** Makes the executable `out`, for this machine. Throws an `Error` with `compileFailure`'s words. */
export async function compileDeno(out: string): Promise<void> {
  const permissions = startPermissions(await Deno.readTextFile("deno.json"));
  const { success, stderr } = await new Deno.Command("deno", {
    args: ["compile", ...permissions, "--include=src/worker.ts", `--output=${out}`, "main.ts"],
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(compileFailure(new TextDecoder().decode(stderr)));
}

if (import.meta.main) {
  try {
    await compileDeno(OUT);
    const { size } = await Deno.stat(OUT);
    console.log(`${OUT}: ${(size / 1e6).toFixed(0)} MB, Deno ${Deno.version.deno}`);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
