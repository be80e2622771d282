/**
 * Upstreams that fail: what the client is told, and what the logs are.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { curl, FROM_ELSEWHERE, tryCurl } from "./curl.ts";
import type { Program } from "./program.ts";
import { e2e, type Scene } from "./scene.ts";
import { freePort, httpUpstream, type Upstream, wireUpstream } from "./upstream.ts";

const LEAD = "upstream connect error or disconnect/reset before headers. ";

async function startBefore(scene: Scene, upstream: Upstream): Promise<Program> {
  return await scene.serveBefore(`127.0.0.1:${scene.own(upstream).port}`);
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
  /** What loopback is told besides. */
  readonly title: RegExp;
  /** In the log on stderr; null where there is nothing to tell. */
  readonly logged: RegExp | null;
}

const FAILURES: readonly Failure[] = [
  {
    claim: "An upstream that refuses",
    start: (scene) => scene.serveBefore(`127.0.0.1:${freePort()}`),
    status: 503,
    body: `${LEAD}reset reason: remote connection failure`,
    flag: "UF",
    title: /^Nothing listens on 127\.0\.0\.1:\d+\.$/m,
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=connect_refused cause="[^"]+"/,
  },
  {
    claim: "An upstream that doesn't finish its handshake in time",
    start: (scene) => {
      const { port } = scene.own(wireUpstream(async (wire) => void await wire.toEnd()));
      return scene.serveBefore(`localhost:${port}`, "tls: true, connect_timeout: 200ms");
    },
    status: 503,
    body: `${LEAD}reset reason: connection timeout`,
    flag: "UF",
    title: /doesn't finish the TLS handshake\.$/m,
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=connect_timeout cause="[^"]+"/,
  },
  {
    claim: "An upstream that speaks no TLS where TLS is wanted",
    start: (scene) => {
      const { port } = scene.own(wireUpstream((wire) => wire.send("HTTP/1.1 400 No\r\n\r\n")));
      return scene.serveBefore(`localhost:${port}`, "tls: true");
    },
    status: 503,
    body: `${LEAD}reset reason: remote connection failure`,
    flag: "UF",
    title: /speaks plain HTTP|doesn't speak TLS/,
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=upstream_not_tls cause="[^"]+"/,
  },
  {
    claim: "An upstream whose name leads nowhere",
    start: (scene) => scene.serveBefore("nobody.invalid:80"),
    status: 503,
    body: "no healthy upstream",
    flag: "UH",
    title: /^The name nobody\.invalid doesn't resolve\.$/m,
    logged: /cluster=app name=nobody\.invalid/,
  },
  {
    claim: "An upstream that hangs up instead of answering",
    start: (scene) =>
      startBefore(scene, wireUpstream(async (wire) => void await wire.until("\r\n\r\n"))),
    status: 503,
    body: `${LEAD}reset reason: connection termination`,
    flag: "UC",
    title: /hung up without an answer\.$/m,
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=upstream_(closed|reset) cause="[^"]+"/,
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
    title: /doesn't speak proper HTTP\/1\.1\.$/m,
    logged: /cluster=app endpoint=127\.0\.0\.1:\d+ code=\w+ cause="[^"]+"/,
  },
];

for (const { claim, start, status, body, flag, title, logged } of FAILURES) {
  e2e(
    `${claim} is a ${status} with Envoy's body, the flag ${flag}, and its cause in the log`,
    async (scene) => {
      const program = await start(scene);
      const answer = await curl(...FROM_ELSEWHERE, url(program));
      assertEquals([answer.status, answer.body], [status, body]);
      await program.says(
        "stdout",
        new RegExp(`"GET / HTTP/1\\.1" ${status} ${flag} 0 ${body.length} `),
      );
      if (logged !== null) await program.says("stderr", logged);
      const explained = await curl(url(program));
      assert(explained.body.startsWith(`${body}\n\n`), explained.body);
      assertMatch(explained.body, title);
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
