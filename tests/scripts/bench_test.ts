import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { ticksOf } from "../../scripts/bench/cpu.ts";
import { readWrk } from "../../scripts/bench/load.ts";
import { parseOptions } from "../../scripts/bench/options.ts";
import { type Round, spread, table } from "../../scripts/bench/table.ts";
import { SMALL_BODY } from "../../scripts/bench/upstream.ts";

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
  const text = table({
    title: "A test",
    unit: "us",
    rounds: new Map([["nginx", [round(10_000)]], ["genkan-deno", [round(18_000)]]]),
  });
  assertMatch(text, /genkan-deno +\| 18\.0 \(18\.0–18\.0\) +\| 1\.80 /);
});

Deno.test("Without nginx ratios are to the first", () => {
  const rounds = new Map([["haproxy", [round(10_000)]]]);
  assertMatch(table({ title: "A test", unit: "us", rounds }), /× haproxy .*10\.0\) +\| 1\.00 /s);
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
  assertEquals([usual.others, usual.tests.length], [[], 5]);
  assertEquals([slow.others, slow.tests.length], [["slow-clients"], 0]);
});

Deno.test("A wrong option of the benchmark is named", () => {
  assertMatch(String(parseOptions(["--round=3"])), "found --round=3");
  assertMatch(String(parseOptions(["--only=ngnix"])), `found "ngnix", known are nginx`);
  assertMatch(String(parseOptions(["--rounds=2"])), "Cannot run 2 rounds: 3 to 20");
  assertMatch(String(parseOptions(["--json"])), "no value given");
});
