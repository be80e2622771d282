/**
 * `genkan service uninstall`: removes the unit that `install` wrote.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { Command } from "../command.ts";
import { rootOption, userOption } from "./options.ts";

/** What the command line says. */
export interface UninstallArguments {
  /** From the user's own systemd. */
  readonly user: boolean;
  /** A folder that stands for `/`. */
  readonly root: string | undefined;
  /** Remove it whoever made it, and enabled or not. */
  readonly force: boolean;
}

/** The command. */
export const serviceUninstall: Command = {
  name: "service uninstall",
  brief: message`Remove the systemd unit.`,
  description:
    message`Removes the unit that install wrote. One that is still enabled is left alone, with the command that stops it; so is one that genkan has not made. The configuration stays.`,
  example: message`${commandLine("sudo genkan service uninstall")}${lineBreak()}${
    commandLine("genkan service uninstall --user")
  }`,
  writes: true,
  parser: map(
    object({
      user: userOption,
      root: rootOption,
      force: withDefault(
        option("--force", {
          description: message`Remove it all the same, enabled or made by another.`,
        }),
        false,
      ),
    }),
    (values: UninstallArguments) => async (runtime) =>
      await (await import("./uninstall_action.ts")).uninstallUnit(runtime, values),
  ),
};
