/**
 * Runs the same through both proxies, and fails on every difference that isn't told of.
 *
 * @module
 */

import { e2e, type Scene } from "../e2e/scene.ts";
import type { Case } from "./case.ts";
import { configuration } from "./configuration.ts";
import { observe } from "./observe.ts";
import { type Proxy, startEnvoy, startGenkan } from "./proxies.ts";
import { Recorder } from "./recorder.ts";

/** Under way at a time: most of the time is Envoy's wait for a client to close. */
const LANES = 24;

/** As much of a line as a message shows. */
const LINE = 300;

/** Who takes part. */
export interface Cast {
  readonly envoy: Proxy;
  readonly genkan: Proxy;
  readonly recorder: Recorder;
}

/** Registers a test with both proxies running; `play` gives what is wrong, for people. */
export function besideEnvoy(claim: string, play: (cast: Cast) => Promise<readonly string[]>): void {
  e2e(claim, async (scene) => {
    const cast = await gather(scene);
    const wrong = [...await play(cast)];
    wrong.push(...cast.recorder.strays.map((line) => `${line}: came upstream, and is of no case`));
    if (wrong.length > 0) throw new Error(`${wrong.length} differ:\n\n${wrong.join("\n\n")}`);
  }, { needs: ["envoy"] });
}

async function gather(scene: Scene): Promise<Cast> {
  const recorder = scene.own(new Recorder());
  await scene.writeCertificates();
  const file = await scene.write("proxy.yaml", configuration(recorder.port));
  const [envoy, genkan] = await Promise.all([startEnvoy(scene, file), startGenkan(scene, file)]);
  return { envoy, genkan, recorder };
}

/** Registers a test that both proxies treat these cases alike, but for what they show. */
export function compares(claim: string, cases: readonly Case[]): void {
  besideEnvoy(claim, async ({ envoy, genkan, recorder }) => {
    const [envoys, genkans] = await Promise.all(
      [envoy, genkan].map((proxy) =>
        playAll(cases, (each, at) => observe(each, { at, proxy, recorder }))
      ),
    );
    return cases.flatMap((each, at) => judge(each, envoys[at], genkans[at]));
  });
}

/** Plays everything, some of it at a time; gives what each came to, or the error. */
export async function playAll<C, T>(
  all: readonly C[],
  play: (each: C, at: number) => Promise<T>,
): Promise<readonly (T | Error)[]> {
  const seen: (T | Error)[] = [];
  let next = 0;
  const lane = async () => {
    while (next < all.length) {
      const at = next++;
      seen[at] = await play(all[at], at).catch((error) => new Error(String(error)));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return seen;
}

/** What is wrong with a case, for people. */
function judge(
  { name, shows }: Case,
  envoy: readonly string[] | Error,
  genkan: readonly string[] | Error,
): string[] {
  if (envoy instanceof Error) return [`${name}: envoy: ${envoy.message}`];
  if (genkan instanceof Error) return [`${name}: genkan: ${genkan.message}`];
  const found = { envoy: without(envoy, genkan), genkan: without(genkan, envoy) };
  const told = {
    envoy: shows.flatMap((each) => each.envoy),
    genkan: shows.flatMap((each) => each.genkan),
  };
  if (isSame(found.envoy, told.envoy) && isSame(found.genkan, told.genkan)) return [];
  const lines = [
    `${name}:`,
    ...found.envoy.map((line) => `  envoy:  ${line}`),
    ...found.genkan.map((line) => `  genkan: ${line}`),
    ...without(told.envoy, found.envoy).map((line) => `  told of, but not of envoy: ${line}`),
    ...without(told.genkan, found.genkan).map((line) => `  told of, but not of genkan: ${line}`),
  ];
  return [lines.map((line) => line.slice(0, LINE)).join("\n")];
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return without(some, others).length === 0 && without(others, some).length === 0;
}

/** The lines of the one that the other doesn't have; a line that comes twice counts twice. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
