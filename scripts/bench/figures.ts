/**
 * Figures that are one number a round: milliseconds, kilobytes; lower is better.
 *
 * @module
 */

import { align, show, type Spread, spread } from "./table.ts";

/** One measurement of several programs. */
export interface Figures {
  /** As in the JSON, such as `idle`. */
  readonly id: string;
  /** What was done. */
  readonly title: string;
  /** `ms`, `KB` … */
  readonly unit: string;
  /** Each round's figure by program, in the table's order. */
  readonly rounds: ReadonlyMap<string, readonly number[]>;
}

/** One program's figures. */
export interface Row extends Spread {
  readonly subject: string;
  /** Its median by that of nginx, or of the first where nginx isn't there. */
  readonly ratio: number;
  readonly rounds: readonly number[];
}

/** The rows of a measurement, each set against nginx. */
export function rowsOf({ rounds }: Figures): Row[] {
  const base = spread(rounds.get("nginx") ?? rounds.values().next().value!).median;
  return [...rounds].map(([subject, figures]) => {
    const values = spread(figures);
    return { subject, ...values, ratio: values.median / base, rounds: figures };
  });
}

/** A Markdown table of measurements of the same programs: figure and ratio of each. */
export function figuresTable(
  title: string,
  columns: readonly { readonly heading: string; readonly figures: Figures; digits?: number }[],
): string {
  const sides = columns.map(({ figures, digits = 2 }) =>
    rowsOf(figures).map((row) => [show(row, digits), `×${row.ratio.toFixed(2)}`])
  );
  const heading = ["program", ...columns.flatMap(({ heading }) => [heading, "ratio"])];
  const names = [...columns[0].figures.rounds.keys()];
  const rows = names.map((name, index) => [name, ...sides.flatMap((side) => side[index])]);
  return `${title}\n\n${align([heading, ...rows])}\n`;
}
