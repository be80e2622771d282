/**
 * Runs the micro-benchmarks where there is no `Deno.bench`: `bun scripts/micro/bun.ts` prints what
 * `deno bench --json` prints, as far as `main.ts` reads it.
 *
 * @module
 */

import process from "node:process";
import type { Report } from "./report.ts";

/** One sample: so long that the clock's grain doesn't matter, so short that the lowest is undisturbed. */
const SAMPLE_MS = 1, SAMPLES = 300;

const benches: Report["benches"][number][] = [];

function bench(name: string, run: () => unknown): void {
  let count = 1;
  while (time(run, count) < SAMPLE_MS) count *= 2;
  const samples = Array.from({ length: SAMPLES }, () => time(run, count) / count * 1e6);
  const avg = samples.reduce((sum, each) => sum + each, 0) / SAMPLES;
  benches.push({ name, results: [{ ok: { min: Math.min(...samples), avg } }] });
}

function time(run: () => unknown, count: number): number {
  const started = performance.now();
  for (let done = 0; done < count; done++) run();
  return performance.now() - started;
}

Object.assign(globalThis, { Deno: { bench } });
for (const name of ["access_log", "chunks", "heads", "routes", "timers"]) {
  await import(`./${name}_bench.ts`);
}
console.log(JSON.stringify({ benches }));
// The timer wheel's timer would keep the process.
process.exit();
