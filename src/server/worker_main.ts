/**
 * A worker's thread: a data plane that does what the main thread asks of it.
 *
 * @module
 */

import {
  AccessLog,
  createLog,
  createStats,
  type StatAnnouncement,
  Tallies,
} from "../observe/mod.ts";
import type { Channel, Network } from "../runtime/mod.ts";
import { Calls, type Methods } from "./calls.ts";
import { DataPlane } from "./data_plane.ts";
import type { Worker } from "./worker.ts";

/**
 * How long lines of the access log are gathered for one message to the main thread: those of a
 * millisecond would cost a small request 5 to 8 µs.
 */
const GATHER_MS = 10;

/** What a worker is told first. */
export interface WorkerStart {
  /** From 0; its place among the workers, which its successor takes over. */
  readonly index: number;
  /** Whether other workers bind the same ports. */
  readonly sharesPorts: boolean;
}

/** What a worker answers, beside what any worker does. */
export type WorkerMethods =
  & { [Name in keyof Worker]: Worker[Name] }
  & {
    /** Comes before all else. */
    start(start: WorkerStart): void;
  };

/** What the main thread answers. */
export type MainMethods = {
  /** Writes text; answers when it is written. */
  write(text: { readonly stream: "stdout" | "stderr"; readonly text: string }): Promise<void>;
  /** Takes numbers that were made. */
  numbers(made: readonly StatAnnouncement[]): void;
};

/** Serves the thread that has started this one, until it is ended. */
export function runWorker(network: Network, control: Channel): void {
  let plane: DataPlane;
  const stats = createStats({ announce: (made) => void main.ask("numbers", made) });
  const sink = (stream: "stdout" | "stderr") => (text: string) =>
    main.ask("write", { stream, text });
  const log = createLog(sink("stderr"), { now: Date.now });
  const accessLog = new AccessLog(sink("stdout"), { log, gatherMs: GATHER_MS });
  const flush = () => Promise.all([log.flush(), accessLog.flush()]);
  const mine: WorkerMethods = {
    start: ({ index, sharesPorts }) => {
      const tallies = new Tallies(index);
      const isFirst = index === 0;
      plane = new DataPlane({ network, stats, tallies, log, accessLog, sharesPorts, isFirst });
    },
    ping: () => Promise.resolve(),
    prepare: (next) => plane.prepare(next),
    commit: (drainMs) => plane.commit(drainMs),
    abort: () => plane.abort(),
    describe: () => {
      stats.flushAnnouncements();
      return plane.describe();
    },
    closeAfterResponse: (on) => plane.closeAfterResponse(on),
    stopAccepting: () => plane.stopAccepting(),
    stop: async (graceMs) => {
      await plane.stop(graceMs);
      stats.flushAnnouncements();
      await flush();
    },
  };
  const main = new Calls<MainMethods>(control, mine as unknown as Methods);
}
