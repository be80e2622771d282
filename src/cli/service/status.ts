/**
 * `genkan service status`: which unit there is, and whether it is as it should be.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import type { Command } from "../command.ts";
import { rootOption, userOption } from "./options.ts";

/** What the command line says. */
export interface StatusArguments {
  /** Of the user's own systemd. */
  readonly user: boolean;
  /** A folder that stands for `/`. */
  readonly root: string | undefined;
}

/** The command. */
export const serviceStatus: Command = {
  name: "service status",
  brief: message`Show the systemd unit, and whether it is up to date.`,
  description:
    message`Shows which unit systemd finds, whether this version would write the same, and whether the program and the files that it names are there, as far as files tell: nothing is run and nothing is changed. Exit code 0 when the service can start; 1 otherwise.`,
  example: message`${commandLine("genkan service status")}${lineBreak()}${
    commandLine("genkan service status --user")
  }`,
  parser: map(
    object({ user: userOption, root: rootOption }),
    (values: StatusArguments) => async (runtime) =>
      await (await import("./status_action.ts")).showStatus(runtime, values),
  ),
};
