import { type AccessEntry, AccessLog, formatAccessEntry, type Log } from "../../src/observe/mod.ts";
import { assert, assertEquals } from "../assert.ts";

const REQUEST: AccessEntry = {
  startTime: Date.UTC(2026, 10, 22, 12, 14, 24, 279),
  method: "GET",
  path: "/a?x=1",
  protocol: "HTTP/1.1",
  status: 200,
  flags: [],
  bytesReceived: 0,
  bytesSent: 5,
  durationMs: 1.9,
  upstreamServiceTimeMs: 0.4,
  forwardedFor: "192.0.2.7",
  userAgent: "curl/7.88.1",
  requestId: "f2c7c2a6-9557-4fff-ac76-ba29e78052d8",
  authority: "localhost:10000",
  upstreamHost: "[::1]:19902",
};

const CONNECTION: AccessEntry = {
  ...REQUEST,
  method: null,
  path: null,
  protocol: null,
  status: 0,
  upstreamServiceTimeMs: null,
  forwardedFor: null,
  userAgent: null,
  requestId: null,
  authority: null,
};

Deno.test("A request's line is Envoy's", () => {
  assertEquals(
    formatAccessEntry(REQUEST),
    '[2026-11-22T12:14:24.279Z] "GET /a?x=1 HTTP/1.1" 200 - 0 5 1 0 "192.0.2.7" "curl/7.88.1" ' +
      '"f2c7c2a6-9557-4fff-ac76-ba29e78052d8" "localhost:10000" "[::1]:19902"\n',
  );
});

Deno.test("A connection's line is Envoy's", () => {
  assertEquals(
    formatAccessEntry({ ...CONNECTION, bytesReceived: 80, bytesSent: 120 }),
    '[2026-11-22T12:14:24.279Z] "- - -" 0 - 80 120 1 - "-" "-" "-" "-" "[::1]:19902"\n',
  );
});

Deno.test("A request that could not be read keeps its protocol, its status and its flag", () => {
  const refused = { ...CONNECTION, protocol: "HTTP/1.1", status: 400, flags: ["DPE"] };
  assertEquals(
    formatAccessEntry({ ...refused, bytesSent: 11, durationMs: 0, upstreamHost: null }),
    '[2026-11-22T12:14:24.279Z] "- - HTTP/1.1" 400 DPE 0 11 0 - "-" "-" "-" "-" "-"\n',
  );
});

Deno.test("Several flags are joined by commas, and an empty header isn't an absent one", () => {
  const line = formatAccessEntry({ ...REQUEST, flags: ["UF", "URX"], userAgent: "" });
  assert(line.includes(" 200 UF,URX 0 "), line);
  assert(line.includes('"192.0.2.7" "" "f2c7'), line);
});

Deno.test("What a client sends can't forge a field, a line or an escape", () => {
  const evil = 'a"b\\x22\r\n[2026] "GET /forged\t\x1b[2J\x7f\x9b\xe9';
  const line = formatAccessEntry({ ...REQUEST, userAgent: evil, path: '/"' });
  assert(
    line.includes(
      '"a\\x22b\\x5Cx22\\x0D\\x0A[2026] \\x22GET /forged\\x09\\x1B[2J\\x7F\\x9B\\xE9"',
    ),
    line,
  );
  assert(line.includes('"GET /\\x22 HTTP/1.1"'), line);
  assertEquals(line.split("\n").length, 2);
  assert(/^[ -~]*\n$/.test(line), line);
});

Deno.test("Text wider than latin1 is written as its UTF-8 bytes", () => {
  const line = formatAccessEntry({ ...REQUEST, authority: "玄.test😀" });
  assert(line.includes('"\\xE7\\x8E\\x84.test\\xF0\\x9F\\x98\\x80"'), line);
});

Deno.test("Times within a second and across seconds print as toISOString does", () => {
  const start = Date.UTC(2026, 11, 31, 23, 59, 59, 0);
  for (const offset of [0, 1, 9, 10, 99, 100, 998, 999, 1000, 1001, 5, 61_000, 0]) {
    const line = formatAccessEntry({ ...REQUEST, startTime: start + offset });
    assertEquals(line.slice(1, 25), new Date(start + offset).toISOString());
  }
});

Deno.test("Lines of one turn leave in one write, in order, and flush() waits for them", async () => {
  const writes: string[] = [];
  const log = new AccessLog((text) => Promise.resolve(void writes.push(text)), { log: silent() });
  log.write({ ...REQUEST, path: "/1" });
  log.write({ ...REQUEST, path: "/2" });
  assertEquals(writes, [], "write() itself writes nothing");
  await log.flush();
  assertEquals(writes.length, 1);
  assertEquals(writes[0].match(/GET \/\d/g), ["GET /1", "GET /2"]);
});

Deno.test("Lines leave without a flush", async () => {
  const written = Promise.withResolvers<string>();
  const log = new AccessLog((text) => Promise.resolve(written.resolve(text)), { log: silent() });
  log.write(REQUEST);
  assertEquals(await written.promise, formatAccessEntry(REQUEST));
});

Deno.test("A sink too slow loses lines beyond the bound, counts them and tells of it once", async () => {
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const writes: string[] = [];
  const warnings: string[] = [];
  const line = formatAccessEntry(REQUEST);
  const log = new AccessLog((text) => {
    writes.push(text);
    began.resolve();
    return gate.promise;
  }, {
    log: { ...silent(), warning: (message) => warnings.push(message) },
    maxPending: 3 * line.length,
  });
  log.write(REQUEST);
  await began.promise;
  for (let i = 0; i < 10; i++) log.write(REQUEST);
  assertEquals(log.dropped, 7);
  gate.resolve();
  await log.flush();
  assertEquals(writes, [line, line + line + line]);
  assertEquals(warnings, ["Access log lines are lost: check what reads stdout"]);
});

function silent(): Log {
  return { info: () => {}, warning: () => {}, error: () => {} };
}
