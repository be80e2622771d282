import { CombinedStats, createStats, type StatSource } from "../../src/observe/mod.ts";
import { assertEquals } from "../assert.ts";

/** A worker's numbers that reach main at once. */
function connected(source: StatSource) {
  const stats = createStats({ announce: (made) => source.take(made) });
  return {
    scope: stats.scope("cluster", "app"),
    stats,
    flush: () => stats.flushAnnouncements(),
  };
}

/** `name: value` of every number that was used, `name` alone of the others. */
function shown(stats: CombinedStats): string[] {
  return stats.readings().map(({ name, value, used }) => used ? `${name}: ${value}` : name);
}

Deno.test("Numbers of one name are added up, and the greatest is taken where each tells the whole", () => {
  const combined = new CombinedStats();
  for (const count of [3, 4]) {
    const { scope, flush } = connected(combined.addSource());
    scope.counter("total").add(count);
    scope.gauge("active").set(count);
    scope.gauge("members", { merge: "max" }).set(count);
    scope.counter("never");
    flush();
  }
  combined.scope("cluster", "app").counter("total").inc();
  combined.scope("server", "").gauge("live").set(1);
  assertEquals(shown(combined), [
    "cluster.app.active: 7",
    "cluster.app.members: 4",
    "cluster.app.never",
    "cluster.app.total: 8",
    "server.live: 1",
  ]);
});

Deno.test("A number that one worker has used is used, whichever came first", () => {
  for (const which of [0, 1]) {
    const combined = new CombinedStats();
    const workers = [connected(combined.addSource()), connected(combined.addSource())];
    const gauges = workers.map(({ scope }) => scope.gauge("members", { merge: "max" }));
    gauges[which].set(-2);
    workers.forEach(({ flush }) => flush());
    assertEquals(shown(combined), ["cluster.app.members: -2"]);
  }
});

Deno.test("What a worker counted outlives it, what it had doesn't", () => {
  const combined = new CombinedStats();
  const [dying, living] = [combined.addSource(), combined.addSource()];
  for (const source of [dying, living]) {
    const { scope, flush } = connected(source);
    scope.counter("total").add(5);
    scope.gauge("active").inc();
    scope.gauge("members", { merge: "max" }).set(2);
    flush();
  }
  dying.retire();
  dying.retire();
  assertEquals(shown(combined), [
    "cluster.app.active: 1",
    "cluster.app.members: 2",
    "cluster.app.total: 10",
  ]);
});

Deno.test("A thousand deaths leave one number of a name", () => {
  const combined = new CombinedStats();
  for (let death = 0; death < 1000; death++) {
    const source = combined.addSource();
    const { scope, flush } = connected(source);
    scope.counter("total").inc();
    scope.counter("never");
    scope.gauge("active").inc();
    flush();
    source.retire();
  }
  assertEquals(shown(combined), ["cluster.app.never", "cluster.app.total: 1000"]);
});

Deno.test("A worker that is taken for dead says nothing any more", () => {
  const combined = new CombinedStats();
  const source = combined.addSource();
  const { scope, flush } = connected(source);
  scope.counter("total").inc();
  flush();
  source.retire();
  scope.counter("total").inc();
  scope.counter("other").inc();
  flush();
  assertEquals(shown(combined), ["cluster.app.total: 1"]);
});

Deno.test("What a worker forgets is forgotten, and what comes back begins anew", () => {
  const combined = new CombinedStats();
  const { scope, stats, flush } = connected(combined.addSource());
  const old = scope.counter("total");
  old.add(7);
  stats.scope("cluster", "api").counter("total").inc();
  stats.keepOnly((_, owner) => owner === "api");
  flush();
  assertEquals(shown(combined), ["cluster.api.total: 1"]);
  stats.scope("cluster", "app").counter("total").inc();
  old.inc();
  flush();
  assertEquals(shown(combined), ["cluster.api.total: 1", "cluster.app.total: 1"]);
});

Deno.test("What was kept of the dead is forgotten with its scope", () => {
  const combined = new CombinedStats();
  const source = combined.addSource();
  for (const name of ["app", "a:b"]) {
    const stats = createStats({ announce: (made) => source.take(made) });
    stats.scope("cluster", name).counter("total").inc();
    stats.flushAnnouncements();
  }
  source.retire();
  combined.keepOnly((kind, owner) => kind === "cluster" && owner === "a_b");
  assertEquals(shown(combined), ["cluster.a_b.total: 1"]);
});
