/**
 * `deno task bench`: what a proxied request costs, next to nginx, HAProxy, Caddy and Envoy. Each proxy
 * is held to core 0, load and upstream to core 1; rounds are interleaved (A B C, A B C), so that a
 * machine that slows down slows all of them. docs/performance.md says how to read the figures.
 *
 * @module
 */

import { compare } from "./comparison.ts";
import type { Figures } from "./figures.ts";
import { benchIdle } from "./idle.ts";
import { machine, versions } from "./machine.ts";
import { benchLatency } from "./open_loop.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { Programs } from "./process.ts";
import { Progress, showDuration } from "./progress.ts";
import { figuresOf, type Report, reported } from "./report.ts";
import { benchSlowClients } from "./slow_clients.ts";
import { benchStart } from "./start.ts";
import { benchFirstAnswer } from "./start_answer.ts";
import { genkanNames, MORE_SUBJECTS, SUBJECTS } from "./subjects.ts";
import { benchAccessLog, benchWorkers } from "./workers.ts";

const PROXY_CORES = "0";
const LOAD_CORES = "1";

/** Measures one thing after the other, and hands over the figures of each as soon as they are there. */
async function bench(
  options: Options,
  folder: string,
  { programs, add }: { programs: Programs; add: (figures: readonly Figures[]) => void },
): Promise<void> {
  const { tests, others } = options;
  const progress = new Progress({
    now: () => performance.now(),
    print: (line) => console.error(`… ${line}`),
  });
  const run = { ...options, folder, progress, only: genkanNames(options.only) };
  const known = [...SUBJECTS, ...MORE_SUBJECTS];
  const subjects = known.filter(({ name }) => options.only.includes(name));
  const cores = { proxyCores: PROXY_CORES, loadCores: LOAD_CORES };
  const all = { ...options, ...cores, subjects, folder, progress };
  if (tests.length > 0) add((await compare(all, programs)).map(figuresOf));
  if (others.includes("slow-clients")) await benchSlowClients(run, folder, programs);
  if (others.includes("workers")) add((await benchWorkers(run, programs)).map(figuresOf));
  if (others.includes("access-log")) add((await benchAccessLog(run, programs)).map(figuresOf));
  if (others.includes("start")) await benchStart(run, programs);
  if (others.includes("latency")) add(await benchLatency(all, programs));
  if (others.includes("idle")) add(await benchIdle(all, programs));
  if (others.includes("first-answer")) add(await benchFirstAnswer(all, programs));
}

async function report(
  { rounds, seconds }: Options,
  all: readonly Figures[],
  programs: Programs,
): Promise<Report> {
  return {
    machine: await machine(programs),
    versions: await versions(programs),
    date: new Date().toISOString(),
    settings: { rounds, seconds, proxyCores: PROXY_CORES, loadCores: LOAD_CORES },
    workloads: all.map(reported),
  };
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  if (typeof options === "string") {
    console.error(`${options}\n\n${USAGE}`);
    Deno.exit(2);
  }
  const folder = await Deno.makeTempDir({ prefix: "genkan-bench-" });
  // nginx's worker, which is not root, reads the large file.
  await Deno.chmod(folder, 0o755);
  const programs = new Programs();
  let interrupted = false;
  const end = async () => {
    await programs.end();
    await Deno.remove(folder, { recursive: true });
  };
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      if (interrupted) return;
      interrupted = true;
      end().finally(() => Deno.exit(code));
    });
  }
  const all: Figures[] = [];
  const started = performance.now();
  try {
    await bench(options, folder, { programs, add: (figures) => all.push(...figures) });
    console.log(`took ${showDuration((performance.now() - started) / 1000)}`);
  } catch (error) {
    if (!interrupted) {
      console.error(`Cannot finish the benchmark: ${(error as Error).message}`);
      Deno.exitCode = 1;
    }
  }
  if (!interrupted) {
    // What was measured before a failure is worth keeping.
    if (options.json !== null) {
      const text = JSON.stringify(await report(options, all, programs), null, 2);
      await Deno.writeTextFile(options.json, `${text}\n`);
    }
    await end();
    // The signal listeners would keep the process.
    Deno.exit();
  }
}
