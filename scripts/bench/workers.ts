/**
 * What sharing the ports among workers costs, and the access log: each program is compared with itself.
 *
 * @module
 */

import { compare } from "./comparison.ts";
import type { Programs } from "./process.ts";
import type { Progress } from "./progress.ts";
import {
  genkanCommand,
  genkanFile,
  type GenkanName,
  nginx,
  plainTls,
  type Subject,
} from "./subjects.ts";
import type { Result } from "./table.ts";

/** What is asked for. */
export interface WorkersOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly isQuick?: boolean;
  readonly only: readonly GenkanName[];
  readonly folder: string;
  readonly progress?: Progress;
}

/** Load and proxies share both: each figure then comes from a machine that is equally busy. */
const BOTH_CORES = "0,1";

/**
 * One and two workers, over plain HTTP and TLS; nginx's show how much dearer a request gets just
 * because two cores are at it.
 */
export async function benchWorkers(
  options: WorkersOptions,
  programs: Programs,
): Promise<Result[]> {
  const genkan = options.only.flatMap((name) => [running(name, 1), running(name, 2)]);
  return await compare({
    ...options,
    folder: await subfolder(options.folder, "workers"),
    subjects: [nginx("nginx, 1 worker", 1), nginx("nginx, 2 workers", 2), ...genkan],
    tests: ["plain", "tls"],
    prefix: "workers-",
    proxyCores: BOTH_CORES,
    loadCores: BOTH_CORES,
    baseOf: (name) => name.replace(/, 2 workers$/, ", 1 worker"),
  }, programs);
}

/** With and without the access log: a worker's goes through the main thread. */
export async function benchAccessLog(
  options: WorkersOptions,
  programs: Programs,
): Promise<Result[]> {
  const subjects = options.only.flatMap((name) => [
    running(name, 1),
    running(name, 1, "on"),
    inThread(name, "off"),
    inThread(name, "on"),
  ]);
  return await compare({
    ...options,
    folder: await subfolder(options.folder, "access-log"),
    subjects,
    tests: ["plain"],
    prefix: "access-log-",
    proxyCores: "0",
    loadCores: "1",
    baseOf: (name) => name.replace(/, access log$/, ""),
  }, programs);
}

function running(name: GenkanName, workers: number, accessLog: "on" | "off" = "off"): Subject {
  return {
    name: `${name}, ${workers} worker${workers === 1 ? "" : "s"}${logged(accessLog)}`,
    async prepare(setup) {
      const file = await genkanFile(setup, { tls: plainTls(setup), accessLog });
      return await genkanCommand(name, ["run", "-c", file, "--concurrency", String(workers)]);
    },
  };
}

/** `genkan FROM TO`, which serves in its main thread. */
function inThread(name: GenkanName, accessLog: "on" | "off"): Subject {
  return {
    name: `${name}, no threads${logged(accessLog)}`,
    async prepare({ plainPort, upstreamPort }) {
      const ends = [plainPort, upstreamPort].map((port) => `http://127.0.0.1:${port}`);
      const more = accessLog === "off" ? ["--no-access-log"] : [];
      return await genkanCommand(name, [...ends, ...more]);
    },
    ways: ["plain"],
  };
}

function logged(accessLog: "on" | "off"): string {
  return accessLog === "on" ? ", access log" : "";
}

async function subfolder(folder: string, name: string): Promise<string> {
  const path = `${folder}/${name}`;
  await Deno.mkdir(path);
  // nginx's worker, which is not root, reads the large file.
  await Deno.chmod(path, 0o755);
  return path;
}
