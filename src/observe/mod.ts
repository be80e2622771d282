/**
 * What genkan tells of itself: the log on stderr, the access log on stdout, and the numbers behind
 * `/stats`. Nothing here does I/O of its own: text goes to a sink that is handed in.
 *
 * @module
 */

export type { AccessEntry } from "./access_entry.ts";
export { createStats } from "./counters.ts";
export type { Log, LogFields, LogLevel } from "./log.ts";
export type { Counter, Gauge, Scope, ScopeKind, StatReading, Stats } from "./stats.ts";
