/**
 * Plays cases about responses against the real program. Behind every one, another client asks: it
 * must get its own answer, and not what is left of the one before.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { within } from "../e2e/deadline.ts";
import type { Program } from "../e2e/program.ts";
import { e2e } from "../e2e/scene.ts";
import { Wire } from "../e2e/wire.ts";
import type { LaneConfig } from "./lane_config.ts";
import type { ExpectedResponse, ResponseCase } from "./response_case.ts";
import { CLEAN, ScriptedUpstream } from "./scripted_upstream.ts";
import { splitsOf } from "./splits.ts";
import { type Field, type Message, readResponse, statusOf } from "./strict_reader.ts";

const LANES = 4;
/** For one case; all of them take milliseconds. */
const CASE_MS = 5_000;

/** Registers a test that plays a table, each case whole and in pieces. */
export function conformResponses(
  subject: string,
  cases: readonly ResponseCase[],
  config: LaneConfig,
): void {
  e2e(
    `${subject}: ${cases.length} responses are passed on or refused as written`,
    async (scene) => {
      const upstreams = Array.from({ length: LANES }, () => scene.own(new ScriptedUpstream()));
      const program = await scene.serve(config(upstreams.map(({ port }) => port)));
      const waiting = cases.map((each, id) => ({ each, id }));
      const failures: string[] = [];
      await Promise.all(upstreams.map(async (upstream, index) => {
        const lane = { program, upstream, port: program.port(`lane${index}`) };
        for (let next; (next = waiting.shift()) !== undefined;) {
          const failure = await play(lane, next.each, next.id);
          if (failure !== null) failures.push(failure);
        }
      }));
      program.signal("SIGTERM");
      const { code, stderr } = await program.ended();
      assertEquals(failures.length, 0, failures.join("\n\n"));
      assertEquals(code, 0);
      assertEquals(stderr.match(/internal error|bug in genkan|^ +at /m), null);
    },
  );
}

interface Lane {
  readonly program: Program;
  readonly upstream: ScriptedUpstream;
  readonly port: number;
}

/** Plays a case in every split, up to the first that fails. */
async function play(lane: Lane, each: ResponseCase, id: number): Promise<string | null> {
  for (const [index, { name, pieces }] of splitsOf(each.send).entries()) {
    try {
      const run = playOnce(lane, each, { target: `/r/${id}/${index}`, pieces });
      await within(CASE_MS, run, "the case's end");
    } catch (error) {
      return `${each.name} (${each.clause}), ${name}: ${(error as Error).message}\n` +
        `    sent: ${JSON.stringify(each.send.slice(0, 300))}`;
    }
  }
  return null;
}

async function playOnce(
  lane: Lane,
  each: ResponseCase,
  { target, pieces }: { target: string; pieces: readonly string[] },
): Promise<void> {
  const { upstream } = lane;
  const sent = upstream.play({ pieces, ends: each.ends });
  const lines = each.asks ?? ["Connection: close"];
  const text = await ask(lane.port, `${each.method} ${target}`, lines);
  await expectOutcome(lane, each, { text, target });
  const connection = await sent;
  const isReused = each.outcome.kind === "forwarded" && each.outcome.reused;
  if (!isReused && !each.ends) await within(CASE_MS, connection.ended, "the connection's end");
  const next = await ask(lane.port, `GET /after${target}`, ["Connection: close"]);
  const answer = readResponse(next, { method: "GET" });
  assert(answer !== null && answer.body === CLEAN, `the next client got ${JSON.stringify(next)}`);
  assertEquals(next.slice(answer.size), "", "more than the next answer");
  assertEquals(upstream.last === connection, isReused, "the connection was used again");
}

async function ask(port: number, what: string, lines: readonly string[]): Promise<string> {
  using wire = await Wire.connect(port);
  await wire.send(`${[`${what} HTTP/1.1`, "Host: a.test", ...lines].join("\r\n")}\r\n\r\n`);
  return await wire.toEnd();
}

async function expectOutcome(
  { program }: Lane,
  { outcome, method, send }: ResponseCase,
  { text, target }: { text: string; target: string },
): Promise<void> {
  const logged = async (status: number, flag: string) => {
    await program.says("stdout", new RegExp(`"${method} ${target} HTTP/1\\.1" ${status} ${flag} `));
  };
  switch (outcome.kind) {
    case "forwarded": {
      const isDated = /^date:/im.test(send);
      assertEquals(asExpected(text, { method, isDated }), outcome.response);
      await logged(outcome.response.status, "-");
      break;
    }
    case "rejected":
    case "lost": {
      const isLost = outcome.kind === "lost";
      const { status, body, interims } = asExpected(text, { method, isDated: false });
      assertEquals([status, interims.length], [isLost ? 503 : 502, outcome.interims], text);
      const reason = isLost ? "connection termination" : "protocol error";
      if (method !== "HEAD") assertMatch(body, new RegExp(`reset reason: ${reason}$`));
      await logged(status, isLost ? "UC" : "UPE");
      break;
    }
    case "broken": {
      const isRefused = text.startsWith("HTTP/1.1 502 ");
      if (!isRefused) {
        assertMatch(text, /^(HTTP\/1\.1 200 |$)/);
        assertEquals(readResponse(text, { method }), null, "looks whole");
      }
      await logged(isRefused ? 502 : 200, outcome.flag);
    }
  }
}

/** What genkan adds of its own to every response, and what ends with each hop. */
const ADDED: ReadonlySet<string> = new Set([
  "connection",
  "date",
  "server",
  "transfer-encoding",
  "x-envoy-upstream-service-time",
]);

/** Reads all that a client got. */
function asExpected(
  text: string,
  { method, isDated }: { method: string; isDated: boolean },
): ExpectedResponse {
  const interims: (readonly [number, readonly Field[]])[] = [];
  for (let rest = text;;) {
    const message = readResponse(rest, { method });
    assert(message !== null, `half a response: ${JSON.stringify(text)}`);
    rest = rest.slice(message.size);
    const status = statusOf(message);
    if (status < 200) {
      interims.push([status, message.fields]);
      continue;
    }
    assertEquals(rest, "", "more than the response");
    return {
      status,
      reason: message.start.slice("HTTP/1.1 200 ".length),
      body: message.body,
      fields: passed(message, { method, status, isDated }),
      interims,
    };
  }
}

function passed(
  { fields }: Message,
  { method, status, isDated }: { method: string; status: number; isDated: boolean },
): Field[] {
  // Where there is no body, a length is only told, and comes from the upstream.
  const tellsLength = method === "HEAD" || status === 304;
  return fields.filter(([name]) => {
    if (name === "content-length") return tellsLength;
    return !ADDED.has(name) || (name === "date" && isDated);
  });
}
