/**
 * The soak's command line.
 *
 * @module
 */

/** What was asked for. */
export type Options =
  | { readonly kind: "help" }
  | {
    readonly kind: "soak";
    /** How long the load lasts. */
    readonly seconds: number;
    /** Connections a second that are never given back: the soak must then fail. */
    readonly leak: number;
  };

/** Printed with `--help` and after a mistake. */
export const USAGE = `Usage: deno task soak [OPTION…]
  --seconds=N   how long the load lasts, 40 to 86400 (60); half as long again when memory grows until
                then, which it does while it warms up
  --leak=N      also open N WebSockets a second and never close them, 0 to 200 (0): a soak that
                finds leaks must fail then
  --help        this text

genkan with two workers under mixed load, with a reload every second and certificates that change.
Everything must be answered, and at the end memory, descriptors and gauges must be where they were.
GENKAN_BINARY=dist/genkan drives the executable instead of \`deno run\`.

Example: deno task soak --seconds=600`;

/** Less wouldn't tell growth from warming up. */
const MIN_SECONDS = 40;
const MAX_SECONDS = 86_400;
/** Beyond it this machine's ports and descriptors end first. */
const MAX_LEAK = 200;

/** Reads the command line; a string says what is wrong with it. */
export function parseOptions(args: readonly string[]): Options | string {
  const numbers = { seconds: 60, leak: 0 };
  for (const arg of args) {
    if (arg === "--help" || arg === "-h") return { kind: "help" };
    const match = /^--(seconds|leak)=(\d+)$/.exec(arg);
    if (match === null) return `Cannot read the command line: found ${arg}`;
    numbers[match[1] as keyof typeof numbers] = Number(match[2]);
  }
  const { seconds, leak } = numbers;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    return `Cannot run for ${seconds} seconds: ${MIN_SECONDS} to ${MAX_SECONDS}`;
  }
  if (leak > MAX_LEAK) return `Cannot leak ${leak} connections a second: at most ${MAX_LEAK}`;
  return { kind: "soak", ...numbers };
}
