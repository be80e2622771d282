/**
 * What genkan tells of itself: the log on stderr, the access log on stdout, and the numbers behind
 * `/stats`. Nothing here does I/O of its own: text goes to a sink that is handed in.
 *
 * @module
 */

export { type AccessEntry, WITHOUT_REQUEST } from "./access_entry.ts";
export { AccessLog, type AccessLogOptions, formatAccessEntry } from "./access_log.ts";
export type {
  AnnouncedLimit,
  AnnouncedNumber,
  DroppedScope,
  StatAnnouncement,
} from "./announcement.ts";
export { CombinedStats, type StatSource } from "./combined_stats.ts";
export { type AnnouncingStats, createStats } from "./counters.ts";
export type { Sink } from "./line_writer.ts";
export { createLog, type FlushableLog, type Log, type LogFields, type LogLevel } from "./log.ts";
export { formatPrometheus } from "./prometheus.ts";
export {
  type Counter,
  type Gauge,
  type Merge,
  type Scope,
  type ScopeKind,
  statOwner,
  type StatReading,
  type Stats,
} from "./stats.ts";
export { Tallies, TallyBoard, type TallyShares } from "./tallies.ts";
export { SharedTally, type Tally } from "./tally.ts";
