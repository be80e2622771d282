/**
 * Counters and gauges. A name is made once, when its owner is made; counting is one addition into
 * memory that threads share, so that each worker counts for itself and the main thread adds up.
 *
 * @module
 */

import type { SharedTally } from "./tally.ts";

/** What a number belongs to: the second part of Envoy's stat names, and a Prometheus label. */
export type ScopeKind = "listener" | "http" | "cluster" | "tcp" | "server";

/**
 * What a gauge of several workers stands at: the sum of theirs, or the greatest, which is for what
 * each of them says of the whole.
 */
export type Merge = "sum" | "max";

/** A number that only grows. */
export interface Counter {
  /** What was counted so far. */
  readonly value: number;
  /** Adds one. */
  inc(): void;
  /** Adds `n`, which is not negative. */
  add(n: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
  /** What it stands at. */
  readonly value: number;
  /** Adds one. */
  inc(): void;
  /** Takes one away. */
  dec(): void;
  /** Puts it at `value`. */
  set(value: number): void;
}

/** The numbers of one listener, HTTP filter, cluster or TCP filter. */
export interface Scope {
  /** The counter `<kind>.<name>.<leaf>`, made when it is first asked for. */
  counter(leaf: string): Counter;
  /**
   * The gauge `<kind>.<name>.<leaf>`, made when it is first asked for. `merge` is "sum" unless it
   * says otherwise then.
   */
  gauge(leaf: string, options?: { readonly merge?: Merge }): Gauge;
  /**
   * Makes the gauge `<kind>.<name>.<leaf>`, which nobody keeps: it is 1 whenever `tally` stands at
   * `max` or more, else 0. Another of the same name replaces it.
   */
  limit(leaf: string, tally: SharedTally, max: number): void;
}

/** One number as it stands, for printing. */
export interface StatReading {
  /** What may happen to it. */
  readonly kind: "counter" | "gauge";
  /** What it belongs to. */
  readonly scope: ScopeKind;
  /** The owner's name as it stands in `name`; empty for the server's own numbers. */
  readonly owner: string;
  /** The last part of the name, such as `upstream_rq_200`. */
  readonly leaf: string;
  /** Envoy's whole name, such as `cluster.app.upstream_rq_200`. */
  readonly name: string;
  /** What it stood at when it was read. */
  readonly value: number;
  /** True when it was ever written, even if it is 0 again. (Envoy: `usedonly`) */
  readonly used: boolean;
}

/** All numbers of a server. */
export interface Stats {
  /**
   * The same scope for the same kind and name. The name is taken as configured: what can't stand
   * in a stat's name is replaced, so that `127.0.0.1:10000` counts as `127.0.0.1_10000`. An empty
   * name gives `<kind>.<leaf>`, which is how the server's own numbers are named.
   */
  scope(kind: ScopeKind, name: string): Scope;
  /** Every number there is, sorted by Envoy's name. */
  readings(): StatReading[];
  /**
   * Forgets every scope that isn't wanted. `owner` is the name as it is shown: `statOwner` of the
   * configured one. A scope that comes back by the same name begins anew; whoever still holds a
   * number of the old one may go on writing to it, and nobody reads it.
   */
  keepOnly(isWanted: (kind: ScopeKind, owner: string) => boolean): void;
}

/**
 * A configured name as it stands in the names of numbers: as Envoy's `sanitizeStatsName`, and with
 * control characters replaced too, since a name is one line. `0.0.0.0:443` gives `0.0.0.0_443`.
 */
export function statOwner(name: string): string {
  return name
    .replace(/^\.|\.$/g, "")
    .replaceAll("://", "_")
    .replaceAll(":/", "_")
    // deno-lint-ignore no-control-regex
    .replace(/[:\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "_");
}
