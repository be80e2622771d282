/**
 * The access log: one line a request or connection, in Envoy's default format.
 *
 * @module
 */

import type { AccessEntry } from "./access_entry.ts";
import { LineWriter, type Sink } from "./line_writer.ts";
import type { Log } from "./log.ts";

const MAX_PENDING_CHARS = 1024 * 1024;

/** Where access log lines go. Writing a line costs the request that it tells of no waiting. */
export class AccessLog {
  readonly #writer: LineWriter;

  /**
   * `sink` writes a text of whole lines. Lines leave within about a millisecond, or `gatherMs`, all
   * that have come by then in one write: a write for each line costs 17 µs of CPU on Deno, gathering
   * 2 µs.
   * While a write is under way up to `maxPending` characters (1 MiB by default) wait; lines beyond
   * that are dropped, which `log` tells of once.
   */
  constructor(
    sink: Sink,
    { log, gatherMs = 0, maxPending = MAX_PENDING_CHARS }: AccessLogOptions,
  ) {
    this.#writer = new LineWriter(sink, {
      schedule: (run) => setTimeout(run, gatherMs),
      maxPending,
      onLoss: (reason) =>
        log.warning("Access log lines are lost: check what reads stdout", { reason }),
    });
  }

  /** How many lines were lost so far. */
  get dropped(): number {
    return this.#writer.dropped;
  }

  /** Takes a finished request or connection. */
  write(entry: AccessEntry): void {
    this.#writer.write(formatAccessEntry(entry));
  }

  /** Resolves when every line so far was written or lost: for the stop. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }
}

/** What an access log needs besides its sink. */
export interface AccessLogOptions {
  /** Told once that lines are lost. */
  readonly log: Log;
  /** How long lines are gathered, milliseconds; until the event loop's next turn without it. */
  readonly gatherMs?: number;
  /** Characters that may wait for a slow sink. */
  readonly maxPending?: number;
}

/**
 * One line in Envoy's default format, with its newline:
 *
 * `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE%
 * %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%
 * "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%"
 * "%UPSTREAM_HOST%"`
 *
 * What is unset is `-`. Envoy writes the bytes that a client sent as they came, so that a quote or
 * an escape sequence in a user-agent can forge fields; here `"`, `\`, controls and everything past
 * ASCII are written as `\xNN`, as nginx does.
 */
export function formatAccessEntry(entry: AccessEntry): string {
  const { status, bytesReceived, bytesSent, upstreamServiceTimeMs: upstream } = entry;
  const flags = entry.flags.length === 0 ? "-" : entry.flags.join(",");
  return `[${timestamp(entry.startTime)}] "${field(entry.method)} ${field(entry.path)} ${
    field(entry.protocol)
  }" ${status} ${flags} ${bytesReceived} ${bytesSent} ${Math.trunc(entry.durationMs)} ${
    upstream === null ? "-" : Math.trunc(upstream)
  } "${field(entry.forwardedFor)}" "${field(entry.userAgent)}" "${field(entry.requestId)}" "${
    field(entry.authority)
  }" "${field(entry.upstreamHost)}"\n`;
}

const UNSAFE = /[^ !#-[\]-~]/u;
const EACH_UNSAFE = /[^ !#-[\]-~]/gu;

function field(value: string | null): string {
  if (value === null) return "-";
  return UNSAFE.test(value) ? value.replace(EACH_UNSAFE, escape) : value;
}

/** `\xNN` for a byte. Text here is latin1; anything wider is written as its UTF-8 bytes. */
function escape(char: string): string {
  const code = char.charCodeAt(0);
  const bytes = code < 0x100 ? [code] : encoder.encode(char);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

const encoder = new TextEncoder();

let secondOfPrefix = NaN;
let prefix = "";

/** As `Date.toISOString`, whose cost is most of a line's: all but the milliseconds is kept. */
function timestamp(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== secondOfPrefix) {
    secondOfPrefix = second;
    prefix = new Date(second * 1000).toISOString().slice(0, 20); // `2026-11-22T12:00:00.`
  }
  const ms = Math.trunc(time - second * 1000);
  return `${prefix}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
}
