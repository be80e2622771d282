/**
 * What the micro-benchmarks measured, and whether anything got slower since.
 *
 * @module
 */

import { align } from "../bench/table.ts";

/** What `deno bench --json` prints, as far as it is read here; nanoseconds. */
export interface Report {
  readonly benches: readonly {
    readonly name: string;
    readonly results: readonly { readonly ok?: { readonly min: number; readonly avg: number } }[];
  }[];
}

/** How much slower is a slip. */
const SLIP = 1.3;

/** The lowest time of each benchmark, in nanoseconds. Throws an `Error` with the name of one that failed. */
export function lowest(report: Report): Map<string, number> {
  return new Map(report.benches.map(({ name, results }) => {
    const { ok } = results[0];
    if (ok === undefined) throw new Error(`Cannot measure: "${name}" failed`);
    return [name, ok.min];
  }));
}

/** A Markdown table: each benchmark's lowest time, and its ratio to that of `earlier`. */
export function reportTable(report: Report, earlier: Report | null): string {
  const before = earlier === null ? null : lowest(earlier);
  const rows = [...lowest(report)].map(([name, nanos]) => {
    const old = before?.get(name);
    const ratio = old === undefined ? "–" : `×${(nanos / old).toFixed(2)}`;
    return [name, nanos.toFixed(1), ...before === null ? [] : [ratio]];
  });
  return align([["benchmark", "ns, lowest", ...before === null ? [] : ["to before"]], ...rows]);
}

/** The names of those that got slower than noise explains. */
export function slips(report: Report, earlier: Report): string[] {
  const before = lowest(earlier);
  return [...lowest(report)]
    .filter(([name, nanos]) => nanos > (before.get(name) ?? Infinity) * SLIP)
    .map(([name]) => name);
}
