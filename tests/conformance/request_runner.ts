/**
 * Plays cases about requests against the real program.
 *
 * One process serves several lanes: a listener, a cluster and a recording upstream each. The cases
 * of a lane come one after the other, so what its upstream gets belongs to the case at hand; lanes
 * run side by side.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { within } from "../e2e/deadline.ts";
import type { Program } from "../e2e/program.ts";
import { e2e } from "../e2e/scene.ts";
import { isLost, Wire } from "../e2e/wire.ts";
import type { LaneConfig } from "./lane_config.ts";
import { RecordingUpstream } from "./recording_upstream.ts";
import type { ExpectedRequest, RequestCase, RequestOutcome } from "./request_case.ts";
import { splitsOf } from "./splits.ts";
import {
  type Field,
  type Message,
  readResponse,
  requestLine,
  statusOf,
  valuesOf,
} from "./strict_reader.ts";

const LANES = 4;
/** For one case; all of them take milliseconds. */
const CASE_MS = 5_000;
/** For a line of the log to come. */
const LOG_MS = 2_000;
/** What the program reads in one go when it comes in one write. */
const ONE_READ_BYTES = 4 * 1024;
/** Behind every refused request; it must be neither answered nor passed on. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n";

/** Registers a test that plays a table, each case whole and in pieces. */
export function conformRequests(
  subject: string,
  cases: readonly RequestCase[],
  config: LaneConfig,
): void {
  e2e(`${subject}: ${cases.length} requests are taken or refused as written`, async (scene) => {
    const upstreams = Array.from({ length: LANES }, () => scene.own(new RecordingUpstream()));
    const program = await scene.serve(config(upstreams.map(({ port }) => port)));
    const waiting = [...cases];
    const failures: string[] = [];
    await Promise.all(upstreams.map(async (upstream, index) => {
      const lane = { program, upstream, port: program.port(`lane${index}`) };
      for (let each; (each = waiting.shift()) !== undefined;) {
        const failure = await play(lane, each);
        if (failure !== null) failures.push(failure);
      }
    }));
    for (const upstream of upstreams) failures.push(...await leftOvers(upstream));
    program.signal("SIGTERM");
    const { code, stderr } = await program.ended();
    assertEquals(failures.length, 0, failures.join("\n\n"));
    assertEquals(code, 0);
    assertEquals(stderr.match(/internal error|bug in genkan|^ +at /m), null);
  });
}

interface Lane {
  readonly program: Program;
  readonly upstream: RecordingUpstream;
  readonly port: number;
}

/** Plays a case in every split, up to the first that fails. */
async function play(lane: Lane, each: RequestCase): Promise<string | null> {
  const { outcome, send, alone = false, awaitsContinue = false } = each;
  const isRefused = outcome.kind === "refused" || outcome.kind === "cut";
  const behind = isRefused && !alone ? SMUGGLED : "";
  const splits = splitsOf(send).slice(0, alone || awaitsContinue ? 1 : undefined);
  for (const { name, pieces } of splits) {
    const begun = lane.upstream.unfinished().length;
    try {
      using wire = await Wire.connect(lane.port);
      (wire.conn as Deno.TcpConn).setNoDelay(true);
      const all = [...pieces.slice(0, -1), pieces[pieces.length - 1] + behind];
      await within(CASE_MS, playOnce(lane, wire, each, all), "the case's end");
      // What was read in one go was known to be broken before any of it was due upstream.
      const atOnce = pieces.length === 1 && send.length <= ONE_READ_BYTES;
      if (atOnce && outcome.kind === "cut") {
        assertEquals(lane.upstream.unfinished().length, begun, "begun upstream");
      }
    } catch (error) {
      const { scraps } = lane.upstream.take();
      return [
        `${each.name} (${each.clause}), ${name}: ${(error as Error).message}`,
        `    sent: ${JSON.stringify(send.slice(0, 300))}`,
        ...scraps.map((scrap) => `    upstream got ${scrap}`),
      ].join("\n");
    }
  }
  return null;
}

async function playOnce(
  lane: Lane,
  wire: Wire,
  each: RequestCase,
  pieces: readonly string[],
): Promise<void> {
  const { outcome } = each;
  if (each.awaitsContinue) {
    const bodyStart = each.send.indexOf("\r\n\r\n") + 4;
    await wire.send(each.send.slice(0, bodyStart));
    assertEquals(await wire.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    await wire.send(each.send.slice(bodyStart));
    await expectOutcome(lane, wire, each);
  } else {
    await Promise.all([expectOutcome(lane, wire, each), sendAll(wire, pieces, outcome)]);
  }
  if (each.logged !== undefined) {
    await within(LOG_MS, lane.program.says("stderr", each.logged), `the log's ${each.logged}`);
  }
}

/** A peer that has refused the first bytes needn't take the last. */
async function sendAll(
  wire: Wire,
  pieces: readonly string[],
  outcome: RequestOutcome,
): Promise<void> {
  try {
    for (const piece of pieces) await wire.send(piece);
    if (outcome.kind === "dropped") await wire.conn.closeWrite();
  } catch (error) {
    if (!isLost(error)) throw error;
  }
}

async function expectOutcome(lane: Lane, wire: Wire, each: RequestCase): Promise<void> {
  const { outcome, send } = each;
  // A 100 may be sent before the proxy sees that the body is on its way.
  const mayContinue = !each.awaitsContinue && /^Expect: 100-continue/m.test(send) &&
    !send.includes("HTTP/1.0");
  switch (outcome.kind) {
    case "accepted":
      for (const request of outcome.requests) await expectAnswer(wire, request, { mayContinue });
      if (!outcome.closes) await wire.conn.closeWrite();
      assertEquals(await wire.toEnd(), "", "more than the answers");
      expectRecorded(lane, outcome.requests);
      break;
    case "refused":
      for (const request of outcome.before) await expectAnswer(wire, request);
      expectRefusal(await wire.toEnd(), outcome);
      await passBarrier(lane);
      expectRecorded(lane, [...outcome.before, BARRIER]);
      break;
    case "cut":
      expectRefusal(await wire.toEnd(), outcome);
      await passBarrier(lane);
      expectRecorded(lane, [BARRIER]);
      break;
    case "closed": {
      const answer = await wire.toEnd();
      if (answer !== "") expectRefusal(answer, { status: 400 });
      await passBarrier(lane);
      expectRecorded(lane, [BARRIER]);
      break;
    }
    case "dropped":
      assertEquals(await wire.toEnd(), "");
      await passBarrier(lane);
      expectRecorded(lane, [BARRIER]);
      break;
    case "upgraded": {
      const switched = await wire.until("\r\n\r\n");
      assertMatch(switched, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
      await wire.send(outcome.bytes);
      assertEquals(await wire.bytes(outcome.bytes.length), outcome.bytes);
      await wire.conn.closeWrite();
      assertEquals(await wire.toEnd(), "", "more than the echo");
      expectRecorded(lane, [outcome.request]);
    }
  }
}

const BARRIER: ExpectedRequest = {
  method: "GET",
  target: "/barrier",
  host: "a.test",
  body: "",
  fields: [],
};

/** A good request on a connection of its own: what was sent upstream before it has arrived. */
async function passBarrier({ port }: Lane): Promise<void> {
  using wire = await Wire.connect(port);
  await wire.send("GET /barrier HTTP/1.1\r\nHost: a.test\r\n\r\n");
  await expectAnswer(wire, BARRIER);
}

/** One answer of the recording upstream, which says what it answers. */
async function expectAnswer(
  wire: Wire,
  { method, target }: ExpectedRequest,
  { mayContinue = false } = {},
): Promise<void> {
  let text = await wire.until("\r\n\r\n");
  if (mayContinue && text === "HTTP/1.1 100 Continue\r\n\r\n") {
    text = await wire.until("\r\n\r\n");
  }
  const length = /^content-length: *(\d+)/im.exec(text)?.[1] ?? "0";
  if (method !== "HEAD") text += await wire.bytes(Number(length));
  const answer = readResponse(text, { method });
  assert(answer !== null, `half an answer: ${text}`);
  const said = method === "HEAD" ? "" : `${method} ${target}`;
  assertEquals([statusOf(answer), answer.body], [200, said], text);
}

function expectRefusal(text: string, { status, body }: { status: number; body?: string }): void {
  const answer = readResponse(text, { method: "GET" });
  assert(answer !== null, `not answered: ${JSON.stringify(text)}`);
  assertEquals(statusOf(answer), status, text);
  if (body !== undefined) assertEquals(answer.body, body);
  const type = answer.body === "" ? [] : ["text/plain"];
  assertEquals(valuesOf(answer.fields, "content-type"), type);
  assertEquals(valuesOf(answer.fields, "connection"), ["close"]);
  assertEquals(text.slice(answer.size), "", "more than the refusal");
}

function expectRecorded({ upstream }: Lane, requests: readonly ExpectedRequest[]): void {
  const recorded = upstream.take();
  assertEquals(recorded.scraps, [], "beside whole requests, the upstream got");
  const wanted = requests.map((each) => ({ ...each, fields: sorted(each.fields) }));
  assertEquals(recorded.requests.map(asExpected), wanted, "what the upstream got");
}

/** By name: the order of equal names is all that has a meaning (RFC 9110 §5.3). */
function sorted(fields: readonly Field[]): Field[] {
  return fields.toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
}

/** What genkan adds of its own to every request. */
const ADDED: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-request-id",
  "x-envoy-expected-rq-timeout-ms",
  "x-genkan-hops",
]);

function asExpected(message: Message): ExpectedRequest {
  const { method, target } = requestLine(message);
  const [host] = valuesOf(message.fields, "host");
  const fields = sorted(message.fields.filter(([name]) => !ADDED.has(name)));
  return { method, target, host, body: message.body, fields };
}

/** Looks at what has come late, and that every beginning has been cut off. */
async function leftOvers(upstream: RecordingUpstream): Promise<string[]> {
  const failures: string[] = [];
  const { requests, scraps } = upstream.take();
  for (const { start } of requests) failures.push(`got late: ${start}`);
  for (const scrap of scraps) failures.push(`got late: ${scrap}`);
  for (const { ended, unread } of upstream.unfinished()) {
    try {
      await within(CASE_MS, ended, `the end of a broken request: ${JSON.stringify(unread)}`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  return failures;
}
