/**
 * What genkan and a real Envoy refuse.
 *
 * @module
 */

import { within } from "../e2e/deadline.ts";
import { connect, isReset } from "../server/wire.ts";
import { KEY } from "./case.ts";
import { besideEnvoy, playAll } from "./compare.ts";
import { bytes, howItGoesOn } from "./observe.ts";
import type { Proxy } from "./proxies.ts";
import { OK, type Recorder } from "./recorder.ts";
import { type Refusal, REFUSALS } from "./refusals.ts";
import { REFUSED_ANSWERS } from "./refused_answers.ts";

/** Envoy waits 1 s for a client to close. */
const ANSWER_MS = 10_000;
const TRIES_AGAIN = 3;

/** Registers a test of a table. */
function refuses(claim: string, table: readonly Refusal[]): void {
  besideEnvoy(claim, async ({ envoy, genkan, recorder }) => {
    recorder.expect("probe", { answer: OK, ends: false });
    const [envoys, genkans] = await Promise.all(
      [envoy, genkan].map((proxy) =>
        playAll(table, (each, at) => {
          const key = `${proxy.name}/${at}`;
          const play = () => within(ANSWER_MS, outcome(each, { key, proxy, recorder }), each.name);
          return proxy === envoy ? settled(play, each.envoy) : play();
        })
      ),
    );
    return table.flatMap(({ name, envoy, genkan }, at) => [
      ...(envoys[at] === envoy ? [] : [`${name}:\n  envoy: ${envoys[at]}\n  told of: ${envoy}`]),
      ...(genkans[at] === genkan
        ? []
        : [`${name}:\n  genkan: ${genkans[at]}\n  told of: ${genkan}`]),
    ]);
  });
}

refuses("What must not be passed on is refused, as Envoy does but where told", REFUSALS);
refuses(
  "Answers that must not be passed on are not, as with Envoy but where told",
  REFUSED_ANSWERS,
);

/**
 * Upstream connections end behind such answers, and Envoy, which keeps them, may meet the end of one
 * in the middle of another case: that tells nothing of this one.
 */
async function settled(play: () => Promise<string>, expected: string): Promise<string> {
  let seen = await play();
  for (let again = 0; again < TRIES_AGAIN; again++) {
    if (seen === expected || !seen.includes("connection termination")) break;
    seen = await play();
  }
  return seen;
}

/** What a client sees of it, and a note when a request that was refused came upstream whole. */
async function outcome(
  { send, listener, answer }: Refusal,
  { key, proxy, recorder }: { key: string; proxy: Proxy; recorder: Recorder },
): Promise<string> {
  recorder.expect(key, { answer: answer ?? OK, ends: answer !== undefined });
  using wire = await connect(proxy.port(listener));
  await wire.send(bytes(send.replaceAll(KEY, key)));
  const response = await wire.response().catch(brokenOff);
  if (response === null) return "broken off";
  const goesOn = await howItGoesOn(wire, response);
  const { status, text } = response;
  return [
    `${status} ${text === "" ? "-" : text}`,
    ...(goesOn === "closed, as told" ? [] : [goesOn]),
    ...(status >= 400 && answer === undefined && recorder.seen(key).length > 0
      ? ["though it came upstream"]
      : []),
  ].join(", ");
}

/** A response that was begun and not ended. */
function brokenOff(error: unknown): null {
  if (isReset(error) || String(error).includes("the connection ended")) return null;
  throw error;
}
