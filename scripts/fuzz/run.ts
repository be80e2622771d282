/**
 * A run of the fuzzer, and the replay of what it found.
 *
 * @module
 */

import { readFailure, writeFailure } from "./failure_file.ts";
import type { Finding, Totals } from "./fuzzer.ts";
import { WatchedWorker } from "./watched_worker.ts";

const BATCH_MS = 250;
const PROGRESS_MS = 5000;
const GENKAN = new URL("genkan_codec.ts", import.meta.url).href;

/** What may be chosen for a test. */
export interface RunOptions {
  /** Is given each line. */
  readonly say: (line: string) => void;
  /** The URL of a module that is a `Codec`; genkan's by default. */
  readonly codec?: string;
  /** How long an input may take, milliseconds. */
  readonly silenceMs?: number;
}

/** What to fuzz, and for how long. */
export interface FuzzRun extends RunOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Where a failing input is written; the folder exists. */
  readonly folder: string;
}

/** Fuzzes until something is found or the time is over; gives the exit code. */
export async function fuzz(run: FuzzRun): Promise<number> {
  const { seconds, seed, say, folder, codec = GENKAN, silenceMs } = run;
  say(`seed ${seed}, ${seconds} s`);
  using worker = await WatchedWorker.start(codec, silenceMs);
  const start = performance.now();
  let told = start, totals: Totals = { inputs: 0, messages: 0, refused: 0, paths: 0 };
  for (let now = start; now < start + seconds * 1000; now = performance.now()) {
    const report = await worker.fuzz(seed, Math.min(BATCH_MS, start + seconds * 1000 - now));
    totals = report.totals ?? totals;
    if (report.finding !== null) {
      const path = `${folder}/fuzz-${seed}.json`;
      await writeFailure(path, report.finding);
      tell(report.finding, say);
      say(`Written to ${path}; again with: deno task fuzz --replay=${path}`);
      say(`found something: ${inWords(totals)}`);
      return 1;
    }
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    say(`${Math.round((told - start) / 1000)} s: ${inWords(totals)}`);
  }
  say(`found nothing: ${inWords(totals)}`);
  return 0;
}

/** Judges an input of a file again; gives the exit code. */
export async function replay(file: string, run: RunOptions): Promise<number> {
  const input = await readFailure(file);
  using worker = await WatchedWorker.start(run.codec ?? GENKAN, run.silenceMs);
  const { finding } = await worker.judge(input);
  if (finding === null) {
    run.say(`${file}: nothing is wrong with it any more`);
    return 0;
  }
  tell(finding, run.say);
  return 1;
}

function tell({ input, failure }: Finding, say: (line: string) => void): void {
  say(`${input.side}: ${JSON.stringify(input.text)}`);
  say(`The codec ${failure}`);
}

function inWords({ inputs, messages, refused, paths }: Totals): string {
  return `${inputs} inputs, ${messages} messages read, ${refused} inputs refused, ${paths} paths`;
}
