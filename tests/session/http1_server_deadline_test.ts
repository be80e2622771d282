import { ConnError } from "../../src/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { settle } from "./scripted_conn.ts";
import { HEAD_MS, IDLE_MS, ScriptedSession } from "./scripted_session.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const GET = "GET / HTTP/1.1\r\nhost: app.test\r\n\r\n";
/** Envoy's `stream_idle_timeout`. */
const STREAM_IDLE_MS = 300_000;

Deno.test("An idle connection is closed in silence when its time is over", async () => {
  using scripted = new ScriptedSession();
  const next = scripted.session.nextRequest();
  scripted.pass(IDLE_MS - 100);
  assertEquals(scripted.conn.closed, false);
  scripted.pass(300);
  assertEquals(await next, null);
  assertEquals([scripted.conn.closed, scripted.conn.written], [true, ""]);
  assertEquals(scripted.session.timeout, null);
});

Deno.test("A head that doesn't end in time is answered 408 and closed", async () => {
  using scripted = new ScriptedSession();
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
  using scripted = new ScriptedSession();
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
  using scripted = new ScriptedSession();
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
  using scripted = new ScriptedSession();
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
  using scripted = new ScriptedSession();
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
  using scripted = new ScriptedSession();
  scripted.conn.feed(GET);
  await scripted.next();
  for (let count = 0; count < 3; count++) {
    scripted.pass(STREAM_IDLE_MS - 1_000);
    scripted.session.touch();
  }
  assertEquals(scripted.conn.closed, false);
});
