/**
 * `genkan check -c FILE`: everything that is wrong with a configuration, without running it.
 *
 * @module
 */

import { merge, object } from "@optique/core/constructs";
import { commandLine, message } from "@optique/core/message";
import { map, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { Command } from "./command.ts";
import { configOption } from "./config_option.ts";

/** The command. */
export const check: Command = {
  name: "check",
  brief: message`Check a configuration.`,
  description:
    message`Reads a configuration, native or Envoy's, and the certificates that it names. Prints everything that is wrong with it on stderr and exits with 1, or says that it is OK. With --probe, it then connects to every endpoint as a run would, TLS handshake included, says what it saw, and exits with 1 when one failed.`,
  example: message`${commandLine("genkan check -c genkan.yaml --probe")}`,
  // A unix socket can be dialled by whoever may write it.
  writes: true,
  parser: map(
    merge(
      configOption(),
      object({
        probe: withDefault(
          option("--probe", { description: message`Connect to every endpoint, too.` }),
          false,
        ),
      }),
    ),
    (values) => async (runtime) => {
      if (!values.probe) runtime.forgoWriting();
      return await (await import("./check/mod.ts")).checkFile(runtime, values);
    },
  ),
};
