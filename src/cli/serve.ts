/**
 * Runs things until a signal, or the admin, says stop. What `run`, `genkan FROM TO`, `sandbox` and
 * `echo` have in common: the announcement, the signals, the orderly stop.
 *
 * @module
 */

import { AccessLog } from "../observe/access_log.ts";
import { createLog, type FlushableLog } from "../observe/log.ts";
import type { Config } from "../config/model.ts";
import type { HttpService, Runtime, Signal } from "../runtime/mod.ts";
import { type Server, startServer } from "../server/mod.ts";
import { EXIT_OK } from "./command.ts";
import { showHostPort } from "./front_address.ts";
import { VERSION } from "./version.ts";

/** How long running requests may take to finish after a stop was asked for. */
const GRACE_MS = 10_000;

/** How long the admin's last answers may take. */
const ADMIN_GRACE_MS = 1_000;

/** Something that runs until it is told to stop. */
export interface Stoppable {
  /** Resolves when it has stopped, on its own or because it was told to. */
  readonly stopped: Promise<void>;
  /** Stops accepting, and resolves when what ran has finished, at most after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Where a run tells what happens. */
export interface Logs {
  readonly log: FlushableLog;
  readonly accessLog: AccessLog;
}

/** The log on stderr and the access log on stdout. */
export function createLogs(runtime: Runtime): Logs {
  const log = createLog((text) => runtime.write("stderr", text), { now: Date.now });
  return { log, accessLog: new AccessLog((text) => runtime.write("stdout", text), { log }) };
}

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
  const server = await startServer({ runtime, config, version: VERSION, ...logs });
  const admin = await bindAdmin(runtime, server);
  await runtime.write("stderr", `${banner(server)}${adminLine(admin)}ready\n`);
  await untilStopped(signals, [server], logs);
  if (admin !== null) await atMost(ADMIN_GRACE_MS, admin.close());
  return EXIT_OK;
}

/**
 * Waits for a signal, or for all of `running` to have stopped; then stops them in an orderly way and
 * writes out the logs. A second signal ends the wait for running requests.
 */
export async function untilStopped(
  signals: StopSignals,
  running: readonly Stoppable[],
  { log, accessLog }: Logs,
): Promise<void> {
  const ended = Promise.all(running.map(({ stopped }) => stopped)).then(() => null);
  const signal = await Promise.race([signals.first, ended]);
  if (signal !== null) {
    log.info(`Stopping on ${signal}: running requests may take ${GRACE_MS / 1000} s to finish`);
    await Promise.race([Promise.all(running.map((each) => each.stop(GRACE_MS))), signals.second]);
  }
  await Promise.all([log.flush(), accessLog.flush()]);
}

/** SIGTERM and SIGINT from now on, in place of their default action. */
export class StopSignals {
  /** The first signal that comes. */
  readonly first: Promise<Signal>;
  /** The second one: whoever sends it is tired of waiting. */
  readonly second: Promise<Signal>;

  /** Starts to listen for signals. */
  constructor(runtime: Pick<Runtime, "onSignal">) {
    const waiting: ((signal: Signal) => void)[] = [];
    this.first = new Promise((resolve) => waiting.push(resolve));
    this.second = new Promise((resolve) => waiting.push(resolve));
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      runtime.onSignal(signal, () => waiting.shift()?.(signal));
    }
  }
}

async function bindAdmin(runtime: Runtime, server: Server): Promise<HttpService | null> {
  const address = server.config.admin;
  if (address === null) return null;
  const { adminApp } = await import("../admin/mod.ts");
  const app = adminApp(server);
  try {
    return await runtime.serveHttp(address, (request) => app.fetch(request));
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}

function listening(server: Server): string {
  return server.listeners().map(({ name, address }) =>
    `genkan ${VERSION} listening on ${showHostPort(address)} (${name})\n`
  ).join("");
}

function adminLine(admin: HttpService | null): string {
  if (admin === null) return "";
  return `genkan ${VERSION} admin on http://${showHostPort(admin.address)}\n`;
}

/** Waits for `work`, but no longer than `ms`; what then goes on ends with the process. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: number | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
