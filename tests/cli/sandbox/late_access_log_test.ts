import { LateAccessLog } from "../../../src/cli/sandbox/late_access_log.ts";
import type { AccessEntry, Log } from "../../../src/observe/mod.ts";
import { assertEquals } from "../../assert.ts";

const silent: Log = { info() {}, warning() {}, error() {} };

function entryAt(startTime: number): AccessEntry {
  return {
    startTime,
    method: "GET",
    path: `/${startTime}`,
    protocol: "HTTP/1.1",
    status: 200,
    flags: [],
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 1,
    upstreamServiceTimeMs: null,
    forwardedFor: null,
    userAgent: null,
    requestId: null,
    authority: null,
    upstreamHost: null,
  };
}

Deno.test("What began before the sandbox was ready isn't logged, even when it ends later", async () => {
  let lines = "";
  const accessLog = new LateAccessLog((text) => {
    lines += text;
    return Promise.resolve();
  }, { log: silent });
  accessLog.write(entryAt(1));
  accessLog.since = 10;
  accessLog.write(entryAt(9));
  accessLog.write(entryAt(10));
  await accessLog.flush();
  assertEquals(lines.match(/GET \/\d+/g), ["GET /10"]);
});
