/**
 * `deno task soak`: the real program under mixed load, with a reload every second. Fails when
 * somebody who behaves well isn't served, when memory grows, when something is left behind, and
 * when the program's log tells of an error.
 *
 * @module
 */

import { held } from "../../tests/e2e/faults/gauges.ts";
import { memory, openFiles } from "../../tests/e2e/process.ts";
import type { Program } from "../../tests/e2e/program.ts";
import { Scene } from "../../tests/e2e/scene.ts";
import { growth, type Sample } from "./curve.ts";
import { goodClients } from "./good_clients.ts";
import { Load } from "./load.ts";
import { parseOptions, USAGE } from "./options.ts";
import { leak, rudeClients } from "./rude_clients.ts";
import { Stage } from "./stage.ts";
import { startUpstreams } from "./upstreams.ts";

const SAMPLE_MS = 1_000;
/** So much longer a soak is whose memory has grown: warming up ends, a leak doesn't. */
const EXTENSION = 1.5;
const ROTATE_EVERY = 3;
/** A line of progress each so many samples. */
const TELL_EVERY = 5;
/** The runtimes open some for threads and timers of their own. */
const OWN_FILES = 6;

/** Gives what is wrong; nothing when all is well. */
async function soak(seconds: number, leaks: number): Promise<string[]> {
  await using scene = await Scene.open();
  const upstreams = scene.own(startUpstreams());
  const stage = await Stage.open(scene, upstreams).catch((error) => {
    console.log(scene.report());
    throw error;
  });
  const { program } = stage;
  const { files } = await held(program);
  const load = new Load();
  load.startGood(goodClients(stage));
  load.startRude(rudeClients(stage));
  const samples: Sample[] = [];
  {
    await using _leak = leak(stage, leaks);
    await watch(stage, { load, samples, seconds });
    if (load.failures.length === 0 && growth(samples).isLeak) {
      console.log("memory has grown, as it does on a slow machine until it is warm: going on");
      await watch(stage, { load, samples, seconds: seconds * EXTENSION });
    }
  }
  await load.stop();
  // What is kept for later requests goes when they hang up.
  await upstreams[Symbol.asyncDispose]();
  const faults = [...load.failures, ...await leftBehind(program, files), ...await ending(program)];
  for (const [name, count] of load.served) console.log(`${name}: ${count} served`);
  const { before, after, slope, isLeak } = growth(samples);
  const curve = `${mb(before)} MB, later ${mb(after)} MB, ${mb(slope)} MB a minute`;
  console.log(`${stage.reloads} reloads, ${load.total} served; memory: ${curve}`);
  if (isLeak) faults.push(`memory grows: ${curve}`);
  return faults;
}

/** Reloads, rotates, samples. */
async function watch(
  stage: Stage,
  { load, samples, seconds }: { load: Load; samples: Sample[]; seconds: number },
): Promise<void> {
  const started = performance.now() - samples.length * SAMPLE_MS;
  while (samples.length * SAMPLE_MS < seconds * 1000 && load.failures.length === 0) {
    const next = started + (samples.length + 1) * SAMPLE_MS;
    if (samples.length % ROTATE_EVERY === 0) await stage.rotate();
    await stage.reload();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
    const { pid } = stage.program;
    const bytes = await memory(pid);
    samples.push({ at: (performance.now() - started) / 1000, bytes });
    if (samples.length % TELL_EVERY !== 0) continue;
    console.log(
      `${samples.length} s: ${mb(bytes)} MB, ${await openFiles(pid)} descriptors, ` +
        `${stage.reloads} reloads, ${load.total} served`,
    );
  }
}

/** What the program still holds on to when everybody has gone. */
async function leftBehind(program: Program, files: number): Promise<string[]> {
  try {
    const after = await held(program);
    const isBack = after.files <= files + OWN_FILES;
    console.log(`descriptors: ${files}, then ${after.files}`);
    return isBack ? [] : [`descriptors: ${files}, then ${after.files}`];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Stops the program, and looks at what it has said. */
async function ending(program: Program): Promise<string[]> {
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended();
  const said = stderr.match(/^.*(?: error |internal error|bug in genkan|^ +at ).*$/gm) ?? [];
  const faults = said.slice(0, 5).map((line) => `in the log: ${line}`);
  return code === 0 ? faults : [...faults, `exit code ${code}`];
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  if (typeof options === "string") {
    console.error(`${options}\n\n${USAGE}`);
    Deno.exit(2);
  }
  if (options.kind === "help") {
    console.log(USAGE);
    Deno.exit(0);
  }
  const faults = await soak(options.seconds, options.leak);
  for (const fault of faults) console.log(`fault: ${fault}`);
  console.log(faults.length === 0 ? "passed" : "failed");
  Deno.exit(faults.length === 0 ? 0 : 1);
}
