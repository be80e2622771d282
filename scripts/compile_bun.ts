/**
 * Makes `dist/genkan`, one executable for this machine's platform, with `bun build --compile`.
 *
 * @module
 */

import { BUN_VERSION, bunPath } from "./bun.ts";

/** The entry point and every file that is loaded beside it, such as a worker. */
const ENTRY_POINTS = ["main.ts"];
const OUT = "dist/genkan";
/** Bun lays source maps beside what it makes, though the executable carries them. */
const BUILD_FOLDER = "dist/build";

if (import.meta.main) {
  try {
    await compile();
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}

async function compile(): Promise<void> {
  // Bun finds packages in node_modules only, which Deno lays from deno.lock.
  await run("deno", ["install", "--frozen"], "lay out node_modules");
  const bun = await bunPath();
  await run(bun, [
    "build",
    "--compile",
    // Together these take a start from 59 ms to 15 ms; the maps keep stack traces readable.
    "--minify",
    "--bytecode",
    "--format=esm",
    "--splitting",
    "--sourcemap",
    // A server doesn't take settings from whatever folder it is started in.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--outfile=${BUILD_FOLDER}/genkan`,
    ...ENTRY_POINTS,
  ], `compile ${OUT}`);
  await Deno.rename(`${BUILD_FOLDER}/genkan`, OUT);
  await Deno.remove(BUILD_FOLDER, { recursive: true });
  const { size } = await Deno.stat(OUT);
  console.log(`${OUT}: ${(size / 1e6).toFixed(0)} MB, Bun ${BUN_VERSION}`);
}

async function run(program: string, args: string[], purpose: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return;
  const text = new TextDecoder();
  const said = `${text.decode(stdout)}${text.decode(stderr)}`.trim();
  throw new Error(`Cannot ${purpose}: ${program} ${args[0]} failed\n${said}`);
}
