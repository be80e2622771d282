/**
 * Where genkan is to be: its figure by that of another proxy in the same run, at most.
 *
 * @module
 */

import type { Figures } from "./figures.ts";
import { spread } from "./table.ts";

/** One of them. */
export interface Target {
  /** The measurement, as the JSON calls it. */
  readonly id: string;
  readonly subject: "genkan-deno" | "genkan-bun";
  /** Whom it is set against. */
  readonly base: string;
  /** The highest ratio of the medians. */
  readonly allowed: number;
}

/** A target, and what was measured. */
export interface Judgement {
  readonly base: string;
  readonly allowed: number;
  readonly ratio: number;
  readonly isMet: boolean;
}

/** All targets. */
export const TARGETS: readonly Target[] = [
  ...both("tls", "nginx", { deno: 1.25, bun: 1 }),
  { id: "tls", subject: "genkan-deno", base: "envoy", allowed: 0.9 },
  { id: "tls", subject: "genkan-deno", base: "caddy", allowed: 0.4 },
  ...both("plain", "nginx", { deno: 1.5, bun: 1.25 }),
  ...both("reencrypt", "nginx", { deno: 1.25, bun: 1 }),
  ...both("bulk-tls", "nginx", { deno: 0.7, bun: 0.65 }),
  ...both("passthrough", "haproxy", { deno: 1, bun: 1 }),
  ...both("new-tls", "haproxy", { deno: 1, bun: 1 }),
  ...both("idle", "nginx", { deno: 1, bun: 1 }),
  ...both("latency-plain-p999", "nginx", { deno: 2, bun: 1.5 }),
  ...both("latency-tls-p999", "nginx", { deno: 2, bun: 1.5 }),
];

function both(id: string, base: string, { deno, bun }: { deno: number; bun: number }): Target[] {
  return [
    { id, subject: "genkan-deno", base, allowed: deno },
    { id, subject: "genkan-bun", base, allowed: bun },
  ];
}

/** How a program stands to its targets in a measurement; those whose base wasn't measured are left out. */
export function judge(
  { id, rounds }: Pick<Figures, "id" | "rounds">,
  subject: string,
): Judgement[] {
  return TARGETS.flatMap((target) => {
    const own = rounds.get(subject), others = rounds.get(target.base);
    if (target.id !== id || target.subject !== subject) return [];
    if (own === undefined || others === undefined) return [];
    const ratio = spread(own).median / spread(others).median;
    return [{ base: target.base, allowed: target.allowed, ratio, isMet: ratio <= target.allowed }];
  });
}

/** As lines beneath a table, such as `met: genkan-bun, tls: 0.930 of 1.00 allowed, by nginx's figure`. */
export function judgements(figures: Pick<Figures, "id" | "rounds">): string[] {
  return [...figures.rounds.keys()].flatMap((subject) =>
    judge(figures, subject).map(({ base, ratio, allowed, isMet }) =>
      `${isMet ? "met" : "not met"}: ${subject}, ${figures.id}: ` +
      `${ratio.toFixed(3)} of ${allowed.toFixed(2)} allowed, by ${base}'s figure`
    )
  );
}
