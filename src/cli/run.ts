/**
 * `genkan run -c FILE`: runs a configuration until it is told to stop.
 *
 * @module
 */

import { commandLine, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import type { Runtime } from "../runtime/mod.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config_option.ts";

/** The command. */
export const run: Command = {
  name: "run",
  brief: message`Run a configuration.`,
  description:
    message`Runs a configuration, native or Envoy's. Says "ready" on stderr once everything listens. SIGTERM and Ctrl-C stop accepting and let running requests finish for at most 10 seconds.`,
  example: message`${commandLine("genkan run -c genkan.yaml")}`,
  parser: map(configOption(), ({ file }) => (runtime) => runFile(runtime, file)),
};

async function runFile(runtime: Runtime, file: string): Promise<number> {
  const [{ loadConfig }, { warningLine }, { serve }] = await Promise.all([
    import("../config/mod.ts"),
    import("./config_warnings.ts"),
    import("./serve.ts"),
  ]);
  const { config, warnings } = await loadConfig(file, runtime);
  return await serve(runtime, config, { warnings: warnings.map(warningLine) });
}
