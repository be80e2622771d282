/**
 * The fuzzer's command line.
 *
 * @module
 */

/** What was asked for. */
export type Options =
  | { readonly kind: "help" }
  /** `seed` is null for one of chance. */
  | { readonly kind: "fuzz"; readonly seconds: number; readonly seed: number | null }
  | { readonly kind: "replay"; readonly file: string };

/** Printed with `--help` and after a mistake. */
export const USAGE = `Usage: deno task fuzz [OPTION…]
  --seconds=N    how long, 1 to 86400 (60)
  --seed=N       0 to 4294967295: same seed, same inputs (one of chance, which is printed)
  --replay=FILE  judge an input again that failed
  --help         this text

Edits of a corpus go through genkan's HTTP/1.1 codec. However their bytes are split they must mean
the same, also to a second reader and when written again. An input of which that doesn't hold is
written to dist/, and the exit code is 1.

Example: deno task fuzz --seconds=300 --seed=7`;

const MAX_SECONDS = 86_400;
const MAX_SEED = 0xffff_ffff;

/** Reads the command line; a string says what is wrong with it. */
export function parseOptions(args: readonly string[]): Options | string {
  const given = new Map<string, string>();
  for (const arg of args) {
    if (arg === "--help" || arg === "-h") return { kind: "help" };
    const match = /^--(seconds|seed|replay)=(.+)$/.exec(arg);
    if (match === null) return `Cannot read the command line: found ${arg}`;
    given.set(match[1], match[2]);
  }
  const file = given.get("replay");
  if (file !== undefined) {
    return given.size === 1
      ? { kind: "replay", file }
      : "Cannot replay: found other options beside";
  }
  const seconds = given.get("seconds") ?? "60", seed = given.get("seed");
  if (!isWithin(seconds, 1, MAX_SECONDS)) {
    return `Cannot run for ${seconds} seconds: 1 to ${MAX_SECONDS}`;
  }
  if (seed !== undefined && !isWithin(seed, 0, MAX_SEED)) {
    return `Cannot use the seed ${seed}: 0 to ${MAX_SEED}`;
  }
  return { kind: "fuzz", seconds: Number(seconds), seed: seed === undefined ? null : Number(seed) };
}

function isWithin(text: string, low: number, high: number): boolean {
  return /^[0-9]+$/.test(text) && Number(text) >= low && Number(text) <= high;
}
