/**
 * A picture of a run for the README: `deno task picture FILE.json` writes docs/performance.svg from
 * what `deno task bench --json=FILE.json` wrote. A bar is what a program needs as against the base, the
 * whisker its lowest and highest round. It loads nothing, and has colours for light and dark.
 *
 * @module
 */

import type { Report, ReportedRow, ReportedWorkload } from "./report.ts";

/** What of a report is shown. */
export interface PictureData {
  readonly date: string;
  readonly settings: Pick<Report["settings"], "rounds">;
  readonly machine: Pick<Report["machine"], "processor" | "cores">;
  readonly workloads: readonly (Omit<ReportedWorkload, "rows"> & {
    readonly rows: readonly Omit<ReportedRow, "targets" | "rounds">[];
  })[];
}

type PicturedWorkload = PictureData["workloads"][number];
type PicturedRow = PicturedWorkload["rows"][number];

const OUT = "docs/performance.svg";
/** What would be too much for one picture, and what compares a program with itself. */
const NOT_PICTURED = /-p50$|-p99$|^idle-|^workers|^access-log/;
/** Bare runtimes, ports of a special kind, and the load by itself. */
const NOT_PICTURED_SUBJECT = /^floor-|-mixed$|^no proxy$/;

/** Pixels. */
const WIDTH = 900, COLUMNS = 2, COLUMN = WIDTH / COLUMNS, MARGIN = 12;
const HEADER = 44, FOOTER = 26;
const TITLE = 34, ROW = 17, BAR = 10, GAP = 16;
/** In a column, where the bars begin, and the width of all the scale. */
const BARS_AT = 88, SCALE = 226;
/** The scale ends here at most; longer bars are cut, and say so. */
const MOST_RATIO = 4;

const STYLE = `text{font:11px sans-serif;fill:#1f2328}.h{font-size:15px;font-weight:600}
.t{font-weight:600}.s{fill:#59636e}.o{fill:#afb8c1}.g{fill:#1b7c83}
.w{stroke:#1f2328;fill:none}.l{stroke:#59636e;stroke-dasharray:2 2}.e{text-anchor:end}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.o{fill:#59636e}
.g{fill:#39c5cf}.w{stroke:#e6edf3}.l{stroke:#9198a1}}`;

/** Draws a report as an SVG of less than 30 KB. */
export function picture(report: PictureData): string {
  const workloads = report.workloads
    .filter(({ id }) => !NOT_PICTURED.test(id))
    .map(({ rows, ...rest }) => ({
      ...rest,
      // JSON has null for what isn't a number.
      rows: rows.filter(({ subject, median }) =>
        !NOT_PICTURED_SUBJECT.test(subject) && Number.isFinite(median)
      ),
    }))
    .filter(({ rows }) => rows.length > 0);
  const ends = new Array<number>(COLUMNS).fill(HEADER);
  const blocks = workloads.map((workload) => {
    // The shorter column goes on, the left one first.
    const column = ends.indexOf(Math.min(...ends));
    const at = { x: column * COLUMN + MARGIN, y: ends[column] };
    ends[column] += TITLE + workload.rows.length * ROW + GAP;
    return block(workload, at);
  });
  const height = Math.max(...ends) + FOOTER;
  const { machine, settings, date } = report;
  const about = `${machine.processor}, ${machine.cores} cores; medians of ${settings.rounds} ` +
    `rounds with the lowest and the highest; ${date.slice(0, 10)}`;
  const title = "What a request costs: less is better";
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t" ` +
    `viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<title id="t">${title}</title>
<style>${STYLE}</style>
<text class="h" x="${MARGIN}" y="24">${title}</text>
${blocks.join("\n")}
<text class="s" x="${MARGIN}" y="${height - 10}">${escape(about)}</text>
</svg>
`;
}

function block(
  { title, unit, base, rows }: PicturedWorkload,
  { x, y }: { x: number; y: number },
): string {
  const ends = rows.map((row) => highest(row));
  const most = Math.min(MOST_RATIO, Math.max(1, ...ends));
  const toX = (ratio: number) => BARS_AT + Math.min(ratio, most) / most * SCALE;
  const bottom = TITLE + rows.length * ROW - (ROW - BAR) / 2;
  const line = `<path class="l" d="M${pixels(toX(1))} ${TITLE - 4}V${pixels(bottom)}"/>`;
  const bars = rows.map((row, index) => bar(row, { top: TITLE + index * ROW, toX, most }));
  return `<g transform="translate(${x} ${y})">
<text class="t" y="12">${escape(title)}</text>
<text class="s" y="26">${escape(`${unit}, and as against ${base} (the line)`)}</text>
${bars.join("\n")}
${line}
</g>`;
}

function bar(
  row: PicturedRow,
  { top, toX, most }: { top: number; toX: (ratio: number) => number; most: number },
): string {
  const { subject, median, ratio } = row;
  const text = top + BAR - 1;
  const name = `<text class="e" x="${BARS_AT - 6}" y="${text}">${escape(subject)}</text>`;
  const figure = digits(median) + (ratio === null ? "" : ` ×${ratio.toFixed(2)}`);
  const value = `<text x="${BARS_AT + SCALE + 8}" y="${text}">${figure}</text>`;
  if (ratio === null) return name + value;
  const kind = subject.startsWith("genkan") ? "g" : "o";
  const width = pixels(toX(ratio) - BARS_AT);
  const rect =
    `<rect class="${kind}" x="${BARS_AT}" y="${top}" width="${width}" height="${BAR}" rx="1"/>`;
  const middle = top + BAR / 2;
  const [low, high] = [lowest(row), highest(row)].map((end) => pixels(toX(end)));
  const tick = (end: number) => `M${end} ${middle - 3}v6`;
  const highEnd = highest(row) > most ? `M${high - 3} ${middle - 3}l3 3l-3 3` : tick(high);
  const whisker = `<path class="w" d="M${low} ${middle}H${high}${tick(low)}${highEnd}"/>`;
  return name + rect + whisker + value;
}

/** A row's lowest and highest round by the base's median. */
function lowest({ min, median, ratio }: PicturedRow): number {
  return ratio === null || median === 0 ? 0 : min / median * ratio;
}
function highest({ max, median, ratio }: PicturedRow): number {
  return ratio === null || median === 0 ? 0 : max / median * ratio;
}

/** Three digits that count. */
function digits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function pixels(value: number): number {
  return Math.round(value * 10) / 10;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escape(text: string): string {
  return text.replace(/[&<>]/g, (char) => ESCAPES[char]);
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (file === undefined) {
    console.error("Cannot draw: no file given; deno task bench --json=FILE.json writes one");
    Deno.exit(2);
  }
  try {
    await Deno.writeTextFile(OUT, picture(JSON.parse(await Deno.readTextFile(file))));
  } catch (error) {
    console.error(`Cannot draw ${file}: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
