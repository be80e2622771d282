/**
 * What holds of numbers and tallies across real threads, on every runtime.
 *
 * @module
 */

import { CombinedStats, SharedTally, TallyBoard } from "../../src/observe/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { CountingThread } from "./counting_thread.ts";

/** A claim and its proof. */
export interface ThreadCase {
  readonly name: string;
  run(): Promise<void>;
}

/** A worker whose numbers `stats` adds up. */
function connected(stats: CombinedStats) {
  const source = stats.addSource();
  return { source, thread: new CountingThread((announcements) => source.take(announcements)) };
}

function shown(stats: CombinedStats): string[] {
  return stats.readings().map(({ name, value }) => `${name}: ${value}`);
}

/** All claims. */
export const threadCases: readonly ThreadCase[] = [
  {
    name: "What workers count adds up exactly, and main reads it without asking",
    async run() {
      const stats = new CombinedStats();
      const { thread: one } = connected(stats);
      const { thread: other } = connected(stats);
      using _one = one;
      using _other = other;
      await Promise.all([
        one.do({ kind: "count", cluster: "app", times: 100_000 }),
        other.do({ kind: "count", cluster: "app", times: 50_000 }),
      ]);
      assertEquals(shown(stats), [
        "cluster.app.active: 150000",
        "cluster.app.members: 3",
        "cluster.app.total: 150000",
      ]);
    },
  },
  {
    name: "A worker that died leaves what it counted, and its successor counts on",
    async run() {
      const stats = new CombinedStats();
      for (const round of [1, 2, 3]) {
        const { source, thread } = connected(stats);
        await thread.do({ kind: "count", cluster: "app", times: 1_000 });
        assertEquals(shown(stats)[0], "cluster.app.active: 1000");
        thread[Symbol.dispose]();
        source.retire();
        assertEquals(shown(stats), [`cluster.app.total: ${round * 1_000}`]);
      }
    },
  },
  {
    name: "What a worker forgets is forgotten in main, and begins anew when it comes back",
    async run() {
      const stats = new CombinedStats();
      const { thread } = connected(stats);
      using _thread = thread;
      for (const cluster of ["app", "api"]) await thread.do({ kind: "count", cluster, times: 5 });
      await thread.do({ kind: "keepOnly", cluster: "api" });
      assertEquals(shown(stats).map((line) => line.split(".")[1]), ["api", "api", "api"]);
      await thread.do({ kind: "count", cluster: "app", times: 2 });
      assert(shown(stats).includes("cluster.app.total: 2"), shown(stats).join());
    },
  },
  {
    name: "No worker ever takes more than there may be, however many try at once",
    async run() {
      const workers = 4;
      const max = 2;
      const shares = new TallyBoard(workers).give(["cluster/app/requests"]);
      const threads = Array.from({ length: workers }, () => new CountingThread());
      using all = new DisposableStack();
      for (const thread of threads) all.use(thread);
      const task = { tally: "cluster/app/requests", times: 100_000, max } as const;
      const seen = await Promise.all(threads.map(async (thread, worker) => {
        await thread.do({ kind: "share", worker, shares });
        return (await thread.do({ kind: "contend", ...task }))!;
      }));
      // The others may have held all there was while one tried; none of them may have held more.
      assert(seen.some(({ taken }) => taken > 0), JSON.stringify(seen));
      assert(seen.every(({ most }) => most <= max), JSON.stringify(seen));
      const cells = new Int32Array(shares.get("cluster/app/requests")!);
      assertEquals([...cells], [0, 0, 0, 0, 0], "the total, and each worker's share");
    },
  },
  {
    name: "What a worker had taken is free once it has died, and what others have isn't",
    async run() {
      const stats = new CombinedStats();
      const board = new TallyBoard(2);
      const shares = board.give(["cluster/app/connections"]);
      const tally = new SharedTally(shares.get("cluster/app/connections")!, 1);
      tally.take();
      const { source, thread } = connected(stats);
      await thread.do({ kind: "share", worker: 0, shares });
      const taking = { kind: "take", tally: "cluster/app/connections", max: 4 } as const;
      await thread.do({ ...taking, times: 3 });
      assertEquals([tally.active, tally.tryTake(4)], [4, false]);
      assertEquals(shown(stats), ["cluster.app.full: 1"]);
      tally.release();
      assertEquals(shown(stats), ["cluster.app.full: 0"], "whoever released it");
      tally.take();
      thread[Symbol.dispose]();
      board.giveBack(0);
      source.retire();
      assertEquals([tally.active, tally.tryTake(4), shown(stats)], [1, true, []]);
    },
  },
];
