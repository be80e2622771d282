import type { HttpFilterConfig } from "../../src/config/model.ts";
import { AccessLog, createStats, type Stats } from "../../src/observe/mod.ts";
import { HttpFilter } from "../../src/proxy/mod.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { Cluster } from "../../src/upstream/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { http, route } from "../server/fixture.ts";
import { ScriptedConn, settle } from "../session/scripted_conn.ts";
import { clusterOf, FakeNetwork } from "../upstream/fake_network.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const STREAM_IDLE_MS = 300_000;
const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";

/** A filter between scripted connections, on a clock that the test moves. */
class Scripted implements AsyncDisposable {
  readonly client = new ScriptedConn();
  readonly network = new FakeNetwork();
  readonly stats: Stats = createStats();
  readonly lines: string[] = [];
  now = 0;
  readonly #wheel = new TimerWheel(() => this.now);
  readonly #cluster: Cluster;
  readonly #accessLog: AccessLog;
  readonly #running: Promise<void>;

  private constructor(config: HttpFilterConfig, log: ConstructorParameters<typeof AccessLog>[1]) {
    const options = { wheel: this.#wheel, stats: this.stats, ...log };
    const sink = (text: string) => {
      this.lines.push(text);
      return Promise.resolve();
    };
    this.#accessLog = new AccessLog(sink, log);
    this.#cluster = new Cluster(clusterOf(["10.0.0.1:80"]), { ...options, network: this.network });
    const filter = new HttpFilter(config, {
      ...options,
      accessLog: this.#accessLog,
      clusters: new Map([["app", this.#cluster]]),
      form: "native",
      network: this.network,
    });
    this.#running = this.#cluster.start().then(() =>
      filter.open(this.client, { tls: false }).run()
    );
  }

  /** Serves a client whose route has no timeout of its own. */
  static async start(): Promise<Scripted> {
    const quiet = { info: () => {}, warning: () => {}, error: () => {} };
    const scripted = new Scripted(http({ routes: [route({ timeoutMs: 0 })] }), { log: quiet });
    await settle();
    return scripted;
  }

  /** The connection to the upstream. */
  get upstream(): ScriptedConn {
    return this.network.conns[0];
  }

  /** The flag in the access log's only line, with the status. */
  async outcome(): Promise<string> {
    await this.#running;
    await this.#accessLog.flush();
    assertEquals(this.lines.length, 1);
    return / (\d+ \S+) \d+ \d+ \d+ /.exec(this.lines[0])![1];
  }

  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.#wheel.advance();
    }
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#running;
    this.#cluster.close();
    this.#wheel[Symbol.dispose]();
    await this.#accessLog.flush();
    await settle();
    assertEquals(
      this.stats.readings().filter(({ name, value }) => name.endsWith("_active") && value !== 0),
      [],
    );
  }
}

Deno.test("An upload that stalls for five minutes is given up: SI", async () => {
  await using scripted = await Scripted.start();
  const { client } = scripted;
  client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  client.feed("w");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  assertEquals([client.closed, scripted.upstream.closed], [false, false]);
  await scripted.pass(2_000);
  assertEquals([client.closed, scripted.upstream.closed], [true, true]);
  assertEquals(await scripted.outcome(), "0 SI");
  const stalled = scripted.stats.readings().find(({ name }) => name.endsWith("rq_idle_timeout"));
  assertEquals(stalled?.value, 1);
});

Deno.test("A request whose body never comes is given up as well: SI", async () => {
  await using scripted = await Scripted.start();
  scripted.client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n");
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals(await scripted.outcome(), "0 SI");
});

Deno.test("An upstream that is silent for five minutes is given up where no timeout is set: SI", async () => {
  await using scripted = await Scripted.start();
  scripted.client.feed(GET);
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals(await scripted.outcome(), "0 SI");
});

Deno.test("A download that stalls for five minutes is given up: SI", async () => {
  await using scripted = await Scripted.start();
  scripted.client.feed(GET);
  await settle();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  scripted.upstream.feed("w");
  await settle();
  await scripted.pass(STREAM_IDLE_MS - 1_000);
  assertEquals(scripted.client.closed, false);
  await scripted.pass(2_000);
  assertEquals(await scripted.outcome(), "200 SI");
});

Deno.test("A client that stops reading for five minutes is given up: SI", async () => {
  await using scripted = await Scripted.start();
  const { client } = scripted;
  client.feed(GET);
  await settle();
  client.stall();
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
  scripted.upstream.feed(new Uint8Array(500_000));
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals(await scripted.outcome(), "200 SI");
});

Deno.test("An upstream that stops reading for five minutes is given up: SI", async () => {
  await using scripted = await Scripted.start();
  const { client } = scripted;
  client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n");
  await settle();
  scripted.upstream.stall();
  client.feed(new Uint8Array(500_000));
  await settle();
  await scripted.pass(STREAM_IDLE_MS + 1_000);
  assertEquals([client.closed, scripted.upstream.closed], [true, true]);
  assertEquals(await scripted.outcome(), "0 SI");
});

Deno.test("A head and a small body leave in one write, each way", async () => {
  await using scripted = await Scripted.start();
  const { client } = scripted;
  client.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello");
  await settle();
  assertEquals(scripted.upstream.writes.length, 1);
  assertMatch(scripted.upstream.written, /\r\n\r\nhello$/);
  scripted.upstream.feed("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nworld");
  await settle();
  assertEquals(client.writes.length, 1);
  assertMatch(client.written, /\r\n\r\nworld$/);
});

Deno.test("A mistake of our own is not taken for the client's or the upstream's", async () => {
  const log = { info: () => {}, warning: () => {}, error: () => {} };
  using wheel = new TimerWheel();
  const stats = createStats();
  const filter = new HttpFilter(http(), {
    wheel,
    stats,
    log,
    accessLog: new AccessLog(() => Promise.resolve(), { log }),
    clusters: new Map(), // the cluster that the route names is missing
    form: "native",
    network: new FakeNetwork(),
  });
  const client = new ScriptedConn();
  client.feed(GET);
  let thrown: unknown = null;
  await filter.open(client, { tls: false }).run().catch((error) => thrown = error);
  assert(thrown instanceof TypeError);
  assert(client.closed);
  await settle();
});
