import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { ticksOf } from "../../scripts/bench/cpu.ts";
import { checkH2load, readWrk } from "../../scripts/bench/load.ts";
import { parseOptions } from "../../scripts/bench/options.ts";
import { Programs } from "../../scripts/bench/process.ts";
import { Progress } from "../../scripts/bench/progress.ts";
import { figuresOf, reported } from "../../scripts/bench/report.ts";
import { type Result, type Round, spread, table } from "../../scripts/bench/table.ts";
import { judge, judgements, TARGETS } from "../../scripts/bench/targets.ts";
import { SMALL_BODY } from "../../scripts/bench/upstream.ts";
import { TESTS, WORKLOADS } from "../../scripts/bench/workloads.ts";

const WRK = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.20ms  500.00us  10.00ms   90.00%
  Latency Distribution
     50%    1.10ms
     75%    1.30ms
     90%    1.50ms
     99%  870.00us
  100000 requests in 2.00s, 20.00MB read
Requests/sec:  50000.12
Transfer/sec:     10.00MB
`;

function round(cpuMicros: number, requests = 1000): Round {
  return { cpuMicros, requests, rate: 5000, p99Ms: 2 };
}

/** A result with one round's CPU time a program, in microseconds a request. */
function result(id: string, micros: Readonly<Record<string, number>>, base = "nginx"): Result {
  const rounds = Object.entries(micros).map(([name, each]) =>
    [name, [round(each * 1000)]] as const
  );
  return { id, title: "A test", unit: "us", base, rounds: new Map(rounds) };
}

Deno.test("The small answer has the 67 bytes that the tables speak of", () => {
  assertEquals(new TextEncoder().encode(SMALL_BODY).length, 67);
});

Deno.test("wrk's answer is read, whatever unit its latency has", () => {
  assertEquals(readWrk(WRK), { requests: 100000, rate: 50000.12, p99Ms: 0.87 });
  assertEquals(readWrk(WRK.replace("870.00us", "1.02s")).p99Ms, 1020);
});

Deno.test("A load with failed requests gives no figures", () => {
  const failed = WRK.replace("Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec");
  assertMatch(assertThrows(() => readWrk(failed), Error).message, "responses: 7");
  const reset = WRK.replace("Requests/sec", "  Socket errors: connect 0, read 3\nRequests/sec");
  assertMatch(assertThrows(() => readWrk(reset), Error).message, "read 3");
});

Deno.test("CPU ticks are read behind a name with spaces and parentheses", () => {
  const line = "42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 1 0 100 1000 10";
  assertEquals(ticksOf(line), 281);
});

Deno.test("A spread is the median with its range", () => {
  assertEquals(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assertEquals(spread([4, 1, 2, 3]).median, 2.5);
});

Deno.test("The table compares CPU a request with nginx's", () => {
  const text = table(result("plain", { nginx: 10, "genkan-deno": 18 }));
  assertMatch(text, /genkan-deno +\| 18\.0 \(18\.0–18\.0\) +\| 1\.80 /);
});

Deno.test("The table compares with the result's own base, or the first where that isn't there", () => {
  const text = table(result("passthrough", { nginx: 5, haproxy: 10, envoy: 20 }, "haproxy"));
  assertMatch(text, /× haproxy .*envoy +\| 20\.0 [^|]+\| 2\.00 /s);
  assertMatch(table(result("plain", { haproxy: 10 })), /× haproxy .*10\.0\) +\| 1\.00 /s);
});

Deno.test("A table of programs compared with themselves has no ratio where one of a pair is missing", () => {
  const text = table(result("workers-plain", { "a, 2 workers": 10 }), () => "a, 1 worker");
  assertMatch(text, /a, 2 workers \| 10\.0 \(10\.0–10\.0\) \| – /);
});

Deno.test("wrk's bytes have to be those of the answers", () => {
  assertEquals(readWrk(WRK, 200).requests, 100000);
  assertMatch(assertThrows(() => readWrk(WRK, 300), Error).message, "not 300 each");
  const none = WRK.replace("100000 requests", "0 requests");
  assertMatch(assertThrows(() => readWrk(none), Error).message, "nothing was answered");
});

Deno.test("h2load's answers have to be as many as its connections, and good", () => {
  const text = (good: number) =>
    `requests: 100 total, 100 done, ${good} succeeded\nstatus codes: ${good} 2xx, 0 3xx\n`;
  checkH2load(text(100), 100);
  assertMatch(assertThrows(() => checkH2load(text(99), 100), Error).message, "got 99 of 100");
  assertMatch(
    assertThrows(() => checkH2load("no", 100), Error).message,
    "got 0 of 100 answers: no",
  );
});

Deno.test("A target is met up to the ratio that is allowed, and not above", () => {
  const { rounds } = figuresOf(result("tls", { nginx: 20, "genkan-deno": 25, "genkan-bun": 21 }));
  assertEquals(judge({ id: "tls", rounds }, "genkan-deno"), [
    { base: "nginx", allowed: 1.25, ratio: 1.25, isMet: true },
  ]);
  assertEquals(judge({ id: "tls", rounds }, "genkan-bun").map(({ isMet }) => isMet), [false]);
  assertEquals(judge({ id: "tls", rounds }, "nginx"), []);
  assertEquals(judge({ id: "workers-tls", rounds }, "genkan-bun"), []);
  assertEquals(judgements({ id: "tls", rounds }), [
    "met: genkan-deno, tls: 1.250 of 1.25 allowed, by nginx's figure",
    "not met: genkan-bun, tls: 1.050 of 1.00 allowed, by nginx's figure",
  ]);
});

Deno.test("Every target is of a measurement that there is", () => {
  const others = ["idle", "latency-plain-p999", "latency-tls-p999"];
  const known: readonly string[] = [...TESTS, ...others];
  assertEquals(TARGETS.filter(({ id }) => !known.includes(id)), []);
  assertEquals(WORKLOADS.map(({ id }) => id), [...TESTS]);
});

Deno.test("The report has each program's median, range, ratio, targets and rounds", () => {
  const rounds = new Map([
    ["nginx", [round(10_000), round(30_000), round(20_000)]],
    ["genkan-bun", [round(20_000), round(22_000), round(24_000)]],
  ]);
  const given = { ...result("plain", {}), rounds };
  assertEquals(JSON.parse(JSON.stringify(reported(figuresOf(given)))), {
    id: "plain",
    title: "A test",
    unit: "µs CPU/request",
    base: "nginx",
    rows: [
      {
        ...{ subject: "nginx", median: 20, min: 10, max: 30, ratio: 1 },
        targets: [],
        rounds: [10, 30, 20],
      },
      {
        ...{ subject: "genkan-bun", median: 22, min: 20, max: 24, ratio: 1.1 },
        targets: [{ base: "nginx", allowed: 1.25, ratio: 1.1, isMet: true }],
        rounds: [20, 22, 24],
      },
    ],
  });
});

Deno.test("A large body's CPU is told in milliseconds", () => {
  const large = { ...result("bulk-tls", { nginx: 80_000 }), unit: "ms" } as const;
  assertEquals(figuresOf(large).rounds.get("nginx"), [80]);
});

Deno.test("Progress tells what is left by the time that the work took so far", () => {
  let now = 0;
  const lines: string[] = [];
  const progress = new Progress({ now: () => now, print: (line) => lines.push(line) });
  progress.plan(100);
  progress.plan(100);
  now = 20_000;
  progress.did(10, "one");
  now = 21_000;
  progress.did(1, "too soon to say anything");
  progress.skip(180);
  now = 40_000;
  progress.did(4, "two");
  assertEquals(lines, [
    "one; 6 min left of these tables",
    "two; 13 s left of these tables",
  ]);
});

Deno.test("Once the run has ended nothing is started any more", async () => {
  const programs = new Programs();
  assert(await programs.says(["deno", "--version"]) !== null);
  await programs.end();
  const attempt = programs.output(["deno", "--version"]);
  const error = await attempt.then(() => null, (error: Error) => error);
  assertMatch(String(error), "the benchmark was ended");
});

Deno.test("The benchmark's options are read in both spellings", () => {
  const options = parseOptions(["--rounds=3", "--only", "haproxy,nginx", "--json=out.json"]);
  assert(typeof options !== "string");
  assertEquals(options.rounds, 3);
  assertEquals(options.only, ["nginx", "haproxy"]);
  assertEquals(options.json, "out.json");
});

Deno.test("Slow clients are measured only when they are asked for", () => {
  const usual = parseOptions([]), slow = parseOptions(["--tests=slow-clients"]);
  assert(typeof usual !== "string" && typeof slow !== "string");
  assertEquals([usual.others, usual.tests], [[], [...TESTS]]);
  assertEquals([slow.others, slow.tests.length], [["slow-clients"], 0]);
});

Deno.test("A quick run is one of all measurements, and what is said beside it counts", () => {
  const quick = parseOptions(["--quick"]);
  assert(typeof quick !== "string");
  assertEquals([quick.isQuick, quick.rounds, quick.seconds], [true, 3, 1]);
  assertEquals(quick.tests, [...TESTS]);
  assertEquals(quick.others, ["workers", "latency", "idle", "first-answer"]);
  const less = parseOptions(["--quick", "--rounds=4", "--tests", "tls", "--only=floor-deno"]);
  assert(typeof less !== "string");
  assertEquals([less.isQuick, less.rounds, less.tests], [true, 4, ["tls"]]);
  assertEquals(less.only, ["floor-deno"]);
});

Deno.test("Floors and mixed ports are measured only when they are asked for", () => {
  const usual = parseOptions(["--tests=all"]);
  assert(typeof usual !== "string");
  const names = ["nginx", "haproxy", "caddy", "envoy", "genkan-deno", "genkan-bun"];
  assertEquals([...usual.only], names);
});

Deno.test("A wrong option of the benchmark is named", () => {
  assertMatch(String(parseOptions(["--round=3"])), "found --round=3");
  assertMatch(String(parseOptions(["--only=ngnix"])), `found "ngnix", known are nginx`);
  assertMatch(String(parseOptions(["--rounds=2"])), "Cannot run 2 rounds: 3 to 20");
  assertMatch(String(parseOptions(["--json"])), "no value given");
});
