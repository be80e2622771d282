import { ConnError, ProxyError } from "../../src/errors.ts";
import { CIRCUIT_BREAKERS } from "../../src/config/native/defaults.ts";
import { createStats, Tallies, TallyBoard } from "../../src/observe/mod.ts";
import { breakerTallies, CircuitBreakers } from "../../src/upstream/circuit_breakers.ts";
import { ClusterStats } from "../../src/upstream/cluster_stats.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { settle } from "../session/scripted_conn.ts";
import { Fixture } from "./endpoint_fixture.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** The code that something fails with. */
async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => attempt, ProxyError)).code;
}

/** The circuit breaker for requests alone, and the number that shows it. */
function breakerOf(maxRequests: number, tallies = new Tallies()) {
  const stats = createStats();
  const circuitBreakers = { ...CIRCUIT_BREAKERS, maxRequests };
  const { requests } = new CircuitBreakers({ name: "app", circuitBreakers }, {
    stats: new ClusterStats(stats, "app"),
    tallies,
  });
  const open = () => stats.readings().find(({ name }) => name.endsWith(".rq_open"))!.value;
  return { breaker: requests, open };
}

Deno.test("A circuit breaker takes as many as it may, and says when it takes no more", () => {
  const { breaker, open } = breakerOf(2);
  assert(breaker.tryTake() && breaker.tryTake());
  assertEquals([breaker.tryTake(), breaker.active, open()], [false, 2, 1]);
  breaker.release();
  assertEquals([breaker.active, open()], [1, 0]);
  assert(breaker.tryTake());
});

Deno.test("A circuit breaker of 0 takes nothing and is open from the start", () => {
  const { breaker, open } = breakerOf(0);
  assertEquals([breaker.tryTake(), open()], [false, 1]);
});

Deno.test("A circuit breaker holds for all workers, and each of them sees it open and closed", () => {
  const board = new TallyBoard(2);
  const workers = [0, 1].map((worker) => {
    const tallies = new Tallies(worker);
    tallies.take(board.give(breakerTallies("app")));
    return breakerOf(2, tallies);
  });
  const [first, second] = workers;
  assert(first.breaker.tryTake() && second.breaker.tryTake());
  assertEquals([first.breaker.tryTake(), second.breaker.tryTake()], [false, false]);
  assertEquals(workers.map(({ open }) => open()), [1, 1]);
  board.giveBack(0);
  assertEquals(workers.map(({ breaker, open }) => [breaker.active, open()]), [[1, 0], [1, 0]]);
});

Deno.test("A cluster that takes over from one of its name counts what that one still has", () => {
  const tallies = new Tallies();
  const before = breakerOf(5, tallies).breaker;
  assert(before.tryTake() && before.tryTake());
  const after = breakerOf(2, tallies);
  assertEquals([after.breaker.tryTake(), after.open()], [false, 1]);
  before.release();
  assertEquals([after.breaker.tryTake(), before.active], [true, 2]);
});

Deno.test("With as many connections as there may be, a request waits for one that comes free", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  const busy = await fixture.answered();
  const waiting = fixture.endpoint.open();
  await settle();
  assertEquals(fixture.stats.rqPendingActive.value, 1);
  fixture.endpoint.release(busy);
  assert(await waiting === busy);
  assertEquals(fixture.counts, { total: 1, active: 1, gone: 0 });
  assertEquals([fixture.stats.rqPendingActive.value, fixture.stats.cxOverflow.value], [0, 1]);
});

Deno.test("Those who wait are served in the order they came", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  const busy = await fixture.answered();
  const order: string[] = [];
  const waits = ["first", "second"].map((name) =>
    fixture.endpoint.open().then((session) => {
      order.push(name);
      return session;
    })
  );
  fixture.endpoint.release(busy);
  const [first] = await Promise.all([waits[0], settle()]);
  assertEquals(order, ["first"]);
  first.close();
  fixture.endpoint.release(first);
  await waits[1];
  assertEquals(order, ["first", "second"]);
});

Deno.test("A connection that is closed makes room for a new one", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  const broken = await fixture.endpoint.open();
  const waiting = fixture.endpoint.open();
  broken.close();
  fixture.endpoint.release(broken);
  assert(await waiting !== broken);
  assertEquals(fixture.counts, { total: 2, active: 1, gone: 1 });
  assertEquals(fixture.breakers.connections.active, 1);
});

Deno.test("Room that was made elsewhere is found by who waits, by itself and when another comes", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 4 });
  const { breakers: { connections }, endpoint, stats } = fixture;
  for (let elsewhere = 0; elsewhere < 3; elsewhere++) connections.take();
  await fixture.answered();
  const alone = endpoint.open();
  await settle();
  assertEquals([endpoint.rqPending, connections.active], [1, 4]);
  connections.release();
  await alone;
  const first = endpoint.open();
  connections.release();
  const second = endpoint.open();
  await first;
  assertEquals([endpoint.rqPending, connections.active], [1, 4]);
  connections.release();
  await second;
  assertEquals([stats.rqPendingActive.value, stats.cxActive.value], [0, 4]);
});

Deno.test("A connect that fails makes room for the next", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  fixture.network.failures["10.0.0.1:80"] = new ConnError("refused", "no");
  const waits = [fixture.endpoint.open(), fixture.endpoint.open()];
  for (const wait of waits) await assertRejects(() => wait, ConnError);
  assertEquals(fixture.breakers.connections.active, 0);
  assertEquals(fixture.network.dialled.length, 2);
});

Deno.test("An endpoint without a connection may always make one", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 0 });
  await fixture.endpoint.open();
  assertEquals(fixture.counts, { total: 1, active: 1, gone: 0 });
});

Deno.test("More requests than may wait are refused", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1, maxPendingRequests: 1 });
  const busy = await fixture.answered();
  const waiting = fixture.endpoint.open();
  assertEquals(await codeOf(fixture.endpoint.open()), "overflow");
  assertEquals(fixture.stats.rqPendingOverflow.value, 1);
  fixture.endpoint.release(busy);
  await waiting;
});

Deno.test("A wait ends at its deadline, and takes nothing away from those behind it", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  const busy = await fixture.answered();
  const late = fixture.endpoint.open({ timeoutMs: 1 });
  const patient = fixture.endpoint.open();
  assertEquals(await codeOf(late), "pending_timeout");
  fixture.endpoint.release(busy);
  assert(await patient === busy);
});

Deno.test("Whoever gives up waiting is given nothing", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  const busy = await fixture.answered();
  let giveUp = () => {};
  const gone = fixture.endpoint.open({ onWait: (given) => giveUp = given });
  giveUp();
  fixture.endpoint.release(busy);
  assertEquals(await codeOf(gone), "gave_up");
  assert(fixture.endpoint.takeIdle() === busy);
});

Deno.test("Whoever leaves while a connection is made frees the place, and the connection is closed", async () => {
  for (const [how, code] of [["late", "route_timeout"], ["gone", "gave_up"]]) {
    using fixture = new Fixture(["10.0.0.1"], "", { maxPendingRequests: 1 });
    const { network, endpoint, stats } = fixture;
    const made = Promise.withResolvers<void>();
    network.connecting = made.promise;
    let giveUp = () => {};
    const opening = endpoint.open({
      timeoutMs: how === "late" ? 1 : 0,
      onWait: (given) => giveUp = given,
    });
    assertEquals(stats.rqPendingActive.value, 1);
    if (how === "gone") giveUp();
    assertEquals(await codeOf(opening), code);
    assertEquals([stats.rqPendingActive.value, fixture.breakers.connections.active], [0, 1]);
    made.resolve();
    await settle();
    assertEquals([network.conns.length, network.conns[0].closed], [1, true]);
    assertEquals([endpoint.cxActive, stats.cxActive.value, stats.cxDestroy.value], [0, 0, 1]);
    assertEquals(fixture.breakers.connections.active, 0);
    assert(endpoint.takeIdle() === null);
  }
});

Deno.test("A TCP connection over the limit is refused at once", async () => {
  using fixture = new Fixture(["10.0.0.1"], "", { maxConnections: 1 });
  const conn = await fixture.endpoint.connect();
  assertEquals(await codeOf(fixture.endpoint.connect()), "overflow");
  conn.close();
  fixture.endpoint.closed({ received: 0, sent: 0 });
  (await fixture.endpoint.connect()).close();
  fixture.endpoint.closed({ received: 0, sent: 0 });
});
