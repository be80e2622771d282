/**
 * Where workers come from: threads of their own, or this one.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import { CombinedStats, Tallies } from "../observe/mod.ts";
import { isUnixPath } from "../runtime/mod.ts";
import type { Recruit } from "./crew.ts";
import type { ServerOptions } from "./server.ts";
import { SharedLimits } from "./shared_limits.ts";
import { ThreadWorker } from "./thread_worker.ts";

/** What a server's workers share, and how to start one. */
export interface Recruiter {
  readonly stats: CombinedStats;
  readonly limits: SharedLimits;
  readonly recruit: (index: number) => Recruit;
}

/** With threads, or without when `concurrency` is 0: then what serves is loaded here. */
export async function recruiter(options: ServerOptions): Promise<Recruiter> {
  const { concurrency = 0 } = options;
  const stats = new CombinedStats();
  const limits = new SharedLimits(Math.max(1, concurrency));
  return {
    stats,
    limits,
    recruit: concurrency > 0 ? inThreads(options, stats) : await here(options, stats),
  };
}

function inThreads(
  { runtime, config }: ServerOptions,
  stats: CombinedStats,
): Recruiter["recruit"] {
  const rights = { unixPaths: unixPathsOf(config) };
  const sinks = {
    stdout: (text: string) => runtime.write("stdout", text),
    stderr: (text: string) => runtime.write("stderr", text),
  };
  const { sharesPorts } = runtime;
  return (index) => {
    const thread = runtime.startThread(rights);
    const numbers = stats.addSource();
    const worker = new ThreadWorker(thread, { sinks, numbers, index, sharesPorts });
    return { worker, ended: worker.ended, dismiss: () => worker.terminate() };
  };
}

async function here(
  { runtime, log, accessLog }: ServerOptions,
  stats: CombinedStats,
): Promise<Recruiter["recruit"]> {
  const { DataPlane } = await import("./data_plane.ts");
  return () => {
    const shared = { network: runtime, stats, tallies: new Tallies(0), log, accessLog };
    const worker = new DataPlane({ ...shared, sharesPorts: false, isFirst: true });
    return { worker, ended: null, dismiss: () => {} };
  };
}

/** The unix sockets that a configuration names. */
export function unixPathsOf({ listeners, clusters }: Config): string[] {
  const hosts = [
    ...listeners.map(({ address }) => address.host),
    ...clusters.flatMap(({ endpoints }) => endpoints.map(({ address }) => address.host)),
  ];
  return [...new Set(hosts.filter(isUnixPath))];
}
