/**
 * A worker that counts as it is told: the other side of `CountingThread`.
 *
 * @module
 */

import {
  createStats,
  type StatAnnouncement,
  Tallies,
  type TallyShares,
} from "../../src/observe/mod.ts";

/** What a worker is asked to do. */
export type Task =
  /** Adds to the counter `total`, and has that many more `active` and 3 `members`. */
  | { readonly kind: "count"; readonly cluster: string; readonly times: number }
  /** Lets go of the others' numbers. */
  | { readonly kind: "keepOnly"; readonly cluster: string }
  /** Gets tallies, as the worker of that number. */
  | { readonly kind: "share"; readonly worker: number; readonly shares: TallyShares }
  /** Takes so many of `tally`, and shows whether that made it full. */
  | { readonly kind: "take"; readonly tally: string; readonly times: number; readonly max: number }
  /** Tries to take one and gives it back, over and over, and says what it saw. */
  | {
    readonly kind: "contend";
    readonly tally: string;
    readonly times: number;
    readonly max: number;
  };

/** What `contend` saw. */
export interface Contention {
  /** How often it got one. */
  readonly taken: number;
  /** The most there were at a time. */
  readonly most: number;
}

/** What a worker says. */
export type Answer =
  | { readonly kind: "announced"; readonly announcements: readonly StatAnnouncement[] }
  | { readonly kind: "done"; readonly contention: Contention | null };

const post = (answer: Answer) => (globalThis as unknown as Worker).postMessage(answer);
const stats = createStats({
  announce: (announcements) => post({ kind: "announced", announcements }),
});
let tallies = new Tallies();

globalThis.addEventListener("message", (event) => {
  const contention = run((event as MessageEvent<Task>).data);
  stats.flushAnnouncements();
  post({ kind: "done", contention });
});

function run(task: Task): Contention | null {
  switch (task.kind) {
    case "count": {
      const scope = stats.scope("cluster", task.cluster);
      const total = scope.counter("total");
      const active = scope.gauge("active");
      scope.gauge("members", { merge: "max" }).set(3);
      for (let time = 0; time < task.times; time++) {
        total.inc();
        active.inc();
      }
      return null;
    }
    case "keepOnly":
      stats.keepOnly((_, owner) => owner === task.cluster);
      return null;
    case "share":
      tallies = new Tallies(task.worker);
      tallies.take(task.shares);
      return null;
    case "take": {
      const tally = tallies.tally(task.tally);
      stats.scope("cluster", "app").limit("full", tally, task.max);
      for (let time = 0; time < task.times; time++) tally.take();
      return null;
    }
    case "contend": {
      const tally = tallies.tally(task.tally);
      let taken = 0, most = 0;
      for (let time = 0; time < task.times; time++) {
        if (!tally.tryTake(task.max)) continue;
        taken++;
        most = Math.max(most, tally.active);
        tally.release();
      }
      return { taken, most };
    }
  }
}
