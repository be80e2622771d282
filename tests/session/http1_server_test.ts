import { ConnError, ProtocolError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { settle } from "./scripted_conn.ts";
import { ScriptedSession } from "./scripted_session.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";

Deno.test("Requests follow one another on a connection, pipelined or not", async () => {
  using scripted = new ScriptedSession();
  scripted.conn.feed("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n");
  for (const path of ["/1", "/2"]) {
    assertEquals((await scripted.next()).path, path);
    assert(await scripted.answer());
  }
  scripted.conn.feed("GET /3 HTTP/1.1\r\nhost: a\r\n\r\n");
  assertEquals((await scripted.next()).path, "/3");
});

Deno.test("The end of a connection between requests is null", async () => {
  using scripted = new ScriptedSession();
  scripted.conn.feed(GET);
  scripted.conn.feedEnd();
  await scripted.next();
  assert(await scripted.answer());
  assertEquals(await scripted.session.nextRequest(), null);
});

Deno.test("A reset between requests is null, and in the middle of a head a ConnError", async () => {
  using between = new ScriptedSession();
  between.conn.feedError("reset");
  assertEquals(await between.session.nextRequest(), null);
  using within = new ScriptedSession();
  within.conn.feed("GET / HT");
  within.conn.feedError("reset");
  await assertRejects(() => within.session.nextRequest(), ConnError);
});

Deno.test("The end of a connection inside of a head is a ProtocolError", async () => {
  using scripted = new ScriptedSession();
  scripted.conn.feed("GET / HT");
  scripted.conn.feedEnd();
  const error = await assertRejects(() => scripted.session.nextRequest(), ProtocolError);
  assertEquals(error.code, "truncated_head");
});

Deno.test("A request that follows a large upload is read whole", async () => {
  using scripted = new ScriptedSession();
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

Deno.test("Whoever watches is told once when the client goes away", async () => {
  for (const happen of ["feedEnd", "feedError"] as const) {
    using scripted = new ScriptedSession();
    const { conn, session } = scripted;
    conn.feed(GET);
    await scripted.next();
    let gone = 0;
    session.watch(() => gone++);
    await settle();
    assertEquals(gone, 0);
    conn[happen]("reset");
    await settle();
    assertEquals(gone, 1, happen);
    session.close();
    assertEquals(gone, 1, happen);
  }
});

Deno.test("Whoever watches is not told of the next request", async () => {
  using scripted = new ScriptedSession();
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
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(GET + GET);
  await scripted.next();
  let gone = 0;
  session.watch(() => gone++);
  session.close();
  await settle();
  assertEquals(gone, 1);
});

Deno.test("Whoever watches is told of our own close, though the request isn't complete", async () => {
  using scripted = new ScriptedSession();
  scripted.conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhe");
  await scripted.next();
  let gone = 0;
  scripted.session.watch(() => gone++);
  await settle();
  assertEquals(scripted.conn.isReading, false, "the body is for whoever asks for it");
  scripted.session.close();
  assertEquals(gone, 1);
});

Deno.test("An answer that was sent ends the watch", async () => {
  using scripted = new ScriptedSession();
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

Deno.test("A client that asks to close, or speaks HTTP/1.0, gets no second exchange", async () => {
  for (
    const head of [
      "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
      "GET / HTTP/1.0\r\nhost: a\r\n\r\n",
    ]
  ) {
    using scripted = new ScriptedSession();
    scripted.conn.feed(head);
    scripted.conn.feedEnd();
    await scripted.next();
    assertEquals(await scripted.answer(), false);
    assert(scripted.conn.closed);
  }
});

Deno.test("A connection is closed behind an early answer once the client has said all", async () => {
  using scripted = new ScriptedSession();
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
  using slow = new ScriptedSession();
  slow.conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n");
  await slow.next();
  const ended = slow.answer();
  await settle();
  slow.pass(900);
  assertEquals(slow.conn.closed, false);
  slow.pass(300);
  assertEquals([await ended, slow.conn.closed], [false, true]);

  using fast = new ScriptedSession();
  fast.conn.feed("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 999999999\r\n\r\n");
  await fast.next();
  fast.conn.feed(new Uint8Array(4 * 1024 * 1024));
  assertEquals([await fast.answer(), fast.conn.closed], [false, true]);
});
