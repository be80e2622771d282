/**
 * `genkan service install`: writes the unit.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { Command } from "../command.ts";
import { rootOption, type UnitArguments, unitOptions } from "./options.ts";

/** What the command line says. */
export interface InstallArguments extends UnitArguments {
  /** A folder that stands for `/`. */
  readonly root: string | undefined;
  /** Replace a unit that isn't genkan's. */
  readonly force: boolean;
}

/** The command. */
export const serviceInstall: Command = {
  name: "service install",
  brief: message`Write the systemd unit.`,
  description:
    message`Writes the unit to /etc/systemd/system, or with --user to the user's own folder, and says what is next: genkan runs no other program. A unit that genkan has made is replaced; any other one is left alone unless --force is given.`,
  example: message`${commandLine("sudo genkan service install")}${lineBreak()}${
    commandLine("genkan service install --user -c ~/proxy.yaml")
  }${lineBreak()}${
    commandLine(
      "sudo genkan service install --credential app-key.pem:/etc/genkan/app-key.pem",
    )
  }`,
  writes: true,
  parser: map(
    object({
      ...unitOptions,
      root: rootOption,
      force: withDefault(
        option("--force", { description: message`Replace a unit that isn't genkan's.` }),
        false,
      ),
    }),
    (values: InstallArguments) => async (runtime) =>
      await (await import("./install_action.ts")).installUnit(runtime, values),
  ),
};
