/**
 * `genkan adapt -c FILE`: a configuration in the native form.
 *
 * @module
 */

import { commandLine, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import type { Runtime } from "../runtime/mod.ts";
import { type Command, EXIT_OK } from "./command.ts";
import { configOption } from "./config_option.ts";

/** The command. */
export const adapt: Command = {
  name: "adapt",
  brief: message`Print a configuration in the native form.`,
  description:
    message`Reads a configuration, Envoy's or native, and prints it on stdout as native YAML.`,
  example: message`${commandLine("genkan adapt -c envoy.yaml > genkan.yaml")}`,
  parser: map(
    configOption(),
    ({ file }) => (runtime) => adaptFile(runtime, file),
  ),
};

async function adaptFile(runtime: Runtime, file: string): Promise<number> {
  const [{ loadConfig, printNative }, { writeWarnings }] = await Promise.all([
    import("../config/mod.ts"),
    import("./config_warnings.ts"),
  ]);
  // What this runtime can't do, another one may: only who runs it has to know.
  const host = { readFile: (path: string) => runtime.readFile(path) };
  const { config, warnings } = await loadConfig(file, host);
  await writeWarnings(runtime, warnings);
  await runtime.write("stdout", printNative(config));
  return EXIT_OK;
}
