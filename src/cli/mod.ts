/**
 * The command line. One file a command, or a folder; `command_line.ts` picks the command and this
 * file runs it: it is the one place where an error becomes a line on stderr and an exit code. What a
 * command needs beyond its parser is imported when it runs, so that `genkan --help` loads no proxy.
 *
 * @module
 */

import type { Runtime } from "../runtime/mod.ts";
import { parseCommandLine } from "./command_line.ts";
import { explain } from "./failure.ts";

/** Runs the program with the runtime's command line, and ends the process. */
export async function main(runtime: Runtime): Promise<void> {
  runtime.exit(await runCommandLine(runtime, runtime.args));
}

/** Runs one command line and gives its exit code. An error becomes its line on stderr. */
export async function runCommandLine(
  runtime: Runtime,
  args: readonly string[],
): Promise<number> {
  try {
    return await parseCommandLine(args)(runtime);
  } catch (error) {
    const { lines, code } = await explain(error, runtime);
    await runtime.write("stderr", lines.map((line) => `${line}\n`).join(""));
    return code;
  }
}
