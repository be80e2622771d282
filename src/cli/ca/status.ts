/**
 * `genkan ca status`: what the local CA is, what it issued, and who trusts it.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { Command } from "../command.ts";
import { path } from "../path_value.ts";

/** What the command line says. */
export interface CaStatusArguments {
  /** Where the CA is; the user's data folder by default. */
  readonly folder: string | undefined;
  /** JSON in place of lines. */
  readonly json: boolean;
}

/** The command. */
export const caStatus: Command = {
  name: "ca status",
  brief: message`Show the local CA, what it issued, and who trusts it.`,
  description:
    message`Shows where the local CA is, what it may vouch for, the certificates beside it with the days that they have left, and which trust stores have it, as far as files tell: nothing is run and nothing is changed. Exit code 0 when there is a CA that can be used, trusted or not; 1 otherwise.`,
  example: message`${commandLine("genkan ca status")}`,
  parser: map(
    object({
      folder: optional(option("--folder", path("DIR"), {
        description: message`Where the CA is; the user's data folder by default.`,
      })),
      json: withDefault(
        option("--json", { description: message`Print JSON in place of lines.` }),
        false,
      ),
    }),
    (values: CaStatusArguments) => async (runtime) =>
      await (await import("./status_action.ts")).showStatus(runtime, values),
  ),
};
