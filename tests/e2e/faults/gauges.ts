/**
 * What the program holds on to, by its own account and by the system's.
 *
 * @module
 */

import { memory, openFiles } from "../process.ts";
import type { Program } from "../program.ts";

/** The longest that anything lingers is a second; a busy machine takes longer. */
const QUIET_MS = 15_000;
const ASK_AGAIN_MS = 20;

/** What a process holds. */
export interface Held {
  /** Descriptors. */
  readonly files: number;
  /** Bytes. */
  readonly memory: number;
}

/** Waits until no gauge of connections, requests or circuit breakers is up any more. */
export async function isQuiet(program: Program): Promise<void> {
  const end = performance.now() + QUIET_MS;
  for (;;) {
    const left = await active(program);
    if (left.length === 0) return;
    if (performance.now() > end) throw new Error(`still active: ${left.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** What the process holds, once it is quiet. */
export async function held(program: Program): Promise<Held> {
  await isQuiet(program);
  const [files, bytes] = await Promise.all([openFiles(program.pid), memory(program.pid)]);
  return { files, memory: bytes };
}

async function active(program: Program): Promise<string[]> {
  const answer = await fetch(`${program.admin}/stats?type=Gauges`);
  const lines = (await answer.text()).split("\n");
  const gauges = lines.filter((line) => /(_active|_open): \d+$/.test(line));
  if (gauges.length === 0) throw new Error("the admin shows no gauges");
  return gauges.filter((line) => !line.endsWith(": 0"));
}
