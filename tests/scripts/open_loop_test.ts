import { isAtRest, memoryOf } from "../../scripts/bench/idle_memory.ts";
import { percentile } from "../../scripts/bench/open_loop_client.ts";
import { type Report, reportTable, slips } from "../../scripts/micro/report.ts";
import { assertEquals, assertMatch } from "../assert.ts";

Deno.test("A percentile is the least value that its share of all doesn't exceed", () => {
  const thousand = Float64Array.from({ length: 1000 }, (_, index) => index + 1);
  assertEquals([0.5, 0.99, 0.999].map((share) => percentile(thousand, share)), [500, 990, 999]);
  assertEquals(percentile(Float64Array.of(7), 0.999), 7);
});

Deno.test("Memory is added up over a program's processes", () => {
  const one = "00400000-7fff rollup\nRss: 100 kB\nPss: 60 kB\nPss_Anon: 9 kB\n" +
    "Private_Clean: 5 kB\nPrivate_Dirty: 40 kB\nSwapPss: 3 kB\n";
  assertEquals(memoryOf(one + one), { rss: 200, pss: 120, uss: 90 });
});

Deno.test("Memory is at rest once it hardly changed for a while, and not before", () => {
  const still = new Array<number>(20).fill(1000);
  assertEquals(isAtRest(still), true);
  assertEquals(isAtRest(still.slice(0, 10)), false);
  assertEquals(isAtRest([...still, 1050]), false);
});

function report(times: Readonly<Record<string, number>>): Report {
  const benches = Object.entries(times).map(([name, min]) => {
    return { name, results: [{ ok: { min, avg: min * 2 } }] };
  });
  return { benches };
}

Deno.test("A benchmark that got slower than noise is named, a new one isn't", () => {
  const before = report({ heads: 100, chunks: 100 });
  const now = report({ heads: 135, chunks: 125, routes: 9 });
  assertEquals(slips(now, before), ["heads"]);
  assertMatch(reportTable(now, before), /heads +\| 135\.0 +\| ×1\.35/);
});
