import type { Config, ListenerConfig } from "../../src/config/model.ts";
import { AccessLog, createStats, Tallies } from "../../src/observe/mod.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import type { SocketAddress } from "../../src/runtime/mod.ts";
import { ConnError } from "../../src/errors.ts";
import { DataPlane } from "../../src/server/data_plane.ts";
import { keyOfListener } from "../../src/server/same.ts";
import { SharedLimits } from "../../src/server/shared_limits.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { cluster, config, http, listener, type LogLine, route } from "./fixture.ts";
import { testTls } from "./tls.ts";
import { connectTls } from "./tls_wire.ts";
import { Upstream } from "./upstream.ts";
import { connect, until, Wire } from "./wire.ts";

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const UPGRADE =
  "GET / HTTP/1.1\r\nhost: app.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
/** Longer than any test takes. */
const LONG_MS = 600_000;
/** How long what was taken away has, where a test waits for that to be over. */
const SHORT_MS = 50;

/** One worker's share, whose reloads are made by hand. */
class Plane implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly stats = createStats();
  readonly #limits = new SharedLimits(1);
  readonly plane: DataPlane;
  #bound: ReadonlyMap<string, SocketAddress> = new Map();

  constructor() {
    const say = (level: LogLine["level"]) => (message: string, fields = {}) =>
      void this.log.push({ level, message, fields });
    const log = { info: say("info"), warning: say("warning"), error: say("error") };
    this.plane = new DataPlane({
      network: denoRuntime(),
      stats: this.stats,
      tallies: new Tallies(0),
      log,
      accessLog: new AccessLog(() => Promise.resolve(), { log }),
      sharesPorts: false,
      isFirst: true,
    });
  }

  /** Serves it; gives where its listeners are bound, in their order. */
  async serve(config: Config, drainMs = LONG_MS): Promise<number[]> {
    await this.prepare(config);
    await this.plane.commit(drainMs);
    return config.listeners.map((listener) => this.#bound.get(keyOfListener(listener))!.port);
  }

  /** As another thread's configuration, it shares no object with those of before. */
  async prepare(config: Config): Promise<void> {
    const tallies = this.#limits.give(config);
    const next = { config: structuredClone(config), bound: this.#bound, tallies };
    this.#bound = await this.plane.prepare(next);
  }

  /** How many connections the listeners have taken in. */
  get accepted(): number {
    const readings = this.stats.readings().filter(({ name }) =>
      /^listener\..*\.downstream_cx_total$/.test(name)
    );
    return readings.reduce((sum, { value }) => sum + value, 0);
  }

  /** All numbers, a name a line. */
  names(): string {
    return this.stats.readings().map(({ name }) => name).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plane.stop(0);
    assertEquals(this.log.filter(({ level }) => level === "error"), []);
  }
}

/** Answers, or changes to a protocol that sends everything back. */
function upstreamOf(): Upstream {
  return new Upstream(async (wire) => {
    for (;;) {
      const request = await wire.request();
      if (request === null) return;
      if (request.header("upgrade") === null) await wire.send(OK);
      else break;
    }
    await wire.send(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    for (let piece; (piece = await wire.piece()) !== null;) await wire.send(piece);
  });
}

const withUpgrades = () => http({ routes: [route({ upgrades: ["websocket"] })] });

async function upgrade(wire: Wire): Promise<void> {
  await wire.send(UPGRADE);
  assertMatch(await wire.head() ?? "", " 101 ");
}

async function echoes(wire: Wire): Promise<void> {
  await wire.send("ping");
  assertEquals(new TextDecoder().decode(await wire.bytes(4)), "ping");
}

Deno.test("A handshake that begins after a reload outlives what that one drains", async () => {
  await using upstream = upstreamOf();
  await using plane = new Plane();
  const { ca, downstream } = await testTls();
  const clusters = [cluster([upstream.port])];
  const turn = (maxConnections: number) =>
    config([listener(http(), { tls: downstream, maxConnections })], clusters);
  const [port] = await plane.serve(turn(0));
  await plane.serve(turn(1000), SHORT_MS);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await until(() => plane.accepted === 1, "it is taken in");
  await plane.serve(turn(2000), LONG_MS);
  // Nothing tells of a drain's end that had nothing to cut off.
  await new Promise((resolve) => setTimeout(resolve, 2 * SHORT_MS));
  const tls = await Deno.startTls(conn, { hostname: "localhost", caCerts: [ca] });
  using wire = new Wire(tls);
  await wire.send(GET);
  assertEquals((await wire.response()).text, "hi");
});

Deno.test("A WebSocket on an untouched route lives on under other timeouts, not under other demands", async () => {
  await using upstream = upstreamOf();
  await using plane = new Plane();
  const { ca, downstream } = await testTls();
  const clusters = [cluster([upstream.port])];
  const of = (name: string, tls: ListenerConfig["filterChains"][0]["tls"], idleMs: number) => {
    const filter = withUpgrades();
    const timeouts = { ...filter.timeouts, idleMs };
    return listener({ ...filter, timeouts }, { name, tls });
  };
  const [slow, strict] = await plane.serve(
    config([of("slow", downstream, 1_000), of("strict", downstream, 1_000)], clusters),
  );
  using kept = await connectTls(slow, { ca, client: null });
  using gone = await connectTls(strict, { ca, client: null });
  for (const wire of [kept, gone]) await upgrade(wire);
  const mutual = {
    ...downstream,
    clientCertificate: { required: true, ca: { path: null, pem: ca }, crl: null, sans: [] },
  };
  await plane.serve(
    config([of("slow", downstream, 2_000), of("strict", mutual, 1_000)], clusters),
    SHORT_MS,
  );
  assertEquals(await gone.drain(), "");
  await echoes(kept);
});

Deno.test("A route that is taken away and given back is another one: its WebSockets are drained", async () => {
  await using upstream = upstreamOf();
  await using plane = new Plane();
  const clusters = [cluster([upstream.port])];
  const whole = config([listener(withUpgrades())], clusters);
  const [port] = await plane.serve(whole);
  using before = await connect(port);
  await upgrade(before);
  await plane.serve(
    config([listener(http({ routes: [route({ maxBodyBytes: 1 })] }))], clusters),
    SHORT_MS,
  );
  await plane.serve(whole);
  using after = await connect(port);
  await upgrade(after);
  assertEquals(await before.drain(), "");
  await echoes(after);
});

Deno.test("What can't be bound leaves nothing bound, counted or drained", async () => {
  await using upstream = upstreamOf();
  await using plane = new Plane();
  const clusters = [cluster([upstream.port])];
  const web = listener(http());
  const [port] = await plane.serve(config([web], clusters));
  using kept = await connect(port);
  await kept.send(GET);
  assertEquals((await kept.response()).text, "hi");
  const names = plane.names();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const freePort = (free.addr as Deno.NetAddr).port;
  free.close();
  const next = config([
    listener(http({ statPrefix: "other" }), { name: "other", port: freePort }),
    listener(http({ statPrefix: "taken" }), { name: "taken", port: upstream.port }),
  ], [cluster([upstream.port]), cluster([1], { name: "added" })]);
  const { message } = await assertRejects(() => plane.prepare(next), ConnError);
  assertMatch(message, `127.0.0.1:${upstream.port}`);
  await assertRejects(() => connect(freePort), Deno.errors.ConnectionRefused);
  assertEquals(plane.names(), names);
  await kept.send(GET);
  assertEquals((await kept.response()).text, "hi");
  assert(upstream.wires.length === 1, "its pool was kept");
});

Deno.test("What was prepared and called off is as if it had never been", async () => {
  await using upstream = upstreamOf();
  await using plane = new Plane();
  const clusters = [cluster([upstream.port])];
  const [port] = await plane.serve(config([listener(http())], clusters));
  const names = plane.names();
  const added = listener(http({ statPrefix: "added" }), { name: "added" });
  await plane.prepare(
    config([listener(http()), added], [...clusters, cluster([1], { name: "new" })]),
  );
  await plane.plane.abort();
  assertEquals(plane.names(), names);
  using wire = await connect(port);
  await wire.send(GET);
  assertEquals((await wire.response()).text, "hi");
});
