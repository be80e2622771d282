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
  readonly value: number;
  /** Adds one. */
  inc(): void;
  /** Adds `n`, which is not negative. */
  add(n: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
  readonly value: number;
  inc(): void;
  dec(): void;
  set(value: number): void;
}

/** The numbers of one listener, HTTP filter, cluster or TCP filter. */
export interface Scope {
  /** The counter `<kind>.<name>.<leaf>`, made when it is first asked for. */
  counter(leaf: string): Counter;
  /** The gauge `<kind>.<name>.<leaf>`, made when it is first asked for. */
  gauge(leaf: string): Gauge;
}

/** All numbers of a server. */
export interface Stats {
  /** The same scope for the same kind and name. */
  scope(kind: ScopeKind, name: string): Scope;
}
