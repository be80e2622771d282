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
  /** What was done, as the table's heading. */
  readonly title: string;
  /** How CPU is shown: microseconds a request, or milliseconds a download. */
  readonly unit: "us" | "ms";
  /** Rounds by proxy, in the table's order; ratios are to `nginx`, or else to the first. */
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

/** CPU a request, in the unit of `result`. */
export function cpuSpread(result: Result, rounds: readonly Round[]): Spread {
  const scale = result.unit === "us" ? 1 : 1000;
  return spread(rounds.map((round) => round.cpuMicros / round.requests / scale));
}

/**
 * A Markdown table of one result. CPU is set against what `baseOf` names, or else against nginx, or
 * the first one.
 */
export function table(result: Result, baseOf?: (name: string) => string): string {
  const cpuHead = result.unit === "us" ? "µs CPU/request" : "ms CPU/100 MB";
  const rateHead = result.unit === "us" ? "requests/s" : "MB/s";
  const baseName = result.rounds.has("nginx") ? "nginx" : [...result.rounds.keys()][0];
  const medianOf = (name: string) => cpuSpread(result, result.rounds.get(name)!).median;
  const rows = [...result.rounds].map(([name, rounds]) => {
    const cpu = cpuSpread(result, rounds);
    const rate = spread(rounds.map((round) => round.rate * (result.unit === "us" ? 1 : 100)));
    const p99 = rounds.map((round) => round.p99Ms).filter((value) => value !== null);
    return [
      name,
      show(cpu, 1),
      (cpu.median / medianOf(baseOf?.(name) ?? baseName)).toFixed(2),
      show(rate, 0),
      p99.length === 0 ? "–" : show(spread(p99), 2),
    ];
  });
  return `${result.title}\n\n${
    align([[
      "proxy",
      cpuHead,
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
