/**
 * `genkan run -c FILE`: runs a configuration until it is told to stop. Reads the options; `action.ts`
 * runs it, `reloader.ts` changes it, `config_watch.ts` sees when it should.
 *
 * @module
 */

import { merge, object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import type { Command } from "../command.ts";
import { configOption } from "../config_option.ts";

/** What the command line says. */
export interface RunArguments {
  /** The configuration. */
  readonly file: string;
  /** Worker threads; as many as there are processors when it isn't said. */
  readonly concurrency: number | undefined;
  /** How long what is in the way of a reload or a stop has to finish, seconds. */
  readonly drainSeconds: number;
  /** Reload when the file changes. */
  readonly watch: boolean;
}

/** More threads than any machine has use for. */
const MAX_CONCURRENCY = 1024;
const DRAIN_SECONDS = 30;
const MAX_DRAIN_SECONDS = 24 * 60 * 60;

/** The command. */
export const run: Command = {
  name: "run",
  brief: message`Run a configuration.`,
  description:
    message`Runs a configuration, native or Envoy's. Says "ready" on stderr once everything listens. SIGHUP, and POST /reload to the admin, load it again: what didn't change is left alone, and a file that can't be used changes nothing. SIGTERM and Ctrl-C stop accepting and let running requests finish; a second one stops at once.`,
  example: message`${commandLine("genkan run -c genkan.yaml")}${lineBreak()}${
    commandLine("genkan run -c genkan.yaml --watch --concurrency 2")
  }`,
  writes: true,
  parser: map(
    merge(
      configOption(),
      object({
        concurrency: optional(
          option("--concurrency", integer({ metavar: "N", min: 1, max: MAX_CONCURRENCY }), {
            description:
              message`Worker threads, which share the ports. As many as there are processors by default.`,
          }),
        ),
        drainSeconds: withDefault(
          option(
            "--drain-time-s",
            integer({ metavar: "SECONDS", min: 0, max: MAX_DRAIN_SECONDS }),
            {
              description:
                message`How long requests and connections may take to finish when a reload has taken away what they use, or genkan stops. 30 by default.`,
            },
          ),
          DRAIN_SECONDS,
        ),
        watch: withDefault(
          option("--watch", {
            description: message`Load the configuration again whenever its file changes.`,
          }),
          false,
        ),
      }),
    ),
    (values) => async (runtime) => {
      const { runConfiguration } = await import("./action.ts");
      return await runConfiguration(runtime, values);
    },
  ),
};
