/**
 * Tests that need a program of the system, such as a shell.
 *
 * @module
 */

import { whyItFails } from "../e2e/peers.ts";

/** A program, and an argument that makes it do nothing. */
export type Tool = readonly [name: string, probe: string];

/** How a program ended and what it wrote. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Registers a test that is left out, with the reason in its name, where a tool is missing. */
export async function testWith(
  claim: string,
  tools: readonly Tool[],
  fn: () => Promise<void>,
): Promise<void> {
  const found = await Promise.all(tools.map(([name, probe]) => whyItFails(name, probe)));
  const reasons = found.filter((reason) => reason !== null);
  const ignore = reasons.length > 0;
  Deno.test({ name: ignore ? `${claim} (left out: ${reasons.join(", ")})` : claim, ignore, fn });
}

/** Runs a program to its end, with `stdin` as its whole input. */
export async function run(
  program: string,
  args: readonly string[],
  { stdin = "", ...options }: { stdin?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<Output> {
  const child = new Deno.Command(program, {
    args: [...args],
    ...options,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([stdin]).stream().pipeTo(child.stdin),
  ]);
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
