import { BodyPace } from "../../src/session/body_pace.ts";
import { assertEquals } from "../assert.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const RATE = 500;
const GRACE_MS = 20_000;

/** A pace on a clock that the test moves. */
class Paced {
  now = 1_000_000;
  readonly pace = new BodyPace(RATE, () => this.now);

  /** Waits that long for what then comes; gives how long it could have been. */
  wait(bytes: number, ms: number): number {
    const left = this.pace.wait(bytes);
    this.now += ms;
    this.pace.arrived();
    return left;
  }
}

Deno.test("A body may begin as slowly as it likes within its first 20 s", () => {
  const paced = new Paced();
  assertEquals(paced.wait(0, 15_000), GRACE_MS);
  assertEquals(paced.wait(0, 4_000), 5_000);
  assertEquals(paced.wait(0, 0), 1_000);
});

Deno.test("What has come earns the time that it may take at the rate", () => {
  const paced = new Paced();
  assertEquals(paced.wait(RATE, 1_000), GRACE_MS + 1_000);
  assertEquals(paced.wait(2 * RATE, 0), GRACE_MS + 1_000);
  assertEquals(paced.wait(1_000_000, 0), GRACE_MS + 2_000_000 - 1_000);
});

Deno.test("A body that comes at the rate never runs out of time", () => {
  const paced = new Paced();
  for (let second = 0; second < 10_000; second++) {
    assertEquals(paced.wait(second * RATE, 1_000), GRACE_MS);
  }
});

Deno.test("Time in which nobody waits for the body isn't counted", () => {
  const paced = new Paced();
  paced.wait(0, 1_000);
  paced.now += 3_600_000;
  paced.pace.arrived();
  assertEquals(paced.wait(0, 0), GRACE_MS - 1_000);
});

Deno.test("A wait that has run out is a millisecond, which no deadline takes for none", () => {
  const paced = new Paced();
  paced.wait(0, GRACE_MS + 5_000);
  assertEquals(paced.pace.wait(0), 1);
});
