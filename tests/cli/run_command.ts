/**
 * Runs a command line in this process, with the real files and network, and keeps what it prints.
 *
 * @module
 */

import { runCommandLine } from "../../src/cli/mod.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { overridden } from "../runtime/overridden.ts";

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `genkan` with these words; `env` is all of its environment. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const runtime = overridden(denoRuntime(), {
    env: (name: string) => env[name],
    // The test run's own Ctrl-C goes on to end it.
    onSignal() {},
    // The tests behind this one write files.
    forgoWriting() {},
    write(stream: "stdout" | "stderr", text: string) {
      written[stream] += text;
      return Promise.resolve();
    },
  });
  const code = await runCommandLine(runtime, args);
  return { code, ...written };
}
