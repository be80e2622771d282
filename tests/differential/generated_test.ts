/**
 * Any pipelines, and what a few edits make of them, through genkan to two servers: what the codec
 * reads in them is what both servers read, as often and in the same order.
 *
 * A failure names the run's seed; `DIFFERENTIAL_SEED` sets it.
 *
 * @module
 */

import fc from "fast-check";
import { assert, assertEquals } from "../assert.ts";
import { e2e, type Scene } from "../e2e/scene.ts";
import { concat, encodeRequest, mutated, requests } from "../http1/arbitraries.ts";
import { decodeRequests, latin1Bytes } from "../http1/driver.ts";
import { type Peer, startNginx, startNode } from "./peers.ts";
import { type Reading, reading } from "./reading.ts";
import { type Verdict, verdicts } from "./verdicts.ts";

const RUNS = 200;
const SEED = Number(Deno.env.get("DIFFERENTIAL_SEED") ?? Date.now() % 0x7fff_ffff);

const LAST = latin1Bytes("GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");

/** Methods that both servers know. */
const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");
/** Targets that both servers take: nginx refuses a `%` that encodes nothing, and some dots. */
const target = fc.stringMatching(/^\/[!$&'()*+,:;=@?/A-Za-z0-9_~|^`{}<>"\\-]{0,40}$/);

const pipelines = fc.array(
  fc.tuple(requests, method, target).map(([request, method, target]) =>
    encodeRequest({ ...request, method, target })
  ),
  { minLength: 1, maxLength: 3 },
).map(concat);

const whole = pipelines.map((bytes) => concat([bytes, LAST]));
/** Edits leave little that is let through; what comes before them is. */
const edited = fc.tuple(pipelines, mutated(pipelines))
  .map(([before, after]) => concat([before, after, LAST]));

/** What the codec reads in the bytes. */
interface Prediction {
  readonly reads: readonly Reading[];
  /** Whether an error comes behind those. */
  readonly fails: boolean;
}

async function predict(bytes: Uint8Array): Promise<Prediction> {
  const reads: Reading[] = [];
  let head: [method: string, target: string, host: string] = ["", "", ""];
  let body = "", fails = false;
  for (const event of decodeRequests(bytes)) {
    if ("error" in event) fails = true;
    else if ("body" in event) body = event.body;
    else if ("end" in event) reads.push(await reading(...head, body));
    else if ("method" in event.head) {
      const { method, path, authority } = event.head;
      head = [method, path, authority];
      body = "";
    }
  }
  return { reads, fails };
}

/** A server behind genkan that is asked again and again. */
class Subject {
  /** Requests that it said it read. */
  read = 0;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends the bytes, and sees that what was read is what was predicted. */
  async ask(bytes: Uint8Array, { reads, fails }: Prediction): Promise<Verdict[]> {
    const [well] = await verdicts(this.#port, LAST, 1);
    assert(well?.kind === "read", JSON.stringify(well));
    let { count } = well.reading;
    const found = await verdicts(this.#port, bytes, reads.length + (fails ? 1 : 0));
    for (const [at, verdict] of found.entries()) {
      if (verdict.kind !== "read") continue;
      assertEquals(verdict.reading, { ...reads[at], count: ++count }, `request ${at}`);
    }
    this.read = count;
    return found;
  }
}

/** One genkan before all of them, with a listener for each. */
async function place(scene: Scene, peers: readonly Peer[]): Promise<Subject[]> {
  const listeners = peers.map(({ name }) =>
    `${name}: { address: 127.0.0.1:0, routes: [{ cluster: ${name} }] }`
  );
  const clusters = peers.map(({ name, port }) => `${name}: { endpoints: ["127.0.0.1:${port}"] }`);
  const program = await scene.serve(`
listeners: { ${listeners.join(", ")} }
clusters: { ${clusters.join(", ")} }
`);
  return peers.map(({ name }) => new Subject(program.port(name)));
}

/** What genkan did itself, up to where one of the servers refused something. */
function comparable(one: readonly Verdict[], other: readonly Verdict[]): unknown[] {
  const end = one.findIndex(({ kind }, at) =>
    kind === "refused by peer" || other[at]?.kind === "refused by peer"
  );
  return one.slice(0, end < 0 ? undefined : end)
    .map((verdict) => verdict.kind === "refused" ? verdict.status : "read");
}

/** What all promise, once all are settled: nobody is still asking when the next run begins. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

const CASES = [
  ["Whole pipelines", whole, { read: RUNS, refused: 0 }],
  ["Pipelines with a few edits", edited, { read: RUNS / 2, refused: RUNS / 4 }],
] as const;

for (const [what, streams, least] of CASES) {
  e2e(
    `${what} are read alike by Node and nginx, and as genkan's codec reads them`,
    async (scene) => {
      const peers = await Promise.all([startNode(scene), startNginx(scene)]);
      const subjects = await place(scene, peers);
      let read = 0, refused = 0;
      const property = fc.asyncProperty(streams, async (bytes) => {
        const prediction = await predict(bytes);
        const [node, nginx] = await all(
          subjects.map((each) => each.ask(bytes, prediction)),
        );
        const verdicts = comparable(node, nginx);
        assertEquals(verdicts, comparable(nginx, node));
        read += verdicts.filter((verdict) => verdict === "read").length;
        refused += verdicts.filter((verdict) => verdict !== "read").length;
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
      assert(
        read >= least.read && refused >= least.refused,
        `seed ${SEED}: ${read} read, ${refused} refused`,
      );
      for (const [at, { read }] of subjects.entries()) {
        assertEquals((await peers[at].stop()).read, read);
      }
    },
    { needs: ["node", "nginx"] },
  );
}
