/**
 * Deadlines of a connection.
 *
 * @module
 */

import { TimerWheel } from "../../src/session/mod.ts";

// The clock stands still and the timer is off: what is measured is what a request does.
const wheel = new TimerWheel(() => 0);
const held = Array.from({ length: 10_000 }, () => wheel.deadline(() => {}));
for (const [index, deadline] of held.entries()) deadline.set(1000 + index);
const deadline = wheel.deadline(() => {});
deadline.set(15_000);
wheel[Symbol.dispose]();

Deno.bench("set and clear a deadline that stays in the wheel", () => {
  deadline.set(15_000);
  deadline.clear();
});

Deno.bench("set and dispose of a new deadline", () => {
  using fresh = wheel.deadline(() => {});
  fresh.set(15_000);
});
