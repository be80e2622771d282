/**
 * Runs things until a signal says stop: the logs, the signals and the orderly stop that every
 * long-running command has in common.
 *
 * @module
 */

import { AccessLog, createLog, type FlushableLog } from "../observe/mod.ts";
import type { Runtime, Signal } from "../runtime/mod.ts";

/** How long running requests may take to finish after a stop was asked for, unless it is said. */
const GRACE_MS = 10_000;

/** Something that runs until it is told to stop. */
export interface Stoppable {
  /** Resolves when it has stopped, on its own or because it was told to. */
  readonly stopped: Promise<void>;
  /**
   * Stops accepting, and resolves when what ran has finished, at most after `graceMs`. A later call
   * may shorten that.
   */
  stop(graceMs: number): Promise<void>;
}

/** Where a run tells what happens. */
export interface Logs {
  /** On stderr. */
  readonly log: FlushableLog;
  /** On stdout. */
  readonly accessLog: AccessLog;
}

/** The log on stderr and the access log on stdout. */
export function createLogs(runtime: Runtime): Logs {
  const log = createLog((line) => runtime.write("stderr", line), { now: Date.now });
  return { log, accessLog: new AccessLog((lines) => runtime.write("stdout", lines), { log }) };
}

/** How a run ends. */
export interface StopOptions {
  readonly logs: Logs;
  /** How long running requests may take to finish, milliseconds; 10 s when it isn't said. */
  readonly graceMs?: number;
}

/**
 * Waits for a signal, or for all of `running` to have stopped; then stops them in an orderly way and
 * writes out the logs. A second signal ends the wait for running requests.
 */
export async function untilStopped(
  signals: StopSignals,
  running: readonly Stoppable[],
  { logs: { log, accessLog }, graceMs = GRACE_MS }: StopOptions,
): Promise<void> {
  const ended = Promise.all(running.map(({ stopped }) => stopped)).then(() => null);
  const stopAll = (graceMs: number) => Promise.all(running.map((each) => each.stop(graceMs)));
  const signal = await Promise.race([signals.first, ended]);
  if (signal !== null) {
    log.info(`stopping on ${signal}, running requests may take ${graceMs / 1000} s to finish`);
    await Promise.race([stopAll(graceMs), signals.second.then(() => stopAll(0))]);
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
