/**
 * What memory a program and its children hold, from Linux's `/proc`, once it has come to rest.
 *
 * @module
 */

import { descendants } from "./cpu.ts";
import type { Programs } from "./process.ts";

/** Kilobytes. */
export interface Memory {
  /** Resident: what is shared counts in each process. */
  readonly rss: number;
  /** What is shared is divided by those that share it: the fair figure for several processes. */
  readonly pss: number;
  /** What would be free if the program ended. */
  readonly uss: number;
}

const SAMPLE_MS = 1000;
/** Collectors let this much time pass before they look for garbage in a program that does nothing. */
const LEAST_SAMPLES = 15;
/** At rest: so many samples that differ by no more than that share of the lowest. */
const REST_SAMPLES = 8, REST_SHARE = 0.01;
const MOST_SAMPLES = 60;

/** Adds up what `/proc/PID/smaps_rollup` says of some processes (proc(5)). */
export function memoryOf(text: string): Memory {
  const sum = (field: string) =>
    [...text.matchAll(new RegExp(`^${field}:\\s+(\\d+) kB$`, "gm"))]
      .reduce((total, [, size]) => total + Number(size), 0);
  return {
    rss: sum("Rss"),
    pss: sum("Pss"),
    uss: sum("Private_Clean") + sum("Private_Dirty"),
  };
}

/** Whether the last samples hardly differ. */
export function isAtRest(samples: readonly number[]): boolean {
  if (samples.length < LEAST_SAMPLES) return false;
  const last = samples.slice(-REST_SAMPLES);
  const least = Math.min(...last);
  return Math.max(...last) - least <= least * REST_SHARE;
}

/**
 * Waits until the memory of `pid` and its children is at rest, for a minute at most, and gives it,
 * and whether it came to rest.
 */
export async function settledMemory(
  pid: number,
  programs: Programs,
): Promise<Memory & { readonly isSettled: boolean }> {
  const pids = [pid, ...await descendants(pid, programs)];
  const files = pids.map((each) => `/proc/${each}/smaps_rollup`);
  const samples: number[] = [];
  for (;;) {
    const memory = memoryOf(await programs.output(["cat", ...files]));
    samples.push(memory.pss);
    const isSettled = isAtRest(samples);
    if (isSettled || samples.length === MOST_SAMPLES) return { ...memory, isSettled };
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}
