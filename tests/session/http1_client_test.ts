import { ConnError, ProtocolError } from "../../src/errors.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { NO_BODY } from "../../src/http1/mod.ts";
import { Http1ClientSession, TimerWheel } from "../../src/session/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { ScriptedConn, settle } from "./scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = {
  method: "GET",
  target: "/",
  headers: HeaderMap.of(["host", "app.test"]),
  framing: NO_BODY,
};

/** A session on a scripted connection and a clock that the test moves. */
class Scripted implements Disposable {
  readonly conn = new ScriptedConn();
  now = 0;
  readonly #wheel = new TimerWheel(() => this.now);
  readonly session = new Http1ClientSession(this.conn, this.#wheel);
  lost = 0;

  /** Sends a GET and takes its whole answer. */
  async exchange(answer: string): Promise<string> {
    this.session.startRequest(GET);
    await this.session.writer.flush();
    this.conn.feed(answer);
    const head = await this.session.nextHead();
    let body = "";
    for (;;) {
      const piece = await this.session.reader.body();
      if (piece === null) return `${head?.status} ${body}`;
      body += new TextDecoder().decode(piece);
    }
  }

  park(): void {
    this.session.park(() => this.lost++);
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.#wheel.advance();
    }
  }

  [Symbol.dispose](): void {
    this.session.close();
    this.#wheel[Symbol.dispose]();
  }
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

Deno.test("A parked session carries the next request", async () => {
  using scripted = new Scripted();
  assertEquals(await scripted.exchange(OK), "200 hi");
  assert(scripted.session.reusable);
  scripted.park();
  assertEquals(await scripted.exchange(OK), "200 hi");
  assertEquals([scripted.session.uses, scripted.lost], [2, 0]);
});

Deno.test("A parked session is lost when its connection ends, fails, or sends what nobody asked for", async () => {
  for (
    const happen of [
      (conn: ScriptedConn) => conn.feedEnd(),
      (conn: ScriptedConn) => conn.feedError("reset"),
      // A server that times an idle connection out says so; the answer belongs to no request.
      (conn: ScriptedConn) => conn.feed("HTTP/1.1 408 Request Timeout\r\n\r\n"),
      (conn: ScriptedConn) => conn.feed("\r\n"),
    ]
  ) {
    using scripted = new Scripted();
    await scripted.exchange(OK);
    scripted.park();
    await settle();
    assertEquals(scripted.lost, 0);
    happen(scripted.conn);
    await settle();
    assertEquals(scripted.lost, 1, String(happen));
  }
});

Deno.test("A response after which nothing may follow leaves no reusable session", async () => {
  for (
    const answer of [
      "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
      "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
      `${OK}x`,
      `${OK}${OK}`,
      "HTTP/1.1 204 No Content\r\n\r\nbody",
    ]
  ) {
    using scripted = new Scripted();
    await scripted.exchange(answer);
    assertEquals(scripted.session.reusable, false, answer);
  }
});

Deno.test("HTTP/1.0 with keep-alive leaves a reusable session", async () => {
  using scripted = new Scripted();
  await scripted.exchange("HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
  assert(scripted.session.reusable);
});

Deno.test("A session in the middle of a response isn't reusable", async () => {
  using scripted = new Scripted();
  scripted.session.startRequest(GET);
  await scripted.session.writer.flush();
  assertEquals(scripted.session.reusable, false, "before the head");
  scripted.conn.feed("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nh");
  await scripted.session.nextHead();
  assertEquals(scripted.session.reusable, false, "in the body");
});

Deno.test("A session is unanswered until the first byte of its answer", async () => {
  for (
    const [sent, unanswered] of [
      ["", true],
      ["H", false],
      ["HTTP/1.1 103 Early Hints\r\n\r\n", false],
    ] as const
  ) {
    using scripted = new Scripted();
    const { session, conn } = scripted;
    session.startRequest(GET);
    await session.writer.flush();
    if (sent !== "") conn.feed(sent);
    conn.feedError("reset");
    const wait = async () => {
      while (await session.nextHead() !== null);
    };
    await assertRejects(wait, ConnError);
    assertEquals(session.unanswered, unanswered, JSON.stringify(sent));
  }
});

Deno.test("An end before the head is null, and inside of it a ProtocolError", async () => {
  using before = new Scripted();
  before.session.startRequest(GET);
  before.conn.feedEnd();
  assertEquals(await before.session.nextHead(), null);
  using inside = new Scripted();
  inside.session.startRequest(GET);
  inside.conn.feed("HTTP/1.1 2");
  inside.conn.feedEnd();
  const error = await assertRejects(() => inside.session.nextHead(), ProtocolError);
  assertEquals(error.code, "truncated_head");
});

Deno.test("Sixteen informational heads are passed on, and one more is refused", async () => {
  using scripted = new Scripted();
  scripted.session.startRequest(GET);
  scripted.conn.feed("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(17));
  for (let count = 0; count < 16; count++) {
    assertEquals((await scripted.session.nextHead())?.status, 103);
  }
  const error = await assertRejects(() => scripted.session.nextHead(), ProtocolError);
  assertEquals(error.code, "too_many_1xx");
});

Deno.test("101 is refused, because nobody asked to switch", async () => {
  using scripted = new Scripted();
  scripted.session.startRequest(GET);
  scripted.conn.feed("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");
  const error = await assertRejects(() => scripted.session.nextHead(), ProtocolError);
  assertEquals(error.code, "unasked_upgrade");
  assertEquals(scripted.session.reusable, false);
});

Deno.test("A response whose Connection field is refused leaves no reusable session", async () => {
  using scripted = new Scripted();
  await scripted.exchange(OK);
  scripted.park();
  scripted.session.startRequest(GET);
  scripted.conn.feed("HTTP/1.1 204 No Content\r\nconnection: host\r\n\r\n");
  await assertRejects(() => scripted.session.nextHead(), ProtocolError);
  assertEquals(scripted.session.reusable, false);
});

Deno.test("A deadline that passes closes the connection and is told apart", async () => {
  using scripted = new Scripted();
  const { session, conn } = scripted;
  session.startRequest(GET);
  session.setDeadline(1_000);
  const head = assertRejects(() => session.nextHead(), ConnError);
  scripted.pass(900);
  assertEquals([conn.closed, session.timedOut], [false, false]);
  scripted.pass(300);
  assertEquals([conn.closed, session.timedOut], [true, true]);
  assertEquals((await head).code, "closed");
});

Deno.test("A parked session is lost after an hour", async () => {
  using scripted = new Scripted();
  await scripted.exchange(OK);
  scripted.park();
  scripted.pass(3_600_000 - 100);
  await settle();
  assertEquals([scripted.lost, scripted.conn.closed], [0, false]);
  scripted.pass(300);
  await settle();
  assertEquals([scripted.lost, scripted.conn.closed], [1, true]);
});

Deno.test("A deadline that is set after the close expires no more", async () => {
  using scripted = new Scripted();
  scripted.session.close();
  scripted.session.setDeadline(1_000);
  scripted.pass(2_000);
  await settle();
  assertEquals(scripted.session.timedOut, false);
});
