/**
 * Runs a configuration in this one thread: what `genkan FROM TO` needs.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import type { Runtime } from "../runtime/mod.ts";
import { type Server, startServer, unixPathsOf } from "../server/mod.ts";
import { EXIT_OK } from "./command.ts";
import { createLogs, StopSignals, untilStopped } from "./until_stopped.ts";
import { VERSION } from "./version.ts";

/** How `serve` announces itself. */
export interface ServeOptions {
  /** What the configuration's front end warned of. */
  readonly warnings: readonly string[];
  /** Printed on stderr before `ready`. */
  readonly banner: (server: Server) => string;
}

/**
 * Runs a configuration until it is told to stop, and gives the exit code. Fails with a ConnError or a
 * ConfigError when it can't start; then nothing is bound.
 */
export async function serve(
  runtime: Runtime,
  config: Config,
  { warnings, banner }: ServeOptions,
): Promise<number> {
  const signals = new StopSignals(runtime);
  const logs = createLogs(runtime);
  for (const warning of warnings) logs.log.warning(warning);
  await logs.log.flush();
  if (unixPathsOf(config).length === 0) runtime.forgoWriting();
  const server = await startServer({ runtime, config, version: VERSION, ...logs });
  await runtime.write("stderr", `${banner(server)}ready\n`);
  await untilStopped(signals, [server], { logs });
  return EXIT_OK;
}
