/**
 * Counters and gauges. A name is made once, when its owner is made; counting is one addition into
 * a typed array, so that workers can share one (SharedArrayBuffer) and the main thread add them up.
 *
 * @module
 */

/** What a number belongs to: the second part of Envoy's stat names, and a Prometheus label. */
export type ScopeKind = "listener" | "http" | "cluster" | "tcp" | "server";

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
  /** The gauge `<kind>.<name>.<leaf>`, made when it is first asked for. */
  gauge(leaf: string): Gauge;
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
}
