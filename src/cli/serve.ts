/**
 * Runs a configuration: what `run` and `genkan FROM TO` have in common.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import { type HttpService, type Runtime, showAddress } from "../runtime/mod.ts";
import { type Server, startServer } from "../server/mod.ts";
import { atMost } from "./at_most.ts";
import { EXIT_OK } from "./command.ts";
import { createLogs, StopSignals, untilStopped } from "./until_stopped.ts";
import { VERSION } from "./version.ts";

/** How long the admin's last answers may take. */
const ADMIN_GRACE_MS = 1_000;

/** How `serve` announces itself. */
export interface ServeOptions {
  /** What the configuration's front end warned of. */
  readonly warnings?: readonly string[];
  /** Printed on stderr before `ready`, in place of one line a listener. */
  readonly banner?: (server: Server) => string;
}

/**
 * Runs a configuration with its admin until it is told to stop, and gives the exit code. Fails with
 * a ConnError or a ConfigError when it can't start; then nothing is bound.
 */
export async function serve(
  runtime: Runtime,
  config: Config,
  { warnings = [], banner = listening }: ServeOptions = {},
): Promise<number> {
  const signals = new StopSignals(runtime);
  const logs = createLogs(runtime);
  for (const warning of warnings) logs.log.warning(warning);
  await logs.log.flush();
  const server = await startServer({ runtime, config, version: VERSION, ...logs });
  const admin = await bindAdmin(runtime, server);
  await runtime.write("stderr", `${banner(server)}${adminLine(admin)}ready\n`);
  await untilStopped(signals, [server], logs);
  if (admin !== null) await atMost(ADMIN_GRACE_MS, admin.close(), undefined);
  return EXIT_OK;
}

async function bindAdmin(runtime: Runtime, server: Server): Promise<HttpService | null> {
  const address = server.config.admin;
  if (address === null) return null;
  const { adminApp } = await import("../admin/mod.ts");
  try {
    return await runtime.serveHttp(address, adminApp(server));
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}

function listening(server: Server): string {
  return server.listeners().map(({ name, address }) =>
    `genkan ${VERSION} listening on ${showAddress(address)} (${name})\n`
  ).join("");
}

function adminLine(admin: HttpService | null): string {
  if (admin === null) return "";
  return `genkan ${VERSION} admin on http://${showAddress(admin.address)}\n`;
}
