import type { ClusterConfig } from "../../src/config/model.ts";
import { createStats, type LogFields, type Stats } from "../../src/observe/mod.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { Cluster } from "../../src/upstream/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { settle } from "../session/scripted_conn.ts";
import { clusterOf, FakeNetwork } from "./fake_network.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const REFRESH_MS = 5_000;

/** A cluster on a fake network and a clock that the test moves. */
class Fixture implements Disposable {
  readonly network = new FakeNetwork();
  readonly stats: Stats = createStats();
  readonly warnings: LogFields[] = [];
  now = 0;
  readonly wheel = new TimerWheel(() => this.now);
  readonly cluster: Cluster;

  constructor(endpoints: readonly string[], options: Partial<ClusterConfig> = {}) {
    const unexpected = (message: string) => {
      throw new Error(message);
    };
    this.cluster = new Cluster(clusterOf(endpoints, options), {
      network: this.network,
      wheel: this.wheel,
      stats: this.stats,
      log: {
        info: unexpected,
        warning: (_message, fields = {}) => this.warnings.push(fields),
        error: unexpected,
      },
    });
  }

  /** The addresses it has. */
  get hosts(): string[] {
    return this.cluster.endpoints.map(({ address }) => address.host);
  }

  /** Lets the names be asked for once more. */
  async refresh(): Promise<void> {
    for (const end = this.now + REFRESH_MS + 200; this.now < end;) {
      this.now += 100;
      this.wheel.advance();
    }
    await settle();
  }

  [Symbol.dispose](): void {
    this.cluster.close();
    this.wheel[Symbol.dispose]();
  }
}

Deno.test("A cluster picks its endpoints in turns, by weight", async () => {
  using fixture = new Fixture(["10.0.0.1:80*2", "10.0.0.2:80"]);
  await fixture.cluster.start();
  const picked = Array.from({ length: 6 }, () => fixture.cluster.pick()!.address.host);
  assertEquals(picked.filter((host) => host === "10.0.0.1").length, 4);
  assertEquals(picked.filter((host) => host === "10.0.0.2").length, 2);
});

Deno.test("A cluster without endpoints, or before its start, picks nobody", async () => {
  using empty = new Fixture([]);
  await empty.cluster.start();
  assertEquals(empty.cluster.pick(), null);
  using early = new Fixture(["10.0.0.1:80"]);
  assertEquals(early.cluster.pick(), null);
});

Deno.test("Names are asked for again every five seconds, addresses never", async () => {
  using names = new Fixture(["app.test:80"]);
  names.network.names = { "app.test": ["10.0.0.1"] };
  await names.cluster.start();
  for (let count = 0; count < 3; count++) await names.refresh();
  assertEquals(names.network.resolved.length, 4);
  using addresses = new Fixture(["10.0.0.1:80", "localhost:80"]);
  await addresses.cluster.start();
  await addresses.refresh();
  assertEquals(addresses.network.resolved, []);
});

Deno.test("An endpoint that stays keeps its place, one that goes is retired, one that comes is used", async () => {
  using fixture = new Fixture(["app.test:80"]);
  const { network, cluster } = fixture;
  network.names = { "app.test": ["10.0.0.1", "10.0.0.2"] };
  await cluster.start();
  const [stays, goes] = cluster.endpoints;
  const busy = await goes.open();
  network.names = { "app.test": ["10.0.0.3", "10.0.0.1"] };
  await fixture.refresh();
  assertEquals(fixture.hosts, ["10.0.0.3", "10.0.0.1"]);
  assert(cluster.endpoints[1] === stays);
  // What runs on the endpoint that went may finish.
  assertEquals(network.conns[0].closed, false);
  goes.release(busy);
  assert(network.conns[0].closed);
});

Deno.test("A refresh that changes nothing but the order leaves the turns as they are", async () => {
  using fixture = new Fixture(["app.test:80"]);
  fixture.network.names = { "app.test": ["10.0.0.1", "10.0.0.2"] };
  await fixture.cluster.start();
  const { endpoints } = fixture.cluster;
  assertEquals(fixture.cluster.pick(), endpoints[0]);
  fixture.network.names = { "app.test": ["10.0.0.2", "10.0.0.1"] };
  await fixture.refresh();
  assert(fixture.cluster.endpoints === endpoints);
  assertEquals(fixture.cluster.pick(), endpoints[1]);
});

Deno.test("A name that stops resolving keeps what was found, and is told once", async () => {
  using fixture = new Fixture(["app.test:80", "also.test:80"]);
  const { network } = fixture;
  network.names = { "app.test": ["10.0.0.1"], "also.test": ["10.0.0.2"] };
  await fixture.cluster.start();
  network.names = { "also.test": ["10.0.0.9"] };
  for (let count = 0; count < 3; count++) await fixture.refresh();
  assertEquals(fixture.hosts, ["10.0.0.1", "10.0.0.9"], "the others are followed");
  assertEquals(fixture.warnings.map(({ name }) => name), ["app.test"]);
  network.names = { "app.test": ["10.0.0.3"], "also.test": ["10.0.0.9"] };
  await fixture.refresh();
  assertEquals(fixture.hosts, ["10.0.0.3", "10.0.0.9"]);
  network.names = {};
  await fixture.refresh();
  assertEquals(fixture.warnings.length, 3, "told again after it had recovered");
});

Deno.test("A name that begins to fail while another one fails is told as well", async () => {
  using fixture = new Fixture(["app.test:80", "also.test:80"]);
  fixture.network.names = { "app.test": ["10.0.0.1"] };
  await fixture.cluster.start();
  fixture.network.names = {};
  await fixture.refresh();
  assertEquals(fixture.warnings.map(({ name }) => name), ["also.test", "app.test"]);
});

Deno.test("A cluster may ask for names more often, or less", async () => {
  using fixture = new Fixture(["app.test:80"], { dnsRefreshMs: 20_000 });
  fixture.network.names = { "app.test": ["10.0.0.1"] };
  await fixture.cluster.start();
  await fixture.refresh();
  assertEquals(fixture.network.resolved.length, 1);
  for (let count = 0; count < 3; count++) await fixture.refresh();
  assertEquals(fixture.network.resolved.length, 2);
});

Deno.test("A name that doesn't resolve at the start is found later", async () => {
  using fixture = new Fixture(["app.test:80"]);
  await fixture.cluster.start();
  assertEquals(fixture.cluster.pick(), null);
  fixture.network.names = { "app.test": ["10.0.0.1"] };
  await fixture.refresh();
  assertEquals(fixture.cluster.pick()?.address.host, "10.0.0.1");
});

Deno.test("Of several names those that resolve at the start are used", async () => {
  using fixture = new Fixture(["gone.test:80", "app.test:80"]);
  fixture.network.names = { "app.test": ["10.0.0.1"] };
  await fixture.cluster.start();
  assertEquals(fixture.hosts, ["10.0.0.1"]);
});

Deno.test("Membership and updates are counted", async () => {
  using fixture = new Fixture(["app.test:80"]);
  const { network, cluster: { stats } } = fixture;
  network.names = { "app.test": ["10.0.0.1", "10.0.0.2"] };
  await fixture.cluster.start();
  assertEquals([stats.membershipTotal.value, stats.membershipHealthy.value], [2, 2]);
  network.names = {};
  await fixture.refresh();
  assertEquals([stats.updateSuccess.value, stats.updateFailure.value], [1, 1]);
  assertEquals(stats.membershipTotal.value, 2);
});

Deno.test("A closed cluster asks for nothing more, even when an answer is on its way", async () => {
  const fixture = new Fixture(["app.test:80"]);
  const answer = Promise.withResolvers<string[]>();
  fixture.network.resolve = (name) => {
    fixture.network.resolved.push(name);
    return answer.promise;
  };
  const started = fixture.cluster.start();
  fixture[Symbol.dispose]();
  answer.resolve(["10.0.0.1"]);
  await started;
  await fixture.refresh();
  assertEquals([fixture.hosts, fixture.network.resolved.length], [[], 1]);
});

Deno.test("A silent resolver holds a start up for 5 s, and is believed when it speaks", async () => {
  using fixture = new Fixture(["app.test:80"], { discovery: "strict_dns" });
  const { promise, resolve } = Promise.withResolvers<void>();
  fixture.network.held = promise;
  fixture.network.names = { "app.test": ["10.0.0.7"] };
  const started = fixture.cluster.start();
  await fixture.refresh();
  await started;
  assertEquals(fixture.hosts, []);
  resolve();
  await settle();
  assertEquals(fixture.hosts, ["10.0.0.7"]);
});
