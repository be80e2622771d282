import { ConnError } from "../../src/errors.ts";
import { createStats, Tallies } from "../../src/observe/mod.ts";
import type { Filter, FilterSession } from "../../src/proxy/mod.ts";
import type { AcceptedConn, Conn, Listener, TlsInfo } from "../../src/runtime/mod.ts";
import { LiveListener } from "../../src/server/live_listener.ts";
import { TlsTerminator } from "../../src/server/tls_terminator.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { ScriptedConn, settle } from "../session/scripted_conn.ts";
import { hello } from "../tls/hellos.ts";
import { http, listener, type LogLine } from "./fixture.ts";
import { testTls } from "./tls.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const HANDSHAKE_TIMEOUT_MS = 15_000;

const INFO: TlsInfo = {
  alpn: null,
  serverName: null,
  version: null,
  cipher: null,
  peerCertificates: [],
};

/** A connection whose handshake is the test's. */
class GreetingConn extends ScriptedConn implements AcceptedConn {
  readonly greeting = Promise.withResolvers<TlsInfo>();
  readonly #beginning: Uint8Array;

  /** It begins with a ClientHello, or as it is told. */
  constructor(beginning: Uint8Array = hello()) {
    super();
    this.#beginning = beginning;
    this.greeting.promise.catch(() => {}); // As on a real one, nobody needs to ask.
  }

  // deno-lint-ignore require-await -- as on a real one
  async peek<Verdict>(judge: (bytes: Uint8Array) => Verdict | null): Promise<Verdict> {
    const verdict = judge(this.#beginning);
    assert(verdict !== null);
    return verdict;
  }

  skip(): void {}

  startTls(): Promise<TlsInfo> {
    return this.greeting.promise;
  }

  override close(): void {
    super.close();
    this.greeting.reject(new ConnError("closed", "closed on this end"));
  }
}

/** A connection on which nothing comes. */
class SilentConn extends GreetingConn {
  override peek(): Promise<never> {
    return this.greeting.promise as Promise<never>;
  }
}

/** A bound port to which the test delivers connections. */
class ScriptedListener implements Listener<AcceptedConn> {
  readonly address = { host: "127.0.0.1", port: 443 };
  readonly #queue: AcceptedConn[] = [];
  #wake: (() => void) | null = null;
  #closed = false;

  async accept(): Promise<AcceptedConn | null> {
    while (this.#queue.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#queue.shift() ?? null;
  }

  deliver(conn: AcceptedConn): void {
    this.#queue.push(conn);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }
}

/** A listener with a clock that the test moves, and a filter that does as `run` does. */
class Fixture implements Disposable {
  readonly port = new ScriptedListener();
  readonly log: LogLine[] = [];
  readonly stats = createStats();
  now = 0;
  readonly wheel = new TimerWheel(() => this.now);
  readonly live: LiveListener;
  opened = 0;
  /** Connections that were taken for plain HTTP on a port for TLS. */
  openedPlain = 0;
  drained = 0;

  private constructor(config: ReturnType<typeof listener>, run: FilterSession["run"]) {
    const say = (level: LogLine["level"]) => (message: string, fields = {}) =>
      void this.log.push({ level, message, fields });
    const session = (conn: Conn) => ({
      uses: null,
      run,
      drain: () => void this.drained++,
      close: () => conn.close(),
    });
    const filter: Filter = {
      open: (conn) => {
        this.opened++;
        return session(conn);
      },
      openPlain: (conn) => {
        this.openedPlain++;
        return session(conn);
      },
    };
    this.live = new LiveListener(config, this.port, {
      chains: config.filterChains.map((chain) => ({
        config: chain,
        filter,
        tls: chain.tls && new TlsTerminator(chain.tls),
        discourage: () => {},
      })),
      fallback: null,
      sharesRoutes: true,
      wheel: this.wheel,
      stats: this.stats,
      connections: new Tallies().tally("connections"),
      log: { info: say("info"), warning: say("warning"), error: say("error") },
    });
    this.live.start();
  }

  static async start(
    tls: boolean,
    run: FilterSession["run"],
    maxConnections = 0,
  ): Promise<Fixture> {
    const downstream = tls ? (await testTls()).downstream : null;
    return new Fixture(listener(http(), { tls: downstream, maxConnections }), run);
  }

  /** What was logged: its messages. */
  get told(): string[] {
    return this.log.map(({ message }) => message);
  }

  stat(leaf: string): number {
    const name = `listener.127.0.0.1_443.${leaf}`;
    return this.stats.readings().find((reading) => reading.name === name)?.value ?? 0;
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.wheel.advance();
    }
  }

  [Symbol.dispose](): void {
    this.live.close();
    this.wheel[Symbol.dispose]();
  }
}

const nothing = () => Promise.resolve();

Deno.test("A handshake that isn't finished within 15 s is cut off, counted and logged", async () => {
  using fixture = await Fixture.start(true, nothing);
  const conn = new GreetingConn();
  fixture.port.deliver(conn);
  await settle();
  fixture.pass(HANDSHAKE_TIMEOUT_MS - 100);
  await settle();
  assertEquals([conn.closed, fixture.stat("downstream_cx_active")], [false, 1]);
  fixture.pass(300);
  await settle();
  assertEquals([conn.closed, fixture.opened], [true, 0]);
  assertEquals(fixture.stat("downstream_cx_transport_socket_connect_timeout"), 1);
  assertEquals(fixture.stat("ssl.connection_error"), 0);
  assertEquals(fixture.stat("downstream_cx_active"), 0);
  assertMatch(String(fixture.log[0].fields.cause), "15000 ms");
});

Deno.test("A client that says nothing at all is cut off after 15 s, too", async () => {
  using fixture = await Fixture.start(true, nothing);
  const conn = new SilentConn();
  fixture.port.deliver(conn);
  await settle();
  fixture.pass(HANDSHAKE_TIMEOUT_MS - 100);
  await settle();
  assertEquals(conn.closed, false);
  fixture.pass(300);
  await settle();
  assertEquals([conn.closed, fixture.opened], [true, 0]);
  assertEquals(fixture.stat("downstream_cx_transport_socket_connect_timeout"), 1);
  assertEquals(fixture.log.map(({ fields }) => fields.code), ["handshake_timeout"]);
});

Deno.test("A handshake that succeeds is counted by version and cipher, and hands over", async () => {
  using fixture = await Fixture.start(true, nothing);
  const conn = new GreetingConn();
  fixture.port.deliver(conn);
  await settle();
  assertEquals(fixture.opened, 0);
  conn.greeting.resolve({ ...INFO, version: "TLSv1.3", cipher: "X" });
  await settle();
  assertEquals(fixture.opened, 1);
  for (const leaf of ["ssl.handshake", "ssl.versions.TLSv1.3", "ssl.ciphers.X"]) {
    assertEquals(fixture.stat(leaf), 1, leaf);
  }
});

Deno.test("A handshake under way ends with the stop, and nobody is served after it", async () => {
  using fixture = await Fixture.start(true, nothing);
  const late = new GreetingConn();
  fixture.port.deliver(late);
  await settle();
  await fixture.live.drain();
  await settle();
  assertEquals([late.closed, fixture.opened, fixture.log], [true, 0, []]);
});

Deno.test("A handshake that is finished as the stop begins hands over, to be drained", async () => {
  using fixture = await Fixture.start(true, nothing);
  const conn = new GreetingConn();
  fixture.port.deliver(conn);
  await settle();
  conn.greeting.resolve(INFO);
  await fixture.live.drain();
  assertEquals([fixture.drained, fixture.opened], [1, 1]);
});

Deno.test("A mistake of ours ends one connection, is logged as such, and harms no other", async () => {
  let run = () => Promise.reject<void>(new TypeError("a bug"));
  using fixture = await Fixture.start(false, () => run());
  const unlucky = new GreetingConn(), lucky = new GreetingConn();
  fixture.port.deliver(unlucky);
  await settle();
  assert(unlucky.closed);
  const [{ level, message, fields }] = fixture.log;
  assertEquals([level, message], ["error", "internal error"]);
  assertMatch(String(fields.cause), "TypeError: a bug");
  run = nothing;
  fixture.port.deliver(lucky);
  await settle();
  assertEquals([fixture.opened, fixture.log.length], [2, 1]);
  assertEquals(fixture.stat("downstream_cx_active"), 0);
});

Deno.test("A drain waits for what runs, and for nothing else", async () => {
  const running = Promise.withResolvers<void>();
  using fixture = await Fixture.start(false, () => running.promise);
  fixture.port.deliver(new GreetingConn());
  await settle();
  let drained = false;
  const drain = fixture.live.drain().then(() => drained = true);
  await settle();
  assertEquals(drained, false);
  running.resolve();
  await drain;
});

Deno.test("Plain HTTP on a port for TLS is counted, logged, and handed over as what it is", async () => {
  using fixture = await Fixture.start(true, nothing);
  fixture.port.deliver(new GreetingConn(new TextEncoder().encode("GET / HTTP/1.1\r\n")));
  await settle();
  assertEquals([fixture.opened, fixture.openedPlain], [0, 1]);
  assertEquals([fixture.stat("downstream_cx_not_tls"), fixture.stat("ssl.handshake")], [1, 0]);
  assertEquals(fixture.told, ["plain HTTP on a TLS port"]);
});

Deno.test("One connection more than the limit is closed before its handshake, and counted", async () => {
  const first = Promise.withResolvers<void>();
  using fixture = await Fixture.start(true, () => first.promise, 2);
  const served = new GreetingConn(), greeting = new GreetingConn(), surplus = new GreetingConn();
  for (const conn of [served, greeting, surplus]) fixture.port.deliver(conn);
  served.greeting.resolve(INFO);
  await settle();
  assertEquals([served, greeting, surplus].map(({ closed }) => closed), [false, false, true]);
  assertEquals(fixture.stat("downstream_cx_overflow"), 1);
  // As Envoy counts: it was never one of the listener's.
  assertEquals([fixture.stat("downstream_cx_total"), fixture.stat("downstream_cx_active")], [2, 2]);
  first.resolve();
  await settle();
  const next = new GreetingConn();
  fixture.port.deliver(next);
  await settle();
  assertEquals([next.closed, fixture.stat("downstream_cx_overflow")], [false, 1]);
});

Deno.test("Connections too many are told of when it begins and when it is over, not each", async () => {
  using fixture = await Fixture.start(false, () => new Promise(() => {}), 1);
  const deliver = async () => {
    fixture.port.deliver(new GreetingConn());
    await settle();
  };
  for (let count = 0; count < 4; count++) await deliver();
  assertEquals(fixture.log.map(({ level, fields }) => [level, fields.limit]), [["warning", 1]]);
  fixture.pass(9_500);
  await deliver();
  fixture.pass(9_500);
  assertEquals(fixture.log.length, 1);
  fixture.pass(1_000);
  assertEquals(fixture.log.length, 2);
  assertEquals([fixture.log[1].level, fixture.log[1].fields.closed], ["info", 4]);
  await deliver();
  assertEquals(fixture.log.map(({ level }) => level), ["warning", "info", "warning"]);
});
