/**
 * A server session over any pipeline: reading ahead, giving buffers back and beginning anew change
 * nothing of what is read, however the bytes arrive.
 *
 * @module
 */

import fc from "fast-check";
import { ProtocolError } from "../../src/errors.ts";
import { assertEquals } from "../assert.ts";
import { concat, encodeRequest, mutated, requests, splits } from "../http1/arbitraries.ts";
import { decodeRequests, latin1Text } from "../http1/driver.ts";
import { ScriptedSession } from "./scripted_session.ts";

const RUNS = { numRuns: 200 };
/** Byte by byte each takes a read. */
const MAX_BYTES = 4000;

/** Fields that end a connection, or are refused, by what they say of it: not what is tested here. */
const persistent = requests.filter(({ headers }) => !headers.has("connection"));
const pipelines = fc.array(persistent.map(encodeRequest), { minLength: 1, maxLength: 4 })
  .map(concat);
const short = pipelines.filter((bytes) => bytes.length <= MAX_BYTES);

/** Sizes of pieces that fill a buffer, or nearly. */
const coarse = fc.array(fc.integer({ min: 500, max: 9000 }), { minLength: 1, maxLength: 6 });

/** What a server reads: a line for each head, body, and error. */
async function serve(bytes: Uint8Array, pieces: readonly number[]): Promise<string[]> {
  using scripted = new ScriptedSession();
  const { session } = scripted, lines: string[] = [];
  const fed = feed(scripted, bytes, pieces);
  try {
    for (;;) {
      const head = await session.nextRequest();
      if (head === null) break;
      session.begin(head);
      lines.push(`${head.method} ${head.target}`);
      let body = "";
      for (let piece; (piece = await session.reader.body()) !== null;) body += latin1Text(piece);
      lines.push(body);
      // Reads ahead, as during an exchange.
      session.watch(() => {});
      if (!await scripted.answer()) break;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    lines.push(error.code);
  }
  await fed;
  return lines;
}

/** The client sends a piece whenever all else has had its turn, and then ends its direction. */
async function feed(
  { conn }: ScriptedSession,
  bytes: Uint8Array,
  pieces: readonly number[],
): Promise<void> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = pieces.length === 0 ? bytes.length : pieces[turn % pieces.length];
    conn.feed(bytes.subarray(at, at + size));
    at += size;
    if (turn % 3 === 0) await Promise.resolve();
  }
  conn.feedEnd();
}

/** The same of the codec alone, for whole messages. */
function decode(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (const event of decodeRequests(bytes)) {
    if ("head" in event && "method" in event.head) {
      lines.push(`${event.head.method} ${event.head.target}`, "");
    } else if ("body" in event) {
      lines[lines.length - 1] = event.body;
    }
  }
  return lines;
}

Deno.test("A session reads of a pipeline what the codec does, however it arrives", async () => {
  await fc.assert(
    fc.asyncProperty(pipelines, coarse, async (bytes, pieces) => {
      const expected = decode(bytes);
      assertEquals(await serve(bytes, []), expected);
      assertEquals(await serve(bytes, pieces), expected);
    }),
    RUNS,
  );
});

Deno.test("A session reads an edited pipeline alike, however it arrives", async () => {
  await fc.assert(
    fc.asyncProperty(mutated(short), splits, async (bytes, pieces) => {
      const whole = await serve(bytes, []);
      assertEquals(await serve(bytes, pieces), whole);
      assertEquals(await serve(bytes, [1]), whole);
    }),
    RUNS,
  );
});
