/**
 * The log: one line an event on stderr, for people and for grep.
 *
 * @module
 */

import { LineWriter, type Sink } from "./line_writer.ts";

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

/** A log that can be waited for. */
export interface FlushableLog extends Log {
  /** Resolves when every line so far was written or lost. Call it before the process ends. */
  flush(): Promise<void>;
}

const MAX_PENDING_CHARS = 1024 * 1024; // a stuck stderr must not take the memory

/**
 * Makes a log that writes lines such as
 * `2026-11-22T12:00:00.000Z warning cannot resolve cluster=app cause="no such host"`.
 * `now` gives milliseconds since 1970. Each line begins to leave at once; lines that come while
 * another is being written follow together.
 */
export function createLog(sink: Sink, { now }: { now: () => number }): FlushableLog {
  const writer = new LineWriter(sink, {
    schedule: (run) => run(),
    maxPending: MAX_PENDING_CHARS,
    onLoss: () => {}, // there is nowhere left to tell
  });
  const log = (level: LogLevel) => (message: string, fields: LogFields = {}): void => {
    writer.write(formatLogLine(now(), level, message, fields));
  };
  return {
    info: log("info"),
    warning: log("warning"),
    error: log("error"),
    flush: () => writer.flush(),
  };
}

function formatLogLine(time: number, level: LogLevel, message: string, fields: LogFields): string {
  let line = `${new Date(time).toISOString()} ${level} ${message.replace(UNPRINTABLE, escape)}`;
  for (const [key, value] of Object.entries(fields)) {
    line += ` ${key}=${typeof value === "string" ? quoteWhenNeeded(value) : value}`;
  }
  return `${line}\n`;
}

/** Controls, and what would begin a new line or turn its direction on a terminal. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

const BARE_WORD = /^[^\s"=\\]+$/;

function quoteWhenNeeded(value: string): string {
  if (BARE_WORD.test(value) && value.search(UNPRINTABLE) < 0) return value;
  return JSON.stringify(value).replace(UNPRINTABLE, escape);
}

function escape(char: string): string {
  const code = char.charCodeAt(0);
  if (char === "\n") return "\\n";
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
