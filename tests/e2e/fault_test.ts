/**
 * Upstreams that misbehave: what the client gets, what the logs say, and that the next client is
 * none the worse for it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { type Act, FaultUpstream } from "./faults/fault_socket.ts";
import { playFault } from "./faults/fault_runner.ts";
import { expectStop, playAll, startLanes } from "./faults/lanes.ts";
import { FAULTS } from "./faults/mod.ts";
import { e2e } from "./scene.ts";
import { Wire } from "./wire.ts";

for (const [subject, faults] of Object.entries(FAULTS)) {
  e2e(
    `Upstreams that ${subject}, in ${faults.length} ways: no broken response is taken for a whole one`,
    async (scene) => {
      const lanes = await startLanes(scene);
      const failures = await playAll(lanes, faults, { play: playFault, checksLogs: true });
      assertEquals(failures.length, 0, failures.join("\n\n"));
      await expectStop(lanes[0].program);
    },
  );
}

e2e("A connection that is reset while it is being made is over at once", async (scene) => {
  const resets: Act = (upstream) => Promise.resolve(upstream.reset());
  const { port } = scene.own(await FaultUpstream.start(resets));
  // One that is missed would be waited for until then.
  const program = await scene.serveBefore(`127.0.0.1:${port}`, "connect_timeout: 30s");
  await Promise.all(Array.from({ length: 20 }, async () => {
    for (let count = 0; count < 20; count++) {
      using client = await Wire.connect(program.port("web"));
      await client.send("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
      assertMatch(await client.response(), /^HTTP\/1\.1 503 /);
    }
  }));
});

e2e(
  "An upstream that listens and doesn't accept is a 503 within the connect timeout",
  async (scene) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
    const { port } = listener.addr;
    using _ = await fillBacklog(port);
    const program = await scene.serveBefore(`127.0.0.1:${port}`, "connect_timeout: 200ms");
    using client = await Wire.connect(program.port("web"));
    await client.send("GET / HTTP/1.1\r\nhost: a.test\r\naccept: text/plain\r\n\r\n");
    assertMatch(await client.response(), /^HTTP\/1\.1 503 /);
    await program.says("stdout", /"GET \/ HTTP\/1\.1" 503 UF /);
    await program.says("stderr", /endpoint=127\.0\.0\.1:\d+ code=connect_timeout /);
  },
);

/** Connects until the system lets no more in; they are held until disposal. */
async function fillBacklog(port: number): Promise<Disposable> {
  const held = new DisposableStack();
  for (let count = 0; count < 16; count++) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 300);
    try {
      const { signal } = abort;
      held.use(await Deno.connect({ hostname: "127.0.0.1", port, signal }));
    } catch {
      return held;
    } finally {
      clearTimeout(timer);
    }
  }
  throw new Error("Cannot fill the backlog: found 16 connections let in");
}
