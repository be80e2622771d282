import { assert, assertEquals, assertMatch } from "../assert.ts";
import { settle } from "./scripted_conn.ts";
import { IDLE_MS, ScriptedSession } from "./scripted_session.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
/** How long a drained client that has had an answer may take to ask again, and one that has come. */
const [AGAIN_MS, FIRST_MS] = [100, 1000];
/** How much later than it was set a deadline may fire. */
const LATE_MS = 200;

/** A session whose client has had one answer and waits. */
async function idling(): Promise<ScriptedSession> {
  const scripted = new ScriptedSession();
  scripted.conn.feed(GET);
  await scripted.next();
  assert(await scripted.answer());
  return scripted;
}

Deno.test("A drain ends an idle connection in a moment: our direction first, then the client's", async () => {
  using scripted = await idling();
  const { conn, session } = scripted;
  const next = session.nextRequest();
  await settle();
  session.drain();
  assertEquals(conn.writeEnded, false);
  scripted.pass(AGAIN_MS + LATE_MS);
  await settle();
  assertEquals([conn.writeEnded, conn.closed], [true, false]);
  conn.feedEnd();
  assertEquals(await next, null);
});

Deno.test("A client that doesn't see that its connection has ended is not waited for for long", async () => {
  using scripted = await idling();
  const next = scripted.session.nextRequest();
  scripted.session.drain();
  scripted.pass(AGAIN_MS + 1000 + 2 * LATE_MS);
  assertEquals(await next, null);
  assert(scripted.conn.closed);
});

Deno.test("A request that was on its way when the drain began is answered as the last one", async () => {
  using scripted = await idling();
  const { conn, session } = scripted;
  const next = scripted.next();
  await settle();
  session.drain();
  conn.feed("GET /late HTTP/1.1\r\nhost: a\r\n\r\n");
  assertEquals((await next).path, "/late");
  assertEquals(session.connectionOption, "close");
  scripted.pass(IDLE_MS - LATE_MS);
  assertEquals(conn.closed, false, "the exchange has its own time");
  conn.feedEnd();
  assertEquals(await scripted.answer(), false);
  assert(conn.closed);
});

Deno.test("A request that crosses with the end of the stream is dropped without a reset", async () => {
  using scripted = await idling();
  const { conn, session } = scripted;
  const next = session.nextRequest();
  await settle();
  session.drain();
  scripted.pass(AGAIN_MS + LATE_MS);
  await settle();
  conn.feed(GET);
  await settle();
  assertEquals([conn.writeEnded, conn.closed], [true, false], "what came is read, not torn");
  conn.feedEnd();
  assertEquals(await next, null);
  assert(conn.closed);
  assertEquals(conn.written.match(/HTTP\/1\.1/g)?.length, 1);
});

Deno.test("A client that has only just come when the drain begins gets its first answer", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  session.drain();
  const next = scripted.next();
  scripted.pass(FIRST_MS - LATE_MS);
  await settle();
  conn.feed(GET);
  await next;
  assertEquals(session.connectionOption, "close");
  conn.feedEnd();
  assertEquals(await scripted.answer(), false);
});

Deno.test("A client that came long ago and never asked holds a drain up no longer than any other", async () => {
  using scripted = new ScriptedSession();
  const next = scripted.session.nextRequest();
  scripted.pass(10 * FIRST_MS);
  scripted.session.drain();
  scripted.pass(AGAIN_MS + LATE_MS);
  await settle();
  assert(scripted.conn.writeEnded);
  scripted.conn.feedEnd();
  assertEquals(await next, null);
});

Deno.test("A second drain doesn't begin the moment anew", async () => {
  using scripted = await idling();
  const { conn, session } = scripted;
  void session.nextRequest();
  for (let count = 0; count < 5; count++) {
    session.drain();
    scripted.pass(LATE_MS / 2);
  }
  await settle();
  assert(conn.writeEnded);
});

Deno.test("A drained session finishes its exchange and takes no other", async () => {
  using scripted = new ScriptedSession();
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

Deno.test("A drain that comes behind a response's head leaves the word to the next response", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(GET + "GET /2 HTTP/1.1\r\nhost: a\r\n\r\n");
  await scripted.next();
  const answered = scripted.answer();
  session.drain();
  assert(await answered, "the client wasn't told, and has asked already");
  assertEquals((await scripted.next()).path, "/2");
  assertEquals(session.connectionOption, "close");
  conn.feedEnd();
  assertEquals(await scripted.answer(), false);
});
