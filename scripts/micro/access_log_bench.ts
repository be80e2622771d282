/**
 * A line of the access log.
 *
 * @module
 */

import { formatAccessEntry } from "../../src/observe/mod.ts";

const ENTRY = {
  method: "GET",
  path: "/articles/2026/11/a-proxy-in-typescript?page=2&sort=newest",
  protocol: "HTTP/1.1",
  status: 200,
  flags: [],
  bytesReceived: 0,
  bytesSent: 67,
  durationMs: 1.25,
  upstreamServiceTimeMs: 1,
  forwardedFor: "127.0.0.1",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  requestId: "01234567-89ab-cdef-0123-456789abcdef",
  authority: "www.example.com",
  upstreamHost: "127.0.0.1:3000",
} as const;

let startTime = 1_700_000_000_000;
let line = "";

Deno.bench("format a line of the access log", () => {
  // As under load: some tens of requests in the same millisecond, many in the same second.
  line = formatAccessEntry({ ...ENTRY, startTime: startTime += 0.05 });
});

/** The last line. */
export function lastLine(): string {
  return line;
}
