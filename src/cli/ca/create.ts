/**
 * `genkan ca create`: makes the local CA.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Command } from "../command.ts";
import { path } from "../path_value.ts";

/** What the command line says. */
export interface CaCreateArguments {
  /** Where the CA goes; the user's data folder by default. */
  readonly folder: string | undefined;
  /** The CA's common name. */
  readonly name: string | undefined;
  /** Replace a CA that is there. */
  readonly force: boolean;
}

/** The command. */
export const caCreate: Command = {
  name: "ca create",
  brief: message`Make the local CA.`,
  description:
    message`Makes a certificate authority that can vouch for local names and private addresses only: localhost, *.localhost, *.test, *.internal. Never replaces one that is there, unless --force says so.`,
  example: message`${commandLine("genkan ca create")}`,
  writes: true,
  parser: map(
    object({
      folder: optional(option("--folder", path("DIR"), {
        description: message`Where ca.pem and ca-key.pem go; the user's data folder by default.`,
      })),
      name: optional(option("--name", string({ metavar: "NAME" }), {
        description: message`The name that trust stores show.`,
      })),
      force: withDefault(
        option("--force", {
          description:
            message`Replace a CA that is there. What it issued isn't trusted any longer.`,
        }),
        false,
      ),
    }),
    (values: CaCreateArguments) => async (runtime) =>
      await (await import("./create_action.ts")).createCaFiles(runtime, values),
  ),
};
