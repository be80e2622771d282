import { AccessLog, createStats } from "../../src/observe/mod.ts";
import { TcpFilter } from "../../src/proxy/mod.ts";
import type { Conn } from "../../src/runtime/mod.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { Cluster } from "../../src/upstream/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { tcp } from "../server/fixture.ts";
import { from, ScriptedConn, settle } from "../session/scripted_conn.ts";
import { clusterOf, FakeNetwork } from "../upstream/fake_network.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const IDLE_MS = 60_000;
const CONFIG = tcp({ accessLog: false, idleTimeoutMs: IDLE_MS });
const log = { info: () => {}, warning: () => {}, error: () => {} };

/** A filter between scripted connections, on a clock that the test moves. */
class Scripted implements Disposable {
  readonly network = new FakeNetwork();
  readonly client = new ScriptedConn();
  readonly stats = createStats();
  now = 0;
  readonly wheel = new TimerWheel(() => this.now);
  readonly cluster = this.clusterAt("10.0.0.1:80");
  readonly filter = new TcpFilter(CONFIG, {
    wheel: this.wheel,
    stats: this.stats,
    log,
    accessLog: new AccessLog(() => Promise.resolve(), { log }),
    cluster: this.cluster,
  });

  clusterAt(address: string): Cluster {
    const { network, wheel, stats } = this;
    return new Cluster(clusterOf([address]), { network, wheel, stats, log });
  }

  /** Takes the client's connection. */
  async open() {
    await this.cluster.start();
    return this.filter.open(this.client, from(this.client));
  }

  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.wheel.advance();
    }
    await settle();
  }

  [Symbol.dispose](): void {
    this.cluster.close();
    this.wheel[Symbol.dispose]();
    const active = this.stats.readings().filter(({ name, value }) =>
      name.endsWith("_active") && value !== 0
    );
    assertEquals(active, []);
  }
}

Deno.test("A connection that was closed while its upstream was dialled takes that one along", async () => {
  using scripted = new Scripted();
  const dialled = Promise.withResolvers<Conn>();
  scripted.network.connect = () => dialled.promise;
  const session = await scripted.open();
  const running = session.run();
  session.close();
  const upstream = new ScriptedConn();
  dialled.resolve(upstream);
  await running;
  assert(scripted.client.closed && upstream.closed);
});

Deno.test("A drain leaves a passed-through connection alone", async () => {
  using scripted = new Scripted();
  const session = await scripted.open();
  const running = session.run();
  await settle();
  session.drain();
  scripted.client.feed("x");
  await settle();
  assertEquals(scripted.network.conns[0].written, "x");
  session.close();
  await running;
});

Deno.test("A passed-through connection stays with its cluster when the next ones go elsewhere", async () => {
  using scripted = new Scripted();
  const { network, client, filter, cluster } = scripted;
  const session = await scripted.open();
  assertEquals(session.uses, null);
  const running = session.run();
  await settle();
  const elsewhere = scripted.clusterAt("10.0.0.2:80");
  await elsewhere.start();
  filter.update({ config: { ...CONFIG, idleTimeoutMs: 0 }, cluster: elsewhere });
  assert(session.uses?.cluster === cluster && session.uses.route === null);
  const second = new ScriptedConn();
  const next = filter.open(second, from(second));
  const nextRunning = next.run();
  await settle();
  assert(next.uses?.cluster === elsewhere);
  assertEquals(network.dialled.map(({ address }) => address), ["10.0.0.1:80", "10.0.0.2:80"]);
  client.feed("x");
  second.feed("y");
  await settle();
  assertEquals(network.conns.map(({ written }) => written), ["x", "y"]);
  await scripted.pass(IDLE_MS + 1_000);
  assertEquals([client.closed, second.closed], [true, false], "each has its own idle time");
  next.close();
  await Promise.all([running, nextRunning]);
  assertEquals([session.uses, next.uses], [null, null]);
  elsewhere.close();
});

Deno.test("The idle time starts anew with each byte, whichever way it goes", async () => {
  using scripted = new Scripted();
  const running = (await scripted.open()).run();
  await settle();
  const [upstream] = scripted.network.conns;
  for (const side of [scripted.client, upstream, scripted.client]) {
    await scripted.pass(IDLE_MS - 1_000);
    assertEquals(scripted.client.closed, false);
    side.feed("x");
    await settle();
  }
  await scripted.pass(IDLE_MS - 1_000);
  assertEquals(scripted.client.closed, false);
  await scripted.pass(2_000);
  assert(scripted.client.closed && upstream.closed);
  await running;
});

Deno.test("A side that takes nothing for the idle time ends the connection", async () => {
  using scripted = new Scripted();
  const running = (await scripted.open()).run();
  await settle();
  const [upstream] = scripted.network.conns;
  upstream.stall();
  scripted.client.feed("x");
  await scripted.pass(IDLE_MS + 1_000);
  assert(scripted.client.closed && upstream.closed);
  await running;
});

Deno.test("A half-close is passed on once, and the other way goes on", async () => {
  using scripted = new Scripted();
  const running = (await scripted.open()).run();
  await settle();
  const [upstream] = scripted.network.conns;
  scripted.client.feedEnd();
  await settle();
  assertEquals([upstream.writeEnded, upstream.closed, scripted.client.closed], [
    true,
    false,
    false,
  ]);
  upstream.feed("answer");
  upstream.feedEnd();
  await running;
  assertEquals([scripted.client.written, scripted.client.writeEnded], ["answer", true]);
  assert(scripted.client.closed && upstream.closed);
});
