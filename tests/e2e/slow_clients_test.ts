/**
 * Clients that send or read a byte now and then: each is cut off at its deadline, and the others are
 * served meanwhile.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type Act, FaultUpstream } from "./faults/fault_socket.ts";
import { HEAD_END } from "./faults/fault.ts";
import { expectClean } from "./faults/fault_runner.ts";
import { isQuiet } from "./faults/gauges.ts";
import { answerClean, expectStop } from "./faults/lanes.ts";
import { e2e } from "./scene.ts";
import { Wire } from "./wire.ts";

/** Of each kind. */
const CLIENTS = 100;
/** What a slow client waits between two bytes. */
const PAUSE_MS = 100;
/** What nobody would wait for. */
const LONG = 1_000_000_000;

const upstream: Act = async (socket) => {
  await socket.hears(HEAD_END);
  if (socket.text.startsWith("POST")) return void await socket.ended;
  if (!socket.text.startsWith("GET /long ")) return await answerClean(socket);
  await socket.send(`HTTP/1.1 200 OK\r\ncontent-length: ${LONG}\r\n\r\n`);
  while (await socket.send("x".repeat(64 * 1024)));
};

/** Sends `start`, and then a byte now and then until it hears something; gives what it hears. */
async function sendSlowly(port: number, start: string): Promise<string> {
  using wire = await Wire.connect(port);
  await wire.send(start);
  let isOver = false;
  const heard = wire.toEnd().finally(() => isOver = true);
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    // An answer may have come, and the end with it.
    await wire.send("x").catch(() => {});
  }
  return await heard;
}

/** Reads a byte now and then, until `isOver`; gives how many bytes came in all. */
async function readSlowly(port: number, isOver: () => boolean): Promise<number> {
  using wire = await Wire.connect(port);
  await wire.send("GET /long HTTP/1.1\r\nhost: a.test\r\n\r\n");
  const byte = new Uint8Array(1);
  let count = 0;
  while (!isOver()) {
    count += await wire.conn.read(byte) ?? 0;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return count + await wire.drainToEnd();
}

function times<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, run));
}

e2e(
  "Slow clients are cut off at their deadlines, and the others are served meanwhile",
  async (scene) => {
    const { port: upstreamPort } = scene.own(await FaultUpstream.start(upstream));
    const program = await scene.serve(`
admin: 127.0.0.1:0
listeners:
  calm: { address: 127.0.0.1:0, routes: [{ cluster: app }] }
  web:
    address: 127.0.0.1:0
    head_timeout: 1s
    request_timeout: 2s
    stream_idle_timeout: 1s
    routes: [{ cluster: app }]
clusters: { app: { endpoints: ["127.0.0.1:${upstreamPort}"] } }
`);
    const port = program.port("web");
    let served = 0, isOver = false;
    const others = times(4, async () => {
      while (!isOver) {
        // Without the short timeouts, which a busy machine would miss.
        await expectClean(program.port("calm"));
        served++;
      }
    });
    others.catch(() => {}); // It is awaited at the end, when something else may have failed.
    const heads = times(
      CLIENTS,
      () => sendSlowly(port, "GET / HTTP/1.1\r\nhost: a.test\r\nx-slow: "),
    );
    const post = `POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: ${LONG}\r\n\r\n`;
    const bodies = times(CLIENTS, () => sendSlowly(port, post));
    let isReadingOver = false;
    const readers = times(CLIENTS, () => readSlowly(port, () => isReadingOver));

    for (const answer of await heads) {
      assertMatch(answer, /^HTTP\/1\.1 408 Request Timeout\r\n[^]*\r\n\r\nrequest header timeout$/);
    }
    for (const answer of await bodies) {
      assertMatch(answer, /^HTTP\/1\.1 408 Request Timeout\r\n[^]*\r\n\r\nrequest timeout$/);
    }
    // What a reader is cut off from is on its way to it still; so the log tells when all of them are.
    const logged = (line: string) => program.stdout.text.split(line).length - 1;
    while (logged('"GET /long HTTP/1.1" 200 SI ') < CLIENTS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isReadingOver = true;
    for (const count of await readers) assert(count < LONG, `all ${count} bytes have come`);
    isOver = true;
    await others;
    assert(served > 0, "the others were not served");
    await isQuiet(program);
    assertEquals(logged('"- - HTTP/1.1" 408 '), CLIENTS);
    assertEquals(logged('"POST / HTTP/1.1" 408 '), CLIENTS);
    await expectStop(program);
  },
);
