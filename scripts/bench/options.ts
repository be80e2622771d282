/**
 * The benchmark's command line.
 *
 * @module
 */

import { MORE_SUBJECTS, SUBJECTS } from "./subjects.ts";
import { type TestId, TESTS } from "./workloads.ts";

/** Measurements of other kinds, which are made only when they are asked for. */
export const OTHERS = [
  ...["slow-clients", "workers", "access-log", "start"] as const,
  ...["latency", "idle", "first-answer"] as const,
] as const;

type OtherId = typeof OTHERS[number];

/** What `--tests=all` stands for: the workloads, and what genkan is to be measured by beside them. */
const ALL: readonly (TestId | OtherId)[] = [
  ...TESTS,
  ...["workers", "latency", "idle", "first-answer"] as const,
];

/** What was asked for. */
export interface Options {
  /** Rounds of each measurement, at least 3: a median of fewer says little. */
  readonly rounds: number;
  /** Seconds that a round of small requests lasts. */
  readonly seconds: number;
  /** Whether figures are only to be looked at: short warm-ups, few large bodies. */
  readonly isQuick: boolean;
  /** The proxies, by name. */
  readonly only: readonly string[];
  /** The measurements. */
  readonly tests: readonly TestId[];
  /** Those of other kinds. */
  readonly others: readonly OtherId[];
  /** Where to write all figures; null for nowhere. */
  readonly json: string | null;
}

const DEFAULT_NAMES = SUBJECTS.map(({ name }) => name);
const NAMES = [...SUBJECTS, ...MORE_SUBJECTS].map(({ name }) => name);

const QUICK = "--quick";
const WITH_VALUE = ["--rounds", "--seconds", "--only", "--tests", "--json"];

/** Printed after a mistake. */
export const USAGE = `Usage: deno task bench [OPTION=VALUE…]
  --rounds=N    rounds of each measurement, 3 to 20 (5)
  --seconds=N   seconds of a round, 1 to 60 (4)
  --only=A,B    proxies: ${DEFAULT_NAMES.join(", ")};
                or ${MORE_SUBJECTS.map(({ name }) => name).join(", ")}
  --tests=A,B   measurements: ${TESTS.slice(0, 6).join(", ")},
                ${TESTS.slice(6, 12).join(", ")},
                ${TESTS.slice(12).join(", ")};
                or ${OTHERS.join(", ")};
                or all: every one but slow-clients, access-log and start
  --quick       all of them, in 3 rounds of 1 second, to see whether they work
  --json=FILE   also write every round's figures

Example: deno task bench --rounds=3 --only=nginx,genkan-deno --tests=tls`;

/** Reads the command line; a string says what is wrong with it. `--x V` and `--x=V` are alike. */
export function parseOptions(args: readonly string[]): Options | string {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [name, ...rest] = args[at].split("=");
    if (args[at] === QUICK) {
      given.set(QUICK, "");
      continue;
    }
    const value = rest.length > 0 ? rest.join("=") : args[++at];
    if (!WITH_VALUE.includes(name)) {
      return `Cannot read the command line: found ${args[at] ?? name}`;
    }
    if (value === undefined) return `Cannot read ${name}: no value given`;
    given.set(name, value);
  }
  const isQuick = given.has(QUICK);
  const rounds = Number(given.get("--rounds") ?? (isQuick ? 3 : 5));
  const seconds = Number(given.get("--seconds") ?? (isQuick ? 1 : 4));
  if (!isWithin(rounds, 3, 20)) return `Cannot run ${given.get("--rounds")} rounds: 3 to 20`;
  if (!isWithin(seconds, 1, 60)) return `Cannot run ${given.get("--seconds")} seconds: 1 to 60`;
  const only = choose("--only", given.get("--only") ?? DEFAULT_NAMES.join(), NAMES);
  if (typeof only === "string") return only;
  const chosen = chooseTests(given.get("--tests") ?? (isQuick ? "all" : TESTS.join()));
  if (typeof chosen === "string") return chosen;
  const tests = TESTS.filter((id) => chosen.includes(id));
  const others = OTHERS.filter((id) => chosen.includes(id));
  return { rounds, seconds, isQuick, only, tests, others, json: given.get("--json") ?? null };
}

function chooseTests(value: string): readonly string[] | string {
  return value === "all" ? ALL : choose("--tests", value, [...TESTS, ...OTHERS]);
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function choose<T extends string>(
  option: string,
  value: string,
  known: readonly T[],
): readonly T[] | string {
  const words = value.split(",");
  const strange = words.find((word) => !(known as readonly string[]).includes(word));
  if (strange !== undefined) {
    return `Cannot read ${option}: found "${strange}", known are ${known.join(", ")}`;
  }
  return known.filter((word) => words.includes(word));
}
