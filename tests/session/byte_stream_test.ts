import { ConnError } from "../../src/errors.ts";
import { HeaderMap, type ResponseHead } from "../../src/http/mod.ts";
import { NO_BODY } from "../../src/http1/mod.ts";
import { type ByteStream, Http1ClientSession, TimerWheel } from "../../src/session/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { ScriptedConn, settle } from "./scripted_conn.ts";
import { HEAD_MS, IDLE_MS, ScriptedSession } from "./scripted_session.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ASK = "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n" +
  "upgrade: websocket\r\n\r\n";

const wheel = new TimerWheel(() => 0);

/** What the next read brings, as text; null at the end. */
async function read(stream: ByteStream, room = 1024): Promise<string | null> {
  const buffer = new Uint8Array(room);
  const count = await stream.read(buffer);
  return count === null ? null : new TextDecoder().decode(buffer.subarray(0, count));
}

/** Asks for an upgrade on a new connection; gives the answer's head. */
async function askFor(
  protocol: string | null,
  answer: string,
): Promise<{ conn: ScriptedConn; session: Http1ClientSession; head: ResponseHead | null }> {
  const conn = new ScriptedConn();
  const session = new Http1ClientSession(conn, wheel);
  const head = {
    method: "GET",
    target: "/",
    headers: HeaderMap.of(["host", "a"]),
    framing: NO_BODY,
  };
  session.startRequest(head, protocol);
  await session.writer.flush();
  conn.feed(answer);
  return { conn, session, head: await session.nextHead() };
}

Deno.test("An upgraded server session gives what the client says next, and counts it", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(ASK);
  await scripted.next();
  session.watch(() => {});
  const stream = session.upgrade();
  // The read that watched over the client is under way, and what it brings comes first.
  conn.feed("one");
  assertEquals(await read(stream), "one");
  conn.feed("two");
  assertEquals(await read(stream), "two");
  conn.feedEnd();
  assertEquals([await read(stream), await read(stream)], [null, null]);
  assertEquals(session.reader.bytes, ASK.length + 6);
});

Deno.test("What stands behind the head comes first, in pieces as large as they are asked for", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(`${ASK}0123456789`);
  await scripted.next();
  const stream = session.upgrade();
  conn.feed("abc");
  assertEquals([await read(stream, 4), await read(stream, 4), await read(stream, 4)], [
    "0123",
    "4567",
    "89",
  ]);
  assertEquals(await read(stream, 4), "abc");
});

Deno.test("A read that fails while it watches fails the stream", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(ASK);
  await scripted.next();
  session.watch(() => {});
  const stream = session.upgrade();
  conn.feedError("reset");
  assertEquals((await assertRejects(() => read(stream), ConnError)).code, "reset");
});

Deno.test("What is written and ended on a stream goes to the connection, counted as it is taken", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(ASK);
  await scripted.next();
  const stream = session.upgrade();
  conn.writeSize = 3;
  assertEquals(await stream.write(new TextEncoder().encode("hello")), 3);
  assertEquals([conn.written, session.writer.bytes], ["hel", 3]);
  await stream.closeWrite();
  assertEquals([conn.writeEnded, conn.closed], [true, false]);
  stream.close();
  assert(conn.closed);
});

Deno.test("None of HTTP's deadlines ends a session that was upgraded, and no drain does", async () => {
  using scripted = new ScriptedSession();
  const { conn, session } = scripted;
  conn.feed(ASK);
  await scripted.next();
  let interrupted = false;
  session.watch(() => interrupted = true);
  session.upgrade();
  session.drain();
  scripted.pass(HEAD_MS + IDLE_MS + 600_000);
  assertEquals([conn.closed, interrupted], [false, false]);
  conn.feedEnd();
  await settle();
  assertEquals(interrupted, false, "the stream's reader is told instead");
  session.close();
  assert(conn.closed);
});

Deno.test("A client session takes a 101 to what it asked for, and gives what comes behind it", async () => {
  const { conn, session, head } = await askFor("websocket", `${SWITCH}welcome`);
  assertEquals(head!.status, 101);
  const stream = session.upgrade();
  assertEquals(await read(stream), "welcome");
  conn.feed("more");
  assertEquals(await read(stream), "more");
  await stream.write(new TextEncoder().encode("hello"));
  assert(conn.written.endsWith("hello"));
  assertEquals(session.reusable, false);
  stream.close();
  assert(conn.closed);
});

Deno.test("A client session refuses a 101 to anything else", async () => {
  for (
    const [asked, answer] of [
      [null, SWITCH],
      ["irc", SWITCH],
      ["websocket", SWITCH.replace("upgrade: websocket\r\n", "")],
      ["websocket", SWITCH.replace("upgrade: websocket", "upgrade: websocket\r\nupgrade: irc")],
    ] as const
  ) {
    let refused: unknown = null;
    await askFor(asked, answer).catch((error) => refused = error);
    assertEquals((refused as { code: string }).code, "unasked_upgrade", answer);
  }
});

Deno.test("What one request may switch to, the next one may not", async () => {
  const { conn, session } = await askFor(
    "websocket",
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  );
  await session.reader.body();
  assert(session.reusable);
  session.park(() => {});
  session.startRequest({
    method: "GET",
    target: "/",
    headers: HeaderMap.of(["host", "a"]),
    framing: NO_BODY,
  });
  conn.feed(SWITCH);
  let refused: unknown = null;
  await session.nextHead().catch((error) => refused = error);
  assertEquals((refused as { code: string }).code, "unasked_upgrade");
  session.close();
  wheel[Symbol.dispose]();
});
