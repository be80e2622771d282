/**
 * The benchmark's command line.
 *
 * @module
 */

import { SUBJECTS } from "./subjects.ts";

/** The measurements that there are. */
export const TESTS = ["plain", "tls", "new-tls", "bulk-plain", "bulk-tls"] as const;

/** Measurements of other kinds, which are made only when they are asked for. */
export const OTHERS = [
  ...["slow-clients", "workers", "access-log", "start"] as const,
  ...["latency", "idle", "first-answer"] as const,
] as const;

/** What was asked for. */
export interface Options {
  /** Rounds of each measurement, at least 3: a median of fewer says little. */
  readonly rounds: number;
  /** Seconds that a round of small requests lasts. */
  readonly seconds: number;
  /** The proxies, by name. */
  readonly only: readonly string[];
  /** The measurements. */
  readonly tests: readonly (typeof TESTS[number])[];
  /** Those of other kinds. */
  readonly others: readonly (typeof OTHERS[number])[];
  /** Where to write every round's figures; null for nowhere. */
  readonly json: string | null;
}

const NAMES = SUBJECTS.map(({ name }) => name);
/** Those with a mixed port are compared with each other, not with other proxies. */
const DEFAULT_NAMES = NAMES.filter((name) => !name.endsWith("-mixed"));

/** Printed after a mistake. */
export const USAGE = `Usage: deno task bench [OPTION=VALUE…]
  --rounds=N    rounds of each measurement, 3 to 20 (5)
  --seconds=N   seconds of a round, 1 to 60 (4)
  --only=A,B    proxies: ${NAMES.join(", ")}
  --tests=A,B   measurements: ${TESTS.join(", ")};
                or ${OTHERS.join(", ")}
  --json=FILE   also write every round's figures

Example: deno task bench --rounds=3 --only=nginx,genkan-deno --tests=tls`;

/** Reads the command line; a string says what is wrong with it. `--x V` and `--x=V` are alike. */
export function parseOptions(args: readonly string[]): Options | string {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [name, ...rest] = args[at].split("=");
    const value = rest.length > 0 ? rest.join("=") : args[++at];
    if (!["--rounds", "--seconds", "--only", "--tests", "--json"].includes(name)) {
      return `Cannot read the command line: found ${args[at] ?? name}`;
    }
    if (value === undefined) return `Cannot read ${name}: no value given`;
    given.set(name, value);
  }
  const rounds = Number(given.get("--rounds") ?? 5);
  const seconds = Number(given.get("--seconds") ?? 4);
  if (!isWithin(rounds, 3, 20)) return `Cannot run ${given.get("--rounds")} rounds: 3 to 20`;
  if (!isWithin(seconds, 1, 60)) return `Cannot run ${given.get("--seconds")} seconds: 1 to 60`;
  const only = choose("--only", given.get("--only") ?? DEFAULT_NAMES.join(), NAMES);
  if (typeof only === "string") return only;
  const chosen = choose("--tests", given.get("--tests") ?? TESTS.join(), [...TESTS, ...OTHERS]);
  if (typeof chosen === "string") return chosen;
  const tests = TESTS.filter((id) => chosen.includes(id));
  const others = OTHERS.filter((id) => chosen.includes(id));
  return { rounds, seconds, only, tests, others, json: given.get("--json") ?? null };
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function choose<T extends string>(
  option: string,
  value: string | undefined,
  known: readonly T[],
): readonly T[] | string {
  const words = value?.split(",") ?? known;
  const strange = words.find((word) => !(known as readonly string[]).includes(word));
  if (strange !== undefined) {
    return `Cannot read ${option}: found "${strange}", known are ${known.join(", ")}`;
  }
  return known.filter((word) => words.includes(word));
}
