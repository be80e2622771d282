/**
 * Makes `dist/genkan`, one executable, with `bun build --compile`.
 *
 * @module
 */

import { BUN_PACKAGES, BUN_VERSION, bunPath, hostTarget, type Target } from "./bun.ts";
import { signAdHoc } from "./macho_signature.ts";

/** The entry points: of the program, and of its threads. */
const ENTRY_POINTS = ["main.ts", "src/worker.ts"];
const OUT = "dist/genkan";

/**
 * Makes the executable `out` for a target, this machine's or another's. Throws an `Error` with a
 * plain sentence, and Bun's own words behind it, when that fails.
 */
export async function compileBun(out: string, target: Target): Promise<void> {
  // Bun finds packages in node_modules only, which Deno lays from deno.lock.
  await run("deno", ["install", "--frozen"], "lay out node_modules");
  // Bun would download another platform's executable itself, but checks no hash that we know.
  const foreign = target === hostTarget() ? [] : [
    `--target=${BUN_PACKAGES[target].bun}`,
    `--compile-executable-path=${await bunPath(target)}`,
  ];
  // Bun lays source maps beside what it makes, though the executable carries them.
  const folder = `${out}.build`;
  await run(await bunPath(), [
    "build",
    "--compile",
    ...foreign,
    // Together these take a start from 59 ms to 15 ms; the maps keep stack traces readable.
    "--minify",
    "--bytecode",
    "--format=esm",
    "--splitting",
    "--sourcemap",
    // A server doesn't take settings from whatever folder it is started in.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--outfile=${folder}/genkan`,
    ...ENTRY_POINTS,
  ], `compile ${out}`);
  if (target === "macos-x64") {
    const signed = await signAdHoc(await Deno.readFile(`${folder}/genkan`), "genkan");
    await Deno.writeFile(`${folder}/genkan`, signed);
  }
  await Deno.rename(`${folder}/genkan`, out);
  await Deno.remove(folder, { recursive: true });
}

async function run(program: string, args: string[], purpose: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return;
  const text = new TextDecoder();
  const said = `${text.decode(stdout)}${text.decode(stderr)}`.trim();
  throw new Error(`Cannot ${purpose}: ${program} ${args[0]} failed\n${said}`);
}

if (import.meta.main) {
  try {
    await compileBun(OUT, hostTarget());
    const { size } = await Deno.stat(OUT);
    console.log(`${OUT}: ${(size / 1e6).toFixed(0)} MB, Bun ${BUN_VERSION}`);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
