import { picture, type PictureData } from "../../scripts/bench/picture.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

const SUBJECTS = ["nginx", "haproxy", "caddy", "envoy", "genkan-deno", "genkan-bun"];

function workload(id: string, ratio = 2, max = 22): PictureData["workloads"][number] {
  const rows = SUBJECTS.map((subject) => ({ subject, median: 20, min: 18, max, ratio }));
  return { id, title: `A <b> & c, ${id}`, unit: "µs", base: "nginx", rows };
}

function draw(...workloads: PictureData["workloads"]): string {
  return picture({
    date: "2026-11-22T12:00:00Z",
    settings: { rounds: 5 },
    machine: { processor: "A & B", cores: 2 },
    workloads,
  });
}

Deno.test("A picture of twenty measurements has less than 30 KB and loads nothing", () => {
  const svg = draw(...Array.from({ length: 20 }, (_, index) => workload(`test-${index}`)));
  assert(svg.length < 30_000);
  assertEquals(/href|url\(|@import|<script|<image/.exec(svg), null);
  assertMatch(svg, "prefers-color-scheme:dark");
});

Deno.test("A bar is as long as its ratio, and the base's line stands at 1", () => {
  const svg = draw(workload("plain"));
  // The highest round is 2.2 times the base and fills the scale of 226 pixels from 88 on.
  assertMatch(svg, 'width="205.5"');
  assertMatch(svg, 'class="l" d="M190.7 ');
  assertMatch(svg, ">20.0 ×2.00<");
});

Deno.test("A bar that is longer than the scale is cut, and its whisker has an arrow's head", () => {
  const [cut, whole] = [draw(workload("plain", 9)), draw(workload("plain"))];
  assertMatch(cut, 'width="226"');
  assertMatch(cut, "l3 3l-3 3");
  assert(!whole.includes("l3 3l-3 3"));
});

Deno.test("Text of a report can't break the picture", () => {
  const svg = draw(workload("plain"));
  assertMatch(svg, "A &lt;b&gt; &amp; c, plain");
  assertMatch(svg, "A &amp; B, 2 cores");
});

Deno.test("Only what compares programs is shown, and no figure that isn't a number", () => {
  const broken = workload("many");
  const rows = broken.rows.map((row) => ({ ...row, median: null as unknown as number }));
  const svg = draw(
    workload("latency-tls-p999"),
    workload("latency-tls-p50"),
    workload("idle-rss"),
    { ...broken, rows },
  );
  assertEquals(svg.match(/class="t"/g)?.length, 1);
  assertMatch(svg, "latency-tls-p999");
});
