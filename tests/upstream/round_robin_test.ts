import { RoundRobin } from "../../src/upstream/round_robin.ts";
import { assert, assertEquals } from "../assert.ts";

/** The names of the next `count` picks. */
function picks(weights: Record<string, number>, count: number): string[] {
  const items = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  const turns = new RoundRobin(items);
  return Array.from({ length: count }, () => turns.pick()!.name);
}

Deno.test("Equal weights take turns from the first", () => {
  assertEquals(picks({ a: 1, b: 1, c: 1 }, 7).join(""), "abcabca");
  assertEquals(picks({ a: 5, b: 5 }, 4).join(""), "abab");
  assertEquals(picks({ a: 3 }, 3).join(""), "aaa");
});

Deno.test("Nobody's turn is null", () => {
  assertEquals(new RoundRobin([]).pick(), null);
});

Deno.test("A weight gives exactly that many turns in each round", () => {
  const cases: Record<string, number>[] = [
    { a: 1, b: 2 },
    { a: 5, b: 1, c: 1 },
    { a: 128, b: 1 },
    { a: 7, b: 11 },
  ];
  for (const weights of cases) {
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    const rounds = picks(weights, 3 * total);
    for (let round = 0; round < 3; round++) {
      const part = rounds.slice(round * total, (round + 1) * total);
      for (const [name, weight] of Object.entries(weights)) {
        assertEquals(part.filter((picked) => picked === name).length, weight, `${name}:${weight}`);
      }
    }
  }
});

Deno.test("The turns of a heavy item are spread, not in one run", () => {
  const order = picks({ a: 5, b: 1, c: 1 }, 7).join("");
  assert(!order.includes("aaaa"), order);
  const even = picks({ a: 2, b: 1, c: 1 }, 8).join("");
  assert(!even.includes("aaa"), even);
});
