import { CORPUS } from "../../scripts/fuzz/corpus.ts";
import { type Finding, Fuzzer, shrink } from "../../scripts/fuzz/fuzzer.ts";
import * as genkan from "../../scripts/fuzz/genkan_codec.ts";
import { parseOptions } from "../../scripts/fuzz/options.ts";
import { fuzz, replay, type RunOptions } from "../../scripts/fuzz/run.ts";
import { readRequests } from "../../scripts/fuzz/second_reader.ts";
import type { Codec } from "../../scripts/fuzz/subject.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { ACCEPTED } from "../differential/accepted.ts";
import { BODIES } from "../differential/refused.ts";
import * as lax from "./planted_lax_codec.ts";
import * as split from "./planted_split_codec.ts";

const SEED = 2026;
const MAX_STEPS = 20_000;
const SPLIT = new URL("planted_split_codec.ts", import.meta.url).href;
const ENDLESS = new URL("planted_endless_codec.ts", import.meta.url).href;

/** What the fuzzer finds in a codec, made small. */
function found(codec: Codec): Finding {
  const fuzzer = new Fuzzer(codec, { seed: SEED, corpus: CORPUS });
  for (let step = 0; step < MAX_STEPS; step++) {
    const finding = fuzzer.step();
    if (finding !== null) return shrink(finding, codec);
  }
  throw new Error(`expected a finding in ${MAX_STEPS} steps`);
}

/** Runs with a folder that is removed, and gives what was said. */
async function told(
  run: (folder: string, options: Pick<RunOptions, "say">) => Promise<void>,
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "genkan-fuzz-" });
  const lines: string[] = [];
  try {
    await run(folder, { say: (line) => lines.push(line) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return lines.join("\n");
}

Deno.test("The fuzzer finds a codec whose reading depends on where its bytes are cut", () => {
  const { input, failure } = found(split);
  assertMatch(failure, "reads it in another way in pieces of 1\n");
  assert(input.text.length < 80, input.text);
});

Deno.test("The fuzzer finds a codec that takes what is no message", () => {
  const { input, failure } = found(lax);
  assertMatch(failure, "reads message 0, which is none");
  assertMatch(input.text, "\x0b");
});

Deno.test("The fuzzer finds nothing in genkan's codec, which reads and refuses its inputs", () => {
  const fuzzer = new Fuzzer(genkan, { seed: SEED, corpus: CORPUS });
  for (let step = 0; step < 2000; step++) assertEquals(fuzzer.step(), null);
  const { inputs, messages, refused, paths } = fuzzer.totals;
  assertEquals(inputs, 2000);
  assert(messages > 500 && refused > 500 && paths > 50, JSON.stringify(fuzzer.totals));
});

Deno.test("The same seed makes the same inputs, another seed others", () => {
  const inputs = (seed: number) => {
    const made: string[] = [];
    const before = (input: unknown) => made.push(JSON.stringify(input));
    const fuzzer = new Fuzzer(genkan, { seed, corpus: CORPUS.slice(0, 5), before });
    for (let step = 0; step < 100; step++) fuzzer.step();
    return made;
  };
  assertEquals(inputs(SEED), inputs(SEED));
  assert(inputs(SEED).join() !== inputs(SEED + 1).join());
});

Deno.test("What was found is written to a file that shows it again, until it is mended", async () => {
  const said = await told(async (folder, options) => {
    const run = { ...options, codec: SPLIT };
    assertEquals(await fuzz({ ...run, seconds: 60, seed: SEED, folder }), 1);
    const file = `${folder}/fuzz-${SEED}.json`;
    assertMatch(await Deno.readTextFile(file), `deno task fuzz --replay=${file}`);
    assertEquals(await replay(file, run), 1);
    assertEquals(await replay(file, options), 0);
  });
  assertEquals(said.match(/The codec reads it in another way/g)?.length, 2);
  assertMatch(said, /nothing is wrong with it any more$/);
});

Deno.test("A codec that never returns is stopped, and the input is written down", async () => {
  const said = await told(async (folder, options) => {
    const run = { ...options, codec: ENDLESS, silenceMs: 3000 };
    assertEquals(await fuzz({ ...run, seconds: 60, seed: SEED, folder }), 1);
    assertEquals(await replay(`${folder}/fuzz-${SEED}.json`, run), 1);
  });
  assertMatch(said, /^response: "/m);
  assertEquals(said.match(/is busy with it for over 3000 ms/g)?.length, 2);
});

Deno.test("The second reader takes the valid cases as they are meant, and no broken body", () => {
  for (const { claim, bytes, reads } of ACCEPTED) {
    const messages = readRequests(bytes).filter(({ complete }) => complete);
    const read = messages.map(({ line, body }) => [line.split(" ")[0], body]);
    assertEquals(read, reads.map(([method, , , body]) => [method, body]), claim);
  }
  for (const { claim, bytes } of BODIES) {
    assertEquals(readRequests(bytes).map(({ complete }) => complete), [false], claim);
  }
});

Deno.test("A file that the fuzzer didn't write is said to be none", async () => {
  await told(async (folder, options) => {
    const file = `${folder}/other.json`;
    await Deno.writeTextFile(file, "{}");
    const { message } = await assertRejects(() => replay(file, options), Error);
    assertMatch(message, `Cannot read ${file}: found no input that the fuzzer wrote`);
  });
});

Deno.test("The fuzzer's options are read, and a wrong one is named", () => {
  assertEquals(parseOptions([]), { kind: "fuzz", seconds: 60, seed: null });
  assertEquals(parseOptions(["--seed=7", "--seconds=5"]), { kind: "fuzz", seconds: 5, seed: 7 });
  assertEquals(parseOptions(["--replay=x.json"]), { kind: "replay", file: "x.json" });
  assertEquals(parseOptions(["--help"]), { kind: "help" });
  assertMatch(String(parseOptions(["--second=5"])), "found --second=5");
  assertMatch(String(parseOptions(["--seconds=0"])), "Cannot run for 0 seconds: 1 to 86400");
  assertMatch(String(parseOptions(["--seed=x"])), "Cannot use the seed x: 0 to 4294967295");
  assertMatch(String(parseOptions(["--replay=x", "--seed=1"])), "found other options beside");
});
