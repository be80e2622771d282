/**
 * The options that the service's commands have in common.
 *
 * @module
 */

import { message } from "@optique/core/message";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { path } from "../path_value.ts";

/** What the unit is made with, as it stands on the command line. */
export interface UnitArguments {
  /** For the user's own systemd. */
  readonly user: boolean;
  /** The configuration; the scope's own place by default. */
  readonly config: string | undefined;
  /** The program; the scope's own place by default. */
  readonly bin: string | undefined;
  /** Each `NAME:PATH`. */
  readonly credentials: readonly string[];
}

/** `--user`. */
export const userOption = withDefault(
  option("--user", { description: message`For your own systemd, not the system's.` }),
  false,
);

/** `--root DIR`. */
export const rootOption = optional(option("--root", path("DIR"), {
  description: message`Below this folder in place of /, as systemctl has it.`,
}));

/** Those of `UnitArguments`. */
export const unitOptions = {
  user: userOption,
  config: optional(option("-c", "--config", path("FILE"), {
    description:
      message`The configuration, an absolute path; /etc/genkan/genkan.yaml by default, with --user genkan/genkan.yaml in the user's configuration folder.`,
  })),
  bin: optional(option("--bin", path("FILE"), {
    description:
      message`The program, an absolute path; /usr/local/bin/genkan by default, with --user ~/.local/bin/genkan.`,
  })),
  credentials: multiple(option("--credential", string({ metavar: "NAME:PATH" }), {
    description:
      message`Hand over a file that only root may read, such as a key: the service finds it as /run/credentials/genkan.service/NAME. May be repeated.`,
  })),
};
