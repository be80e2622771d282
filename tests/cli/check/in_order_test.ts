import { inOrder } from "../../../src/cli/check/in_order.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

Deno.test("inOrder() keeps the order, and no more under way than it may", async () => {
  const running: PromiseWithResolvers<void>[] = [];
  let active = 0, most = 0;
  const results = inOrder([0, 1, 2, 3, 4, 5, 6], 3, async (item) => {
    most = Math.max(most, ++active);
    const gate = running[item] = Promise.withResolvers();
    await gate.promise;
    active--;
    return item * 10;
  });
  const collected = Array.fromAsync(results);
  // The last one that runs ends first, whichever those are.
  for (let ended = 0; ended < 7; ended++) {
    while (running.findLast((gate) => gate !== undefined) === undefined) await Promise.resolve();
    const at = running.findLastIndex((gate) => gate !== undefined);
    running[at].resolve();
    delete running[at];
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(await collected, [0, 10, 20, 30, 40, 50, 60]);
  assertEquals(most, 3);
});

Deno.test("inOrder() ends with work that fails", async () => {
  const results = inOrder([1, 2], 1, (item) => Promise.reject(new Error(`no ${item}`)));
  assertEquals((await assertRejects(() => Array.fromAsync(results), Error)).message, "no 1");
});
