/**
 * All figures of a run as JSON, for pictures and for who wants to see every round.
 *
 * @module
 */

import type { Figures } from "./figures.ts";
import type { Machine } from "./machine.ts";
import { cpuOf, type Result, spread, unitOf } from "./table.ts";
import { judge, type Judgement } from "./targets.ts";

/** The whole of it. */
export interface Report {
  readonly machine: Machine;
  /** What each program says of its version; only those that are there. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, when it was written. */
  readonly date: string;
  readonly settings: {
    readonly rounds: number;
    readonly seconds: number;
    readonly proxyCores: string;
    readonly loadCores: string;
  };
  readonly workloads: readonly ReportedWorkload[];
}

/** One measurement. */
export interface ReportedWorkload {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** What ratios are to. */
  readonly base: string;
  readonly rows: readonly ReportedRow[];
}

/** One program's figures; the lower the better. */
export interface ReportedRow {
  readonly subject: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Its median by that of the base; null where that is 0. */
  readonly ratio: number | null;
  /** Targets that there are for it. */
  readonly targets: readonly Judgement[];
  readonly rounds: readonly number[];
}

/** CPU time as figures like all others. */
export function figuresOf(result: Result): Figures & { readonly base: string } {
  const { id, title, base, rounds } = result;
  return {
    ...{ id, title, base, unit: unitOf(result.unit) },
    rounds: new Map([...rounds].map(([name, each]) => [name, each.map(cpuOf(result.unit))])),
  };
}

/** A measurement in the report's form; ratios are to `base`, nginx, or the first where that isn't there. */
export function reported(
  { id, title, unit, rounds, base = "nginx" }: Figures & { readonly base?: string },
): ReportedWorkload {
  const used = rounds.has(base) ? base : [...rounds.keys()][0];
  const whole = spread(rounds.get(used)!).median;
  const rows = [...rounds].map(([subject, figures]) => {
    const { median, min, max } = spread(figures);
    const ratio = whole === 0 ? null : median / whole;
    return {
      ...{ subject, median, min, max, ratio },
      targets: judge({ id, rounds }, subject),
      rounds: figures,
    };
  });
  return { id, title, unit, base: used, rows };
}
