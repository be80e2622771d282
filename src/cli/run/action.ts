/**
 * Runs a configuration with worker threads, changes it when it is told to, and stops in good order.
 *
 * @module
 */

import { adminApp } from "../../admin/mod.ts";
import { loadConfig } from "../../config/mod.ts";
import { type Runtime, showAddress } from "../../runtime/mod.ts";
import { type Server, startServer, unixPathsOf } from "../../server/mod.ts";
import { EXIT_OK } from "../command.ts";
import { warningLine } from "../config_warnings.ts";
import { ServiceManager } from "../service_manager/mod.ts";
import { createLogs, StopSignals, untilStopped } from "../until_stopped.ts";
import { VERSION } from "../version.ts";
import { ConfigWatch } from "./config_watch.ts";
import type { RunArguments } from "./mod.ts";
import { Reloader } from "./reloader.ts";

/** Runs a configuration until it is told to stop, and gives the exit code. */
export async function runConfiguration(runtime: Runtime, values: RunArguments): Promise<number> {
  const signals = new StopSignals(runtime);
  const logs = createLogs(runtime);
  const { log } = logs;
  // Whoever asks for a reload while genkan starts gets it right behind that.
  const { promise: started, resolve: start } = Promise.withResolvers<Reloader>();
  const reload = async (by: string) => await (await started).reload(by);
  runtime.onSignal("SIGHUP", () => void reload("SIGHUP"));
  const watch = new ConfigWatch(values.file, runtime, () => void reload("--watch"));
  if (values.watch) await watch.look();
  const { config, warnings } = await loadConfig(values.file, runtime);
  for (const warning of warnings) log.warning(warningLine(warning));
  await log.flush();
  const drainMs = values.drainSeconds * 1000;
  const manager = ServiceManager.fromHost(runtime, log);
  // Unix sockets are files, those of listeners and a service manager's.
  if (manager === null && unixPathsOf(config).length === 0) runtime.forgoWriting();
  const server = await startServer({
    runtime,
    config,
    version: VERSION,
    ...logs,
    concurrency: workersFor(values, runtime),
    drainMs,
    bindAdmin: (address, view) =>
      runtime.serveHttp(address, adminApp(view, { reload: () => reload("POST /reload") })),
  });
  using _watch = watch;
  if (values.watch) watch.start();
  using _manager = manager;
  await runtime.write("stderr", `${announcement(server)}ready\n`);
  await manager?.ready(statusOf(server));
  start(new Reloader({ runtime, server, log, manager, file: values.file }));
  manager?.startWatchdog(() => server.ping().then(() => true));
  void server.stopping.then(() => manager?.stopping({ graceMs: drainMs }));
  await untilStopped(signals, [server], { logs, graceMs: drainMs });
  return EXIT_OK;
}

/** Ports can be shared where the kernel hands out connections among those who share them. */
function workersFor({ concurrency }: RunArguments, runtime: Runtime): number {
  return runtime.sharesPorts ? concurrency ?? runtime.processors : 1;
}

/** One line a listener, and one for the admin. */
function announcement(server: Server): string {
  const lines = server.listeners().map(({ name, address }) =>
    `listening on ${showAddress(address)} (${name})`
  );
  const { adminAddress } = server;
  if (adminAddress !== null) lines.push(`admin on http://${showAddress(adminAddress)}`);
  return lines.map((line) => `genkan ${VERSION} ${line}\n`).join("");
}

/** What a service manager shows. */
export function statusOf(server: Server): string {
  const count = server.listeners().length;
  return `serving ${count} listener${count === 1 ? "" : "s"} of ${server.config.file}`;
}
