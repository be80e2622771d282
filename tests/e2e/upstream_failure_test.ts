/**
 * Upstreams that fail, and clients that go away: who is told what, and what is closed.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { curl, tryCurl } from "./curl.ts";
import { within } from "./deadline.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream, type Upstream, wireUpstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

const WAIT_MS = 10_000;

const LEAD = "upstream connect error or disconnect/reset before headers. ";

async function startProxy(scene: Scene, endpoint: string, more = ""): Promise<Program> {
  return await scene.serve(`
listeners: { web: { address: 127.0.0.1:0, routes: [{ cluster: app }] } }
clusters: { app: { endpoints: ["${endpoint}"]${more === "" ? "" : `, ${more}`} } }
`);
}

async function startBefore(scene: Scene, upstream: Upstream): Promise<Program> {
  return await startProxy(scene, `127.0.0.1:${scene.own(upstream).port}`);
}

function url(program: Program, path = "/"): string {
  return `http://localhost:${program.port("web")}${path}`;
}

/** An upstream that can't be asked, and what the client and the logs are told. */
interface Failure {
  readonly claim: string;
  readonly start: (scene: Scene) => Promise<Program>;
  readonly status: number;
  readonly body: string;
  readonly flag: string;
  /** In the log on stderr; null where there is nothing to tell. */
  readonly logged: RegExp | null;
}

const FAILURES: readonly Failure[] = [
  {
    claim: "An upstream that refuses",
    start: (scene) => startProxy(scene, `127.0.0.1:${freePort()}`),
    status: 503,
    body: `${LEAD}reset reason: remote connection failure`,
    flag: "UF",
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=connect_refused cause="[^"]+"/,
  },
  {
    claim: "An upstream that doesn't finish its handshake in time",
    start: (scene) => {
      const { port } = scene.own(wireUpstream(async (wire) => void await wire.toEnd()));
      return startProxy(scene, `localhost:${port}`, "tls: true, connect_timeout: 200ms");
    },
    status: 503,
    body: `${LEAD}reset reason: connection timeout`,
    flag: "UF",
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=connect_timeout cause="[^"]+"/,
  },
  {
    claim: "An upstream that speaks no TLS where TLS is wanted",
    start: (scene) => {
      const { port } = scene.own(wireUpstream((wire) => wire.send("HTTP/1.1 400 No\r\n\r\n")));
      return startProxy(scene, `localhost:${port}`, "tls: true");
    },
    status: 503,
    body: `${LEAD}reset reason: remote connection failure`,
    flag: "UF",
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=connect_tls cause="[^"]+"/,
  },
  {
    claim: "An upstream whose name leads nowhere",
    start: (scene) => startProxy(scene, "nobody.invalid:80"),
    status: 503,
    body: "no healthy upstream",
    flag: "UH",
    logged: /cluster=app name=nobody\.invalid/,
  },
  {
    claim: "An upstream that hangs up instead of answering",
    start: (scene) =>
      startBefore(scene, wireUpstream(async (wire) => void await wire.until("\r\n\r\n"))),
    status: 503,
    body: `${LEAD}reset reason: connection termination`,
    flag: "UC",
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=upstream_lost cause="[^"]+"/,
  },
  {
    claim: "An upstream that doesn't speak HTTP",
    start: (scene) =>
      startBefore(
        scene,
        wireUpstream(async (wire) => {
          await wire.until("\r\n\r\n");
          await wire.send("220 mail.test ESMTP\r\n\r\n");
          await wire.toEnd();
        }),
      ),
    status: 502,
    body: `${LEAD}reset reason: protocol error`,
    flag: "UPE",
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=\w+ cause="[^"]+"/,
  },
];

for (const { claim, start, status, body, flag, logged } of FAILURES) {
  e2e(
    `${claim} is a ${status} with Envoy's body, the flag ${flag}, and its cause in the log`,
    async (scene) => {
      const program = await start(scene);
      const answer = await curl(url(program));
      assertEquals([answer.status, answer.body], [status, body]);
      await program.says(
        "stdout",
        new RegExp(`"GET / HTTP/1\\.1" ${status} ${flag} 0 ${body.length} `),
      );
      if (logged !== null) await program.says("stderr", logged);
      program.signal("SIGTERM");
      assertEquals((await program.ended()).code, 0);
    },
    { needs: ["curl"] },
  );
}

const HALVES = {
  "a length": "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
  "chunks": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
} as const;

for (const [framing, half] of Object.entries(HALVES)) {
  e2e(`Half a response (${framing}) doesn't look like a whole one`, async (scene) => {
    const upstream = wireUpstream(async (wire) => {
      await wire.until("\r\n\r\n");
      await wire.send(half);
    });
    const program = await startBefore(scene, upstream);
    const { code, status, body } = await tryCurl(url(program));
    assertEquals([status, body], [200, "hello"]);
    assert(code === 18 || code === 56, `curl's exit code: ${code}`);
    await program.says("stdout", /"GET \/ HTTP\/1\.1" 200 UC /);
  }, { needs: ["curl"] });
}

e2e(
  "A response without a length ends with its connection, and reaches the client whole",
  async (scene) => {
    const upstream = wireUpstream(async (wire) => {
      await wire.until("\r\n\r\n");
      await wire.send("HTTP/1.1 200 OK\r\n\r\nhello");
    });
    const program = await startBefore(scene, upstream);
    assertEquals((await curl(url(program))).body, "hello");
  },
  { needs: ["curl"] },
);

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
  const { status, body } = await curl("-d", "pay", url(program));
  assertEquals([status, body], [503, `${LEAD}reset reason: connection termination`]);
  assertEquals(count(), 1);
}, { needs: ["curl"] });

e2e("Upstream connections are used again", async (scene) => {
  const peers = new Set<number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (_, info) => {
    peers.add((info.remoteAddr as Deno.NetAddr).port);
    return new Response("hello");
  });
  scene.own({ [Symbol.asyncDispose]: () => server.shutdown() });
  const program = await startProxy(scene, `127.0.0.1:${server.addr.port}`);
  for (let at = 0; at < 5; at++) assertEquals((await curl(url(program))).body, "hello");
  assertEquals(peers.size, 1);
}, { needs: ["curl"] });

e2e("A failing upstream leaves the others alone", async (scene) => {
  const { port } = scene.own(httpUpstream(() => new Response("hello")));
  const program = await scene.serve(`
listeners:
  web: { address: 127.0.0.1:0, routes: [{ path: /gone/, cluster: gone }, { cluster: app }] }
clusters:
  gone: { endpoints: ["127.0.0.1:${freePort()}"] }
  app: { endpoints: ["127.0.0.1:${port}"] }
`);
  assertEquals((await curl(url(program, "/gone/"))).status, 503);
  assertEquals((await curl(url(program))).body, "hello");
}, { needs: ["curl"] });
