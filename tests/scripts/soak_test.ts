import { assert, assertEquals } from "../assert.ts";
import { growth, type Sample } from "../../scripts/soak/curve.ts";
import { parseOptions } from "../../scripts/soak/options.ts";

const MB = 1e6;

/** A minute of samples, one a second. */
function curve(at: (second: number) => number): Sample[] {
  return Array.from({ length: 60 }, (_, second) => ({ at: second, bytes: at(second) }));
}

Deno.test("A program that warms up, and then lets garbage pile up and collects it, has no leak", () => {
  const found = growth(curve((second) => {
    const warmUp = 60 * MB * Math.min(1, second / 20);
    return 100 * MB + warmUp + 40 * MB * (second % 7) / 7;
  }));
  assert(!found.isLeak, JSON.stringify(found));
});

Deno.test("Growth that goes on is a leak, under the same noise", () => {
  const found = growth(curve((second) => {
    return 160 * MB + 2.5 * MB * second + 40 * MB * (second % 7) / 7;
  }));
  assert(found.isLeak, JSON.stringify(found));
});

Deno.test("The slope is bytes a minute, over the second half", () => {
  const { slope, before, after } = growth(curve((second) => second < 30 ? 0 : second * MB));
  assertEquals(Math.round(slope / MB), 60);
  assertEquals([before, after].map((bytes) => Math.round(bytes / MB)), [37, 52]);
});

Deno.test("A soak without options lasts a minute and plants nothing", () => {
  assertEquals(parseOptions([]), { kind: "soak", seconds: 60, leak: 0 });
  assertEquals(parseOptions(["--seconds=50", "--leak=5"]), { kind: "soak", seconds: 50, leak: 5 });
});

Deno.test("A soak too short to tell growth from warming up is refused, and so are unknown options", () => {
  assertEquals(parseOptions(["--seconds=10"]), "Cannot run for 10 seconds: 40 to 86400");
  assertEquals(parseOptions(["--leek=1"]), "Cannot read the command line: found --leek=1");
});
