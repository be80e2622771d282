import { createStats, type StatAnnouncement, statOwner } from "../../src/observe/mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

Deno.test("A counter counts, and the same name is the same counter", () => {
  const stats = createStats();
  const total = stats.scope("cluster", "app").counter("upstream_cx_total");
  assertEquals(total.value, 0);
  total.inc();
  total.add(4);
  assertEquals(stats.scope("cluster", "app").counter("upstream_cx_total").value, 5);
  assertEquals(stats.scope("cluster", "api").counter("upstream_cx_total").value, 0);
  assertEquals(stats.scope("http", "app").counter("upstream_cx_total").value, 0);
});

Deno.test("A gauge goes up, down, and where it is set", () => {
  const gauge = createStats().scope("http", "ingress").gauge("downstream_cx_active");
  gauge.inc();
  gauge.inc();
  gauge.dec();
  assertEquals(gauge.value, 1);
  gauge.set(40);
  assertEquals(gauge.value, 40);
  gauge.set(-0);
  assertEquals(gauge.value, 0);
});

Deno.test("A name cannot be both a counter and a gauge", () => {
  const scope = createStats().scope("cluster", "app");
  scope.counter("upstream_rq_total");
  assertThrows(() => scope.gauge("upstream_rq_total"), TypeError);
});

Deno.test("Readings are sorted by Envoy's names and tell their parts", () => {
  const stats = createStats();
  stats.scope("tcp", "raw").counter("downstream_cx_total").inc();
  stats.scope("server", "").gauge("live").set(1);
  stats.scope("listener", "127.0.0.1:443").counter("downstream_cx_total").add(3);
  stats.scope("cluster", "app").counter("upstream_rq_200").inc();
  assertEquals(stats.readings().map(({ name, value }) => `${name}: ${value}`), [
    "cluster.app.upstream_rq_200: 1",
    "listener.127.0.0.1_443.downstream_cx_total: 3",
    "server.live: 1",
    "tcp.raw.downstream_cx_total: 1",
  ]);
  assertEquals(stats.readings()[1], {
    kind: "counter",
    scope: "listener",
    owner: "127.0.0.1_443",
    leaf: "downstream_cx_total",
    name: "listener.127.0.0.1_443.downstream_cx_total",
    value: 3,
    used: true,
  });
});

Deno.test("A number is used once it was written, even when it is 0 again", () => {
  const scope = createStats();
  const cluster = scope.scope("cluster", "app");
  cluster.counter("a_never");
  cluster.counter("b_added_zero").add(0);
  const gauge = cluster.gauge("c_back_at_zero");
  gauge.inc();
  gauge.dec();
  cluster.gauge("d_never");
  cluster.gauge("e_set_to_zero").set(0);
  const readings = scope.readings();
  assertEquals(readings.map((reading) => reading.used), [false, true, true, false, true]);
  assert(readings.every((reading) => Object.is(reading.value, 0)), "no -0 is ever shown");
});

Deno.test("A configured name cannot break the name of a stat", () => {
  const stats = createStats();
  const names = ["a:b", "http://x/y", "[::1]:443", "two\nlines", ".dots.", "\x1b[2J"];
  for (const name of names) stats.scope("cluster", name).counter("n");
  assertEquals(stats.readings().map((reading) => reading.name), [
    "cluster.[__1]_443.n",
    "cluster._[2J.n",
    "cluster.a_b.n",
    "cluster.dots.n",
    "cluster.http_x/y.n",
    "cluster.two_lines.n",
  ]);
});

Deno.test("Numbers stay what they are when thousands more are made", () => {
  const stats = createStats();
  const counters = Array.from(
    { length: 5000 },
    (_, index) => stats.scope("cluster", `c${index % 50}`).counter(`n${index}`),
  );
  counters.forEach((counter, index) => counter.add(index));
  assert(counters.every((counter, index) => counter.value === index));
  assertEquals(stats.readings().length, 5000);
});

Deno.test("What isn't wanted any more is forgotten, and begins anew when it comes back", () => {
  const stats = createStats();
  const old = stats.scope("cluster", "app").counter("n");
  old.add(5);
  stats.scope("listener", "0.0.0.0:443").counter("n").inc();
  stats.keepOnly((kind, owner) => kind === "listener" && owner === statOwner("0.0.0.0:443"));
  assertEquals(stats.readings().map(({ name }) => name), ["listener.0.0.0.0_443.n"]);
  const anew = stats.scope("cluster", "app").counter("n");
  old.inc();
  assertEquals([old.value, anew.value], [6, 0]);
  anew.add(2);
  assertEquals(stats.readings()[0].value, 2);
});

Deno.test("A worker's numbers are announced once, those of one turn together", async () => {
  const batches: (readonly StatAnnouncement[])[] = [];
  const stats = createStats({ announce: (made) => batches.push(made) });
  const app = stats.scope("cluster", "a:b");
  app.counter("total");
  app.gauge("members", { merge: "max" });
  app.counter("total");
  assertEquals(batches.length, 0);
  await null;
  assertEquals(batches.map((batch) => batch.map(told)), [[
    "counter cluster a_b total sum",
    "gauge cluster a_b members max",
  ]]);
  app.counter("late");
  stats.flushAnnouncements();
  stats.keepOnly(() => false);
  app.counter("too_late");
  stats.flushAnnouncements();
  await null;
  assertEquals(batches.slice(1).map((batch) => batch.map(told)), [
    ["counter cluster a_b late sum"],
    ["dropped cluster a_b"],
  ]);
});

function told({ kind, scope, owner, ...rest }: StatAnnouncement): string {
  return [kind, scope, owner, ..."merge" in rest ? [rest.leaf, rest.merge] : []].join(" ");
}
