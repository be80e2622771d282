/**
 * CPU time of a program and its children, from Linux's `/proc`. Deno lets no script read there
 * without every permission, so `cat` does.
 *
 * @module
 */

import type { Programs } from "./process.ts";

/** CPU time that a process and its children used, now and later. */
export class CpuMeter {
  readonly #programs: Programs;
  readonly #files: string[];
  readonly #ticksPerSecond: number;

  private constructor(programs: Programs, pids: readonly number[], ticksPerSecond: number) {
    this.#programs = programs;
    this.#files = pids.map((pid) => `/proc/${pid}/stat`);
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** A meter for `pid` and the children it has now, such as nginx's workers. */
  static async of(pid: number, programs: Programs): Promise<CpuMeter> {
    const ticks = Number(await programs.output(["getconf", "CLK_TCK"]));
    return new CpuMeter(programs, [pid, ...await descendants(pid, programs)], ticks);
  }

  /** User and system time of all threads so far, in microseconds; its grain is one tick, 10 ms. */
  async micros(): Promise<number> {
    const lines = (await this.#programs.output(["cat", ...this.#files])).trim().split("\n");
    const ticks = lines.map(ticksOf).reduce((sum, each) => sum + each, 0);
    return ticks / this.#ticksPerSecond * 1e6;
  }
}

/** User plus system ticks of a line of `/proc/PID/stat`: fields 14 and 15 (proc(5)). */
export function ticksOf(line: string): number {
  // The second field, the program's name in parentheses, may hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** The ids of the children that a process has now, and of theirs. */
export async function descendants(pid: number, programs: Programs): Promise<number[]> {
  const text = await programs.output(["cat", `/proc/${pid}/task/${pid}/children`]);
  const children = text.split(" ").filter((word) => word.trim() !== "").map(Number);
  const deeper = await Promise.all(children.map((child) => descendants(child, programs)));
  return [...children, ...deeper.flat()];
}
