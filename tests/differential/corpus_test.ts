/**
 * genkan between a client that sends odd bytes and two servers with different parsers.
 *
 * @module
 */

import { assert, assertEquals } from "../assert.ts";
import { e2e, type Scene } from "../e2e/scene.ts";
import { latin1Bytes } from "../http1/driver.ts";
import { ACCEPTED, type Accepted, type Expected } from "./accepted.ts";
import { type Peer, startNginx, startNode, type Tally } from "./peers.ts";
import { reading } from "./reading.ts";
import { BODIES, HEADS, type Refused } from "./refused.ts";
import { type Verdict, verdicts } from "./verdicts.ts";

/** Comes behind everything: whoever reads it as something else has lost the thread. */
const LAST = "GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
const LAST_READ: Expected = ["GET", "/last", "a.test", ""];

/** genkan before a server. */
interface Place {
  /** Sends latin1 text: what becomes of at most `count` requests in it. */
  send(bytes: string, count: number): Promise<Verdict[]>;
  /** Stops the server and gives what it saw. */
  stop(): Promise<Tally>;
}

async function place(scene: Scene, peer: Peer): Promise<Place> {
  const program = await scene.serveBefore(`127.0.0.1:${peer.port}`);
  const port = program.port("web");
  return {
    send: (bytes, count) => verdicts(port, latin1Bytes(bytes), count),
    stop: () => peer.stop(),
  };
}

/** What becomes of the case at this server, when `read` requests were read there before. */
async function expected({ reads, refusedBy }: Accepted, peer: Peer, read: number) {
  if (refusedBy?.includes(peer.name)) return [{ kind: "refused by peer", status: 400 }];
  return await Promise.all([...reads, LAST_READ].map(async (request, at) => ({
    kind: "read",
    reading: { ...await reading(...request), count: read + at + 1 },
  })));
}

/** Sends what must be refused, and at the end a request to show that genkan is well. */
async function expectRefused(place: Place, cases: readonly Refused[]): Promise<void> {
  for (const { claim, bytes } of cases) {
    const [first, ...more] = await place.send(bytes + LAST, 2);
    const refused = first?.kind === "refused" && (first.status < 500 || first.status === 501);
    assert(refused, `${claim}: ${JSON.stringify(first)}`);
    assertEquals(more, [], claim);
  }
  const well = { ...await reading(...LAST_READ), count: 1 };
  assertEquals(await place.send(LAST, 1), [{ kind: "read", reading: well }]);
}

for (const [name, start] of [["node", startNode], ["nginx", startNginx]] as const) {
  const needs = [name];

  e2e(`What genkan lets through is read by ${name} as it was meant`, async (scene) => {
    const peer = await start(scene);
    const { send, stop } = await place(scene, peer);
    let read = 0, refused = 0;
    for (const each of ACCEPTED) {
      const verdicts = await expected(each, peer, read);
      const last = verdicts[0].kind === "read" ? LAST : "";
      assertEquals(await send(each.bytes + last, verdicts.length), verdicts, each.claim);
      if (verdicts[0].kind === "read") read += verdicts.length;
      else refused++;
    }
    assertEquals(await stop(), { begun: read + refused, read });
  }, { needs });

  e2e(`What genkan refuses by its head does not reach ${name}`, async (scene) => {
    const at = await place(scene, await start(scene));
    await expectRefused(at, HEADS);
    assertEquals(await at.stop(), { begun: 1, read: 1 });
  }, { needs });

  e2e(`What genkan refuses by its body is never a whole request to ${name}`, async (scene) => {
    const at = await place(scene, await start(scene));
    await expectRefused(at, BODIES);
    assertEquals((await at.stop()).read, 1);
  }, { needs });
}

Deno.test("No two cases make the same claim", () => {
  const claims = [...ACCEPTED, ...HEADS, ...BODIES].map(({ claim }) => claim);
  assertEquals(claims.filter((claim, at) => claims.indexOf(claim) < at), []);
});
