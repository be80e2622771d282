/**
 * The log: one line an event on stderr, for people and for grep.
 *
 * @module
 */

/** What a log line may carry besides its sentence; printed as `key=value`, strings quoted when needed. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** How much a line matters. */
export type LogLevel = "info" | "warning" | "error";

/** Where the program tells what happens. */
export interface Log {
  /** Something happened as it should. */
  info(message: string, fields?: LogFields): void;
  /** Something is unsafe or went wrong without stopping anything. */
  warning(message: string, fields?: LogFields): void;
  /** Something failed. */
  error(message: string, fields?: LogFields): void;
}
