/**
 * How long genkan takes from its start to `ready`, and how much memory it holds then.
 *
 * @module
 */

import { makeCertificate } from "./certificate.ts";
import { freePorts, type Programs } from "./process.ts";
import { genkanCommand, genkanFile, plainTls } from "./subjects.ts";
import { align, show, spread } from "./table.ts";
import type { WorkersOptions } from "./workers.ts";

/** Starts are short: so many in a round. */
const STARTS = 5;
/** As on a machine of two. */
const CORES = "0,1";

interface Start {
  readonly ms: number;
  readonly megabytes: number;
}

/** Prints a table: each kind of start on each runtime. */
export async function benchStart(options: WorkersOptions, programs: Programs): Promise<void> {
  const { folder, only, rounds } = options;
  const certificate = await makeCertificate(folder, programs);
  const [plainPort, tlsPort, upstreamPort] = freePorts(3);
  const setup = { folder, certificate, plainPort, tlsPort, upstreamPort };
  const file = await genkanFile(setup, { tls: plainTls(setup) });
  const ends = [plainPort, upstreamPort].map((port) => `http://127.0.0.1:${port}`);
  const kinds: Readonly<Record<string, readonly string[]>> = {
    "no threads": ends,
    "1 worker": ["run", "-c", file, "--concurrency", "1"],
    "2 workers": ["run", "-c", file, "--concurrency", "2"],
  };
  const seen = new Map<string, Start[]>();
  for (let round = 0; round < rounds * STARTS; round++) {
    for (const name of only) {
      for (const [kind, args] of Object.entries(kinds)) {
        const command = await genkanCommand(name, args);
        if (typeof command === "string") throw new Error(command);
        const starts = seen.getOrInsertComputed(`${name}, ${kind}`, () => []);
        starts.push(await startOnce(command, programs));
      }
    }
  }
  const rows = [...seen].map(([name, starts]) => [
    name,
    show(spread(starts.map(({ ms }) => ms)), 0),
    show(spread(starts.map(({ megabytes }) => megabytes)), 0),
  ]);
  console.log(`Start\n\n${align([["program", "ms to ready", "MB then"], ...rows])}\n`);
}

async function startOnce(command: readonly string[], programs: Programs): Promise<Start> {
  const started = performance.now();
  const pid = await programs.untilReady(command, CORES);
  const ms = performance.now() - started;
  const status = await programs.output(["cat", `/proc/${pid}/status`]);
  await programs.stop(pid);
  return { ms, megabytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024 };
}
