/**
 * `genkan check -c FILE`: everything that is wrong with a configuration, without running it.
 *
 * @module
 */

import { commandLine, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import type { Runtime } from "../runtime/mod.ts";
import { type Command, EXIT_OK } from "./command.ts";
import { configOption } from "./config_option.ts";

/** The command. */
export const check: Command = {
  name: "check",
  brief: message`Check a configuration.`,
  description:
    message`Reads a configuration, native or Envoy's, and the certificates that it names. Prints everything that is wrong with it on stderr and exits with 1, or says that it is OK.`,
  example: message`${commandLine("genkan check -c genkan.yaml")}`,
  parser: map(
    configOption(),
    ({ file }) => (runtime) => checkFile(runtime, file),
  ),
};

async function checkFile(runtime: Runtime, file: string): Promise<number> {
  const [{ loadConfig }, { writeWarnings }] = await Promise.all([
    import("../config/mod.ts"),
    import("./config_warnings.ts"),
  ]);
  const { warnings } = await loadConfig(file, runtime);
  await writeWarnings(runtime, warnings);
  await runtime.write("stdout", `configuration '${file}' OK\n`);
  return EXIT_OK;
}
