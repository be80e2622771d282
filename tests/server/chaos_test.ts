import { assert, assertEquals } from "../assert.ts";
import { cluster, http, listener, route, TestServer, TIMEOUTS } from "./fixture.ts";
import { Upstream } from "./upstream.ts";
import { isReset, until, type Wire } from "./wire.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const CLIENTS = 400;
const AT_ONCE = 40;

/** The same numbers in every run, from 0 up to 1; who gets which depends on who comes first. */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** One of these. */
function oneOf<T>(random: () => number, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)];
}

const BODY = "x".repeat(3_000);
const REQUESTS = [
  "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
  "HEAD / HTTP/1.1\r\nhost: a\r\n\r\n",
  `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  `PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nbb8\r\n${BODY}\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi`,
  "GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
  "GET / HTTP/1.0\r\nhost: a\r\n\r\n",
  "nonsense\r\n\r\n",
];
const RESPONSES = [
  "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
  "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nbb8\r\n${BODY}\r\n0\r\n\r\n`,
  `HTTP/1.1 200 OK\r\n\r\n${BODY}`,
  "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
  "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nhi",
  "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  "nonsense\r\n\r\n",
];

/** Sends several requests, the last one perhaps in part; reads or doesn't; leaves in some way. */
async function behaveAsClient(wire: Wire, random: () => number): Promise<void> {
  const all = Array.from({ length: 1 + Math.floor(random() * 3) }, () => oneOf(random, REQUESTS));
  const sent = all.join("");
  const size = random() < 0.5 ? sent.length : Math.floor(random() * sent.length);
  await wire.send(sent.slice(0, size));
  const left = random();
  if (left < 0.3) return;
  if (left < 0.6) await wire.end();
  // A request that was sent in part gets no answer, so nobody waits for one for long.
  const timer = setTimeout(() => wire.close(), 20);
  await (left < 0.8 ? wire.piece() : wire.drain()).catch(() => {});
  clearTimeout(timer);
}

/** Reads a request or a part of it, answers whole or in part, and goes on or leaves. */
async function behaveAsUpstream(wire: Wire, random: () => number): Promise<void> {
  for (;;) {
    if (random() < 0.8) {
      if (await wire.request() === null) return;
    } else if (await wire.piece() === null) {
      return;
    }
    const answer = oneOf(random, RESPONSES);
    const whole = random() < 0.8;
    await wire.send(whole ? answer : answer.slice(0, Math.floor(random() * answer.length)));
    if (!whole || random() < 0.2 || answer.startsWith("HTTP/1.1 200 OK\r\n\r\n")) return;
  }
}

Deno.test("Whatever clients and upstreams do, nothing is left behind and nothing goes wrong inside", async () => {
  const random = randomness(2026);
  await using upstream = new Upstream((wire) =>
    behaveAsUpstream(wire, random).catch((error) => {
      // A request that ends early, or that was cut into pieces, is no news here.
      if (!(error instanceof Error)) throw error;
    })
  );
  await using proxy = await TestServer.start({
    listeners: [listener(http({
      routes: [route({ timeoutMs: 500 })],
      timeouts: { ...TIMEOUTS, headMs: 500, idleMs: 500 },
    }))],
    clusters: [cluster([upstream.port])],
  });
  for (let done = 0; done < CLIENTS; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      using client = await proxy.connect();
      await behaveAsClient(client, random).catch((error) => {
        if (!isReset(error)) throw error;
      });
    }));
  }
  await until(
    () => proxy.stat("http.web.downstream_cx_active") === 0,
    "all clients have been let go",
  );
  assertEquals(proxy.listenerStat("downstream_cx_total"), CLIENTS);
  assert(proxy.stat("http.web.downstream_rq_2xx") > 50, "some requests went well");
  assert(proxy.stat("http.web.downstream_rq_5xx") > 10, "some upstreams failed");
  assert(proxy.stat("http.web.downstream_rq_4xx") > 10, "some clients were refused");
});
