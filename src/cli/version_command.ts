/**
 * `genkan version`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { type Command, EXIT_OK } from "./command.ts";
import { versionLine } from "./version.ts";

/** The command. */
export const version: Command = {
  name: "version",
  brief: message`Print the version.`,
  description: message`Prints genkan's version and the runtime's.`,
  example: message`${commandLine("genkan version")}`,
  parser: map(object({}), () => async (runtime) => {
    await runtime.write("stdout", `${versionLine(runtime)}\n`);
    return EXIT_OK;
  }),
};
