import { ConnError } from "../../src/errors.ts";
import { Tunnel } from "../../src/proxy/tunnel.ts";
import { TimerWheel } from "../../src/session/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { ScriptedConn, settle } from "../session/scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const IDLE_MS = 1_000;

/** A tunnel between scripted ends, on a clock that the test moves. */
class Tied implements Disposable {
  readonly downstream = new ScriptedConn();
  readonly upstream = new ScriptedConn();
  now = 0;
  readonly wheel = new TimerWheel(() => this.now);
  readonly tunnel: Tunnel;

  constructor(idleMs = IDLE_MS) {
    this.tunnel = new Tunnel(this.downstream, this.wheel, idleMs);
  }

  /** Which ends are closed: downstream, upstream. */
  get closed(): boolean[] {
    return [this.downstream.closed, this.upstream.closed];
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.wheel.advance();
    }
  }

  [Symbol.dispose](): void {
    this.tunnel.close();
    this.wheel[Symbol.dispose]();
  }
}

Deno.test("A tunnel carries bytes both ways and counts what was taken", async () => {
  using tied = new Tied();
  const { downstream, upstream, tunnel } = tied;
  const running = tunnel.run(upstream);
  downstream.feed("question");
  upstream.feed("answer");
  await settle();
  assertEquals([upstream.written, downstream.written], ["question", "answer"]);
  assertEquals([tunnel.received, tunnel.sent], [8, 6]);
  downstream.feedEnd();
  await settle();
  assertEquals([upstream.writeEnded, downstream.writeEnded], [true, false]);
  assertEquals(tied.closed, [false, false]);
  upstream.feedEnd();
  assertEquals(await running, "done");
  assertEquals([downstream.writeEnded, tunnel.cause], [true, null]);
  assertEquals(tied.closed, [true, true]);
});

Deno.test("A tunnel through which nothing goes ends when its time is over, and no sooner", async () => {
  using tied = new Tied();
  const running = tied.tunnel.run(tied.upstream);
  tied.pass(IDLE_MS - 100);
  for (const from of [tied.downstream, tied.upstream]) {
    from.feed("x");
    await settle();
    tied.pass(IDLE_MS - 100);
    assertEquals(tied.closed, [false, false]);
  }
  tied.pass(300);
  assertEquals(tied.closed, [true, true]);
  assertEquals(await running, "idle");
});

Deno.test("Bytes that the other side doesn't take are no sign of life", async () => {
  using tied = new Tied();
  const running = tied.tunnel.run(tied.upstream);
  tied.upstream.stall();
  tied.downstream.feed("x");
  await settle();
  assertEquals(tied.tunnel.received, 0);
  tied.pass(IDLE_MS + 200);
  assertEquals(await running, "idle");
});

Deno.test("A tunnel without an idle time waits for ever", async () => {
  using tied = new Tied(0);
  const running = tied.tunnel.run(tied.upstream);
  tied.pass(3_600_000);
  assertEquals(tied.closed, [false, false]);
  tied.tunnel.close();
  assertEquals(await running, "closed");
});

Deno.test("A side that fails is named, with what it failed with, and the other is closed", async () => {
  for (const side of ["downstream", "upstream"] as const) {
    for (const how of ["read", "write"]) {
      using tied = new Tied();
      const running = tied.tunnel.run(tied.upstream);
      if (how === "read") {
        tied[side].feedError("reset");
      } else {
        tied[side].writeFailure = "reset";
        tied[side === "upstream" ? "downstream" : "upstream"].feed("x");
      }
      assertEquals(await running, `${side}_lost`, how);
      const { cause } = tied.tunnel;
      assert(cause instanceof ConnError);
      assertEquals(cause.code, "reset");
      assertEquals(tied.closed, [true, true]);
    }
  }
});

Deno.test("A tunnel that was closed before it had an upstream closes that at once", async () => {
  using tied = new Tied();
  tied.tunnel.close();
  assertEquals(await tied.tunnel.run(tied.upstream), "closed");
  assertEquals(tied.closed, [true, true]);
  assertEquals(tied.upstream.reads, 0);
});
