import { ConnError, ProtocolError } from "../../src/errors.ts";
import { HeaderMap, type RequestHead } from "../../src/http/mod.ts";
import { Http1ServerSession, TimerWheel } from "../../src/session/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { ScriptedConn, settle } from "./scripted_conn.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const HEAD_MS = 10_000, IDLE_MS = 60_000, STREAM_IDLE_MS = 300_000;
const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";

/** A session on a scripted connection and a clock that the test moves. */
class Scripted implements Disposable {
  readonly conn = new ScriptedConn();
  now = 0;
  readonly wheel = new TimerWheel(() => this.now);
  readonly session = new Http1ServerSession(this.conn, {
    wheel: this.wheel,
    headTimeoutMs: HEAD_MS,
    idleTimeoutMs: IDLE_MS,
  });

  /** The next request, begun. */
  async next(): Promise<RequestHead> {
    const head = await this.session.nextRequest();
    assert(head !== null);
    this.session.begin(head);
    return head;
  }

  /** The request's whole body. */
  async body(): Promise<string> {
    let body = "";
    for (;;) {
      const piece = await this.session.reader.body();
      if (piece === null) return body;
      body += new TextDecoder().decode(piece);
    }
  }

  /** Answers with 200 and no body. */
  async answer(): Promise<boolean> {
    this.session.startResponse({
      status: 200,
      reason: "OK",
      headers: new HeaderMap(),
      framing: { kind: "length", size: 0 },
    });
    await this.session.writer.flush();
    return await this.session.endExchange();
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      this.wheel.advance();
    }
  }

  [Symbol.dispose](): void {
    this.session.close();
    this.wheel[Symbol.dispose]();
  }
}

Deno.test("Requests follow one another on a connection, pipelined or not", async () => {
  using scripted = new Scripted();
  scripted.conn.feed("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n");
  for (const path of ["/1", "/2"]) {
    assertEquals((await scripted.next()).path, path);
    assert(await scripted.answer());
  }
  scripted.conn.feed("GET /3 HTTP/1.1\r\nhost: a\r\n\r\n");
  assertEquals((await scripted.next()).path, "/3");
});

Deno.test("The end of a connection between requests is null", async () => {
  using scripted = new Scripted();
  scripted.conn.feed(GET);
  scripted.conn.feedEnd();
  await scripted.next();
  assert(await scripted.answer());
  assertEquals(await scripted.session.nextRequest(), null);
});

Deno.test("A reset between requests is null, and in the middle of a head a ConnError", async () => {
  using between = new Scripted();
  between.conn.feedError("reset");
  assertEquals(await between.session.nextRequest(), null);
  using within = new Scripted();
  within.conn.feed("GET / HT");
  within.conn.feedError("reset");
  await assertRejects(() => within.session.nextRequest(), ConnError);
});

Deno.test("The end of a connection inside of a head is a ProtocolError", async () => {
  using scripted = new Scripted();
  scripted.conn.feed("GET / HT");
  scripted.conn.feedEnd();
  const error = await assertRejects(() => scripted.session.nextRequest(), ProtocolError);
  assertEquals(error.code, "truncated_head");
});

Deno.test("A request that follows a large upload is read whole", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  const size = 300_000;
  conn.feed(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
  conn.feed("x".repeat(size));
  await scripted.next();
  assertEquals((await scripted.body()).length, size);
  session.watch(() => {});
  assert(await scripted.answer());
  conn.feed("GET /next HTTP/1.1\r\nhost: a\r\n\r\n");
  assertEquals((await scripted.next()).path, "/next");
});

Deno.test("An idle connection is closed in silence when its time is over", async () => {
  using scripted = new Scripted();
  const next = scripted.session.nextRequest();
  scripted.pass(IDLE_MS - 100);
  assertEquals(scripted.conn.closed, false);
  scripted.pass(300);
  assertEquals(await next, null);
  assertEquals([scripted.conn.closed, scripted.conn.written], [true, ""]);
  assertEquals(scripted.session.timeout, null);
});

Deno.test("A head that doesn't end in time is answered 408 and closed", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  const next = assertRejects(() => session.nextRequest(), ConnError);
  scripted.pass(IDLE_MS / 2);
  conn.feed("GET / HTTP/1.1\r\n");
  await settle();
  scripted.pass(HEAD_MS - 100);
  // A byte now and then earns no more time.
  conn.feed("host: a");
  await settle();
  assertEquals(conn.written, "");
  scripted.pass(300);
  await next;
  assertMatch(conn.written, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assertMatch(conn.written, "connection: close\r\n");
  assertMatch(conn.written, /\r\n\r\nrequest header timeout$/);
  assertEquals([conn.closed, session.timeout], [true, "head"]);
});

Deno.test("The time for a pipelined head runs from the end of the exchange before it", async () => {
  using scripted = new Scripted();
  scripted.conn.feed(`${GET}GET /2 HTT`);
  await scripted.next();
  scripted.pass(HEAD_MS * 2);
  assert(await scripted.answer());
  const next = assertRejects(() => scripted.session.nextRequest(), ConnError);
  scripted.pass(HEAD_MS - 100);
  assertEquals(scripted.conn.closed, false);
  scripted.pass(300);
  await next;
  assertEquals(scripted.session.timeout, "head");
});

Deno.test("A head that ends while its 408 is on the way begins no exchange", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  const next = assertRejects(() => session.nextRequest(), ConnError);
  conn.feed("GET / HTTP/1.1\r\n");
  await settle();
  conn.stall();
  scripted.pass(HEAD_MS + 200);
  conn.feed("host: a\r\n\r\n");
  await next;
  assertEquals(session.timeout, "head");
});

Deno.test("A client that doesn't take its 408 is cut off", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  const next = assertRejects(() => session.nextRequest(), ConnError);
  conn.feed("GET / HTTP/1.1\r\n");
  await settle();
  conn.stall();
  scripted.pass(HEAD_MS + 200);
  await settle();
  scripted.pass(5_000);
  assert(conn.closed);
  await next;
});

Deno.test("A body that stalls for five minutes ends the connection", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n");
  await scripted.next();
  const body = assertRejects(() => scripted.body(), ConnError);
  scripted.pass(STREAM_IDLE_MS - 100);
  assertEquals(conn.closed, false);
  scripted.pass(300);
  await body;
  assertEquals([conn.closed, session.timeout], [true, "stream"]);
});

Deno.test("An exchange that moves on starts its time anew", async () => {
  using scripted = new Scripted();
  scripted.conn.feed(GET);
  await scripted.next();
  for (let count = 0; count < 3; count++) {
    scripted.pass(STREAM_IDLE_MS - 1_000);
    scripted.session.touch();
  }
  assertEquals(scripted.conn.closed, false);
});

Deno.test("Whoever watches is told once when the client goes away", async () => {
  for (const happen of ["feedEnd", "feedError"] as const) {
    using scripted = new Scripted();
    const { conn, session } = scripted;
    conn.feed(GET);
    await scripted.next();
    let gone = 0;
    session.watch(() => gone++);
    await settle();
    assertEquals(gone, 0);
    conn[happen]("reset");
    await settle();
    session.close();
    assertEquals(gone, 1, happen);
  }
});

Deno.test("Whoever watches is not told of the next request", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  conn.feed(GET);
  await scripted.next();
  let gone = 0;
  session.watch(() => gone++);
  conn.feed(GET);
  await settle();
  assertEquals(gone, 0);
  assert(await scripted.answer());
  await scripted.next();
});

Deno.test("Whoever watches is told of our own close, though a pipelined request waits", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  conn.feed(GET + GET);
  await scripted.next();
  let gone = 0;
  session.watch(() => gone++);
  session.close();
  await settle();
  assertEquals(gone, 1);
});

Deno.test("An answer that was sent ends the watch", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  conn.feed(GET);
  await scripted.next();
  let gone = 0;
  session.watch(() => gone++);
  assert(await scripted.answer());
  conn.feedEnd();
  assertEquals(await session.nextRequest(), null);
  assertEquals(gone, 0);
});

Deno.test("A drained session is closed at once when idle", async () => {
  using scripted = new Scripted();
  const next = scripted.session.nextRequest();
  await settle();
  scripted.session.drain();
  assertEquals(await next, null);
  assert(scripted.conn.closed);
});

Deno.test("A drained session finishes its exchange and takes no other", async () => {
  using scripted = new Scripted();
  const { conn, session } = scripted;
  conn.feed(GET + GET);
  await scripted.next();
  session.drain();
  assertEquals([conn.closed, session.persists], [false, false]);
  conn.feedEnd();
  assertEquals(await scripted.answer(), false);
  assertMatch(conn.written, "200 OK");
  assert(conn.closed);
  assertEquals(await session.nextRequest(), null);
});

Deno.test("A client that asks to close, or speaks HTTP/1.0, gets no second exchange", async () => {
  for (
    const head of [
      "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
      "GET / HTTP/1.0\r\nhost: a\r\n\r\n",
    ]
  ) {
    using scripted = new Scripted();
    scripted.conn.feed(head);
    scripted.conn.feedEnd();
    await scripted.next();
    assertEquals(await scripted.answer(), false);
    assert(scripted.conn.closed);
  }
});

Deno.test("A connection is closed behind an early answer once the client has said all", async () => {
  using scripted = new Scripted();
  const { conn } = scripted;
  conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n");
  await scripted.next();
  scripted.session.willClose();
  const ended = scripted.answer();
  await settle();
  // Our direction has ended, and what the client still sends is taken, so that it sees the answer.
  assertEquals([conn.writeEnded, conn.closed], [true, false]);
  conn.feed("123456789");
  await settle();
  assertEquals(conn.closed, false);
  conn.feedEnd();
  assertEquals(await ended, false);
  assert(conn.closed);
});

Deno.test("A client that goes on and on behind an early answer is cut off, by time or by count", async () => {
  using slow = new Scripted();
  slow.conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n");
  await slow.next();
  const ended = slow.answer();
  await settle();
  slow.pass(900);
  assertEquals(slow.conn.closed, false);
  slow.pass(300);
  assertEquals([await ended, slow.conn.closed], [false, true]);

  using fast = new Scripted();
  fast.conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 999999999\r\n\r\n");
  await fast.next();
  fast.conn.feed(new Uint8Array(4 * 1024 * 1024));
  assertEquals([await fast.answer(), fast.conn.closed], [false, true]);
});
