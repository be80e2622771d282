/**
 * The connections to an upstream: which are closed, which are used again, and which are replaced.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { curl, FROM_ELSEWHERE } from "./curl.ts";
import { within } from "./deadline.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { type Upstream, wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

const WAIT_MS = 10_000;

async function startBefore(scene: Scene, upstream: Upstream): Promise<Program> {
  return await scene.serveBefore(`127.0.0.1:${scene.own(upstream).port}`);
}

function url(program: Program): string {
  return `http://localhost:${program.port("web")}/`;
}

/** An upstream that tells when its first connection has ended, and counts them all. */
function observed(serve: (wire: Wire) => Promise<void>) {
  const first = Promise.withResolvers<void>();
  let count = 0;
  const upstream = wireUpstream(async (wire) => {
    count++;
    try {
      await serve(wire);
    } finally {
      first.resolve();
    }
  });
  return {
    upstream,
    count: () => count,
    firstEnded: () => within(WAIT_MS, first.promise, "the end of the upstream connection"),
  };
}

e2e(
  "A client that goes away in mid-download takes the upstream connection with it",
  async (scene) => {
    const { upstream, firstEnded } = observed(async (wire) => {
      await wire.until("\r\n\r\n");
      await wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      const piece = new Uint8Array(64 * 1024);
      for (;;) {
        await wire.send(`${piece.length.toString(16)}\r\n`);
        await wire.send(piece);
        await wire.send("\r\n");
      }
    });
    const program = await startBefore(scene, upstream);
    const client = await Wire.connect(program.port("web"));
    await client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await client.bytes(1_000_000);
    client[Symbol.dispose]();
    await firstEnded();
    await program.says("stdout", /"GET \/ HTTP\/1\.1" 200 DC /);
  },
);

e2e(
  "A client that goes away in mid-upload takes the upstream connection with it",
  async (scene) => {
    const { upstream, firstEnded, count } = observed(async (wire) => {
      const head = await wire.until("\r\n\r\n");
      if (head.startsWith("POST")) await wire.toEnd();
      else await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    });
    const program = await startBefore(scene, upstream);
    const client = await Wire.connect(program.port("web"));
    await client.send("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nhello");
    client[Symbol.dispose]();
    await firstEnded();
    await program.says("stdout", /"POST \/ HTTP\/1\.1" 0 DC 5 0 /);
    assertEquals((await curl(url(program))).body, "hello");
    assertEquals(count(), 2, "the connection with half a request wasn't used again");
  },
  { needs: ["curl"] },
);

e2e(
  "A client that goes away while it waits takes the upstream connection with it",
  async (scene) => {
    const asked = Promise.withResolvers<void>();
    const { upstream, firstEnded } = observed(async (wire) => {
      await wire.until("\r\n\r\n");
      asked.resolve();
      await wire.toEnd();
    });
    const program = await startBefore(scene, upstream);
    const client = await Wire.connect(program.port("web"));
    await client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await asked.promise;
    client[Symbol.dispose]();
    await firstEnded();
    await program.says("stdout", /"GET \/ HTTP\/1\.1" 0 DC /);
  },
);

e2e("An answer that comes before the request has ended reaches the client", async (scene) => {
  const upstream = wireUpstream(async (wire) => {
    await wire.until("\r\n\r\n");
    await wire.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 8\r\n\r\ntoo much");
    await wire.drainToEnd();
  });
  const program = await startBefore(scene, upstream);
  using client = await Wire.connect(program.port("web"));
  await client.send("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nhello");
  const response = await client.toEnd();
  assertMatch(response, /^HTTP\/1\.1 413 /);
  assertMatch(response, /\r\nconnection: close\r\n/);
  assertMatch(response, /too much$/);
});

/** Answers the first request of a connection, and hangs up on the second. */
async function answerOnce(wire: Wire): Promise<void> {
  await wire.until("\r\n\r\n");
  await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  await wire.until("\r\n\r\n");
}

e2e("A pooled connection that turns out to be dead is replaced, for a GET", async (scene) => {
  const { upstream, count } = observed(answerOnce);
  const program = await startBefore(scene, upstream);
  for (const expected of [1, 2]) {
    const { status, body } = await curl(url(program));
    assertEquals([status, body], [200, "hello"]);
    assertEquals(count(), expected);
  }
}, { needs: ["curl"] });

e2e("A POST on a dead pooled connection is not sent again", async (scene) => {
  const { upstream, count } = observed(answerOnce);
  const program = await startBefore(scene, upstream);
  assertEquals((await curl(url(program))).status, 200);
  const { status, body } = await curl(...FROM_ELSEWHERE, "-d", "pay", url(program));
  assertEquals(status, 503);
  assertMatch(body, /reset reason: connection termination$/);
  assertEquals(count(), 1);
}, { needs: ["curl"] });

e2e("Upstream connections are used again", async (scene) => {
  const peers = new Set<number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (_, info) => {
    peers.add((info.remoteAddr as Deno.NetAddr).port);
    return new Response("hello");
  });
  scene.own({ [Symbol.asyncDispose]: () => server.shutdown() });
  const program = await scene.serveBefore(`127.0.0.1:${server.addr.port}`);
  for (let at = 0; at < 5; at++) assertEquals((await curl(url(program))).body, "hello");
  assertEquals(peers.size, 1);
}, { needs: ["curl"] });
