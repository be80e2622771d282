/**
 * Figures of several rounds, as a table: the median with the lowest and the highest.
 *
 * @module
 */

import type { Seen } from "./load.ts";

/** What one round measured on one proxy. */
export interface Round extends Seen {
  /** CPU time of the proxy, microseconds. */
  readonly cpuMicros: number;
}

/** One measurement on every proxy. */
export interface Result {
  /** As `--tests` and the JSON call it. */
  readonly id: string;
  /** What was done, as the table's heading. */
  readonly title: string;
  /** How CPU is shown: microseconds a request, or milliseconds a download. */
  readonly unit: "us" | "ms";
  /** What ratios are to; the first where it isn't there. */
  readonly base: string;
  /** Rounds by proxy, in the table's order. */
  readonly rounds: ReadonlyMap<string, readonly Round[]>;
}

/** A median with its range. */
export interface Spread {
  /** The middle value, or the mean of the two in the middle. */
  readonly median: number;
  /** The lowest. */
  readonly min: number;
  /** The highest. */
  readonly max: number;
}

/** The median, the lowest and the highest of at least one value. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** What one round's CPU time is by that unit. */
export function cpuOf(unit: Result["unit"]): (round: Round) => number {
  const scale = unit === "us" ? 1 : 1000;
  return ({ cpuMicros, requests }) => cpuMicros / requests / scale;
}

/** The unit in words. */
export function unitOf(unit: Result["unit"]): string {
  return unit === "us" ? "µs CPU/request" : "ms CPU/100 MB";
}

/** CPU a request, in the unit of `result`. */
export function cpuSpread(result: Result, rounds: readonly Round[]): Spread {
  return spread(rounds.map(cpuOf(result.unit)));
}

/**
 * A Markdown table of one result. CPU is set against what `baseOf` names, or else against the result's
 * base, or the first one.
 */
export function table(result: Result, baseOf?: (name: string) => string): string {
  const { rounds: all, unit, base } = result;
  const rateHead = unit === "us" ? "requests/s" : "MB/s";
  const baseName = all.has(base) ? base : [...all.keys()][0];
  const medianOf = (name: string) => cpuSpread(result, all.get(name)!).median;
  const ratioOf = (name: string) => {
    const own = baseOf?.(name) ?? baseName;
    return all.has(own) ? (medianOf(name) / medianOf(own)).toFixed(2) : "–";
  };
  const rows = [...all].map(([name, rounds]) => {
    const cpu = cpuSpread(result, rounds);
    const rate = spread(rounds.map((round) => round.rate * (unit === "us" ? 1 : 100)));
    const p99 = rounds.map((round) => round.p99Ms).filter((value) => value !== null);
    return [
      name,
      show(cpu, 1),
      ratioOf(name),
      show(rate, 0),
      p99.length === 0 ? "–" : show(spread(p99), 2),
    ];
  });
  return `${result.title}\n\n${
    align([[
      "proxy",
      unitOf(unit),
      baseOf === undefined ? `× ${baseName}` : "× first of its kind",
      rateHead,
      "p99 ms",
    ], ...rows])
  }\n`;
}

/** A spread with so many digits. */
export function show({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Rows of cells as a Markdown table; the first is its heading. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}
