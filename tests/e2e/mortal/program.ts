/**
 * Starts the program with mortal workers: under Deno with the permissions of the `start` task, or,
 * where a compiled genkan is tested, compiled in the same way.
 *
 * @module
 */

import { findBun } from "../../runtime/find_bun.ts";
import { BINARY, Program } from "../program.ts";
import type { Scene } from "../scene.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const FOLDER = new URL(".", import.meta.url).pathname;

/** What it runs on. */
export const RUNTIME: "deno" | "bun" = BINARY === null ? "deno" : "bun";

const bun = RUNTIME === "bun" ? await findBun() : null;

/** Why it can't be run here; null when it can. */
export const MISSING: string | null = bun !== null && "missing" in bun ? bun.missing : null;

let compiled: Promise<string> | null = null;

/** Starts `genkan run` with two mortal workers, and waits until it is ready unless that is said. */
export async function startMortal(
  scene: Scene,
  config: string,
  { isReady = true, options = [] }: { isReady?: boolean; options?: readonly string[] } = {},
): Promise<Program> {
  const file = await scene.write("genkan.yaml", config);
  const args = ["run", "-c", file, "--concurrency", "2", ...options];
  const program = RUNTIME === "deno"
    ? scene.spawn([...await denoArguments(), ...args], { peer: "deno" })
    : scene.spawn(args, {
      peer: await (compiled ??= compile(scene)),
      // Tests may run this one, and not whatever they have made.
      through: ["sh", "-c", 'exec "$0" "$@"'],
    });
  if (isReady) await program.ready();
  return program;
}

async function denoArguments(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const words: string[] = tasks.start.command.split(" ");
  const [, ...before] = words.slice(0, words.indexOf("main.ts"));
  return [...before, `${FOLDER}main.ts`];
}

/** Compiled once; the file is below `dist`, which nobody keeps. */
async function compile(scene: Scene): Promise<string> {
  const out = `${ROOT}dist/mortal/genkan`;
  const args = [
    ...["build", "--compile", "--minify", "--bytecode", "--format=esm", "--splitting"],
    ...["--sourcemap", `--outfile=${out}`, `${FOLDER}main.ts`, `${FOLDER}worker.ts`],
  ];
  const { command } = bun as { command: string };
  const ended = await scene.own(new Program(args, { cwd: ROOT, peer: command })).ended();
  if (ended.code !== 0) throw new Error(`Cannot compile: ${ended.stderr}`);
  return out;
}
