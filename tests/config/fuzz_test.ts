/**
 * Whatever the text: a model, or a ConfigError whose problems can be shown.
 *
 * @module
 */

import fc from "fast-check";
import { formatProblem, loadConfigText } from "../../src/config/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { assert } from "../assert.ts";
import { NO_FILES } from "./files.ts";

/** True when it loads. Fails on anything but a ConfigError with problems in their order. */
async function loads(text: string): Promise<boolean> {
  try {
    await loadConfigText(text, { file: "a.yaml", host: NO_FILES });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert(error.problems.length > 0);
    const lines = text.split("\n").length;
    let last = 0;
    for (const problem of error.problems) {
      assert(problem.line <= lines && (problem.line === 0) === (problem.column === 0));
      assert(problem.line >= last || problem.line === 0);
      last = problem.line;
      const [head] = formatProblem(problem).split("\n");
      assert(head.startsWith("a.yaml") && head.length < 2_000, head);
      for (const forbidden of ["undefined", "[object", "NaN"]) {
        assert(!head.includes(forbidden) || text.includes(forbidden), head);
      }
    }
    return false;
  }
}

const sources = await Promise.all(
  ["native_full", "native_hosts", "native_errors", "envoy_full", "envoy_traps", "envoy_semantic"]
    .map((name) => Deno.readTextFile(new URL(`../golden/${name}.yaml`, import.meta.url))),
);
const words = [...new Set(sources.join("\n").match(/[A-Za-z_@."]+|[[\]{}:,&*#|>-]/g))]
  .concat(["\n", "\n  ", "\t", "~", "null", "<<", "0", "-1", "1e9", "!!str", "---", "\0", "\r"]);

Deno.test("No text makes the loader throw anything but a ConfigError", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", maxLength: 200 }),
      async (text) => void await loads(text),
    ),
    {
      numRuns: 500,
    },
  );
});

Deno.test("No heap of a configuration's words does either", async () => {
  const anyWords = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) =>
    parts.join(" ")
  );
  await fc.assert(fc.asyncProperty(anyWords, async (text) => void await loads(text)), {
    numRuns: 1_000,
  });
});

Deno.test("No configuration with one part replaced by another does either", async () => {
  const edit = fc.record({
    source: fc.constantFrom(...sources),
    at: fc.nat(),
    length: fc.nat(40),
    word: fc.constantFrom(...words, "", "{}", "[]", "[[]]", "{a: b}", "''"),
  });
  let loaded = 0, refused = 0;
  const check = async ({ source, at, length, word }: EditOf<typeof edit>) => {
    const start = at % source.length;
    const text = source.slice(0, start) + word + source.slice(start + length);
    if (await loads(text)) loaded++;
    else refused++;
  };
  await fc.assert(fc.asyncProperty(edit, check), { numRuns: 1_000 });
  assert(refused > loaded);
});

Deno.test("No value in the place of another does either", async () => {
  const values = ["{}", "[]", "x", "''", "~", "1", "true", "[{}]", "{ a: b }", "[x]", "-1"];
  for (const source of sources) {
    const lines = source.split("\n");
    for (const [index, line] of lines.entries()) {
      const field = /^( *(?:- )?[\w@"]+:) /.exec(line)?.[1];
      if (field === undefined) continue;
      const value = values[index % values.length];
      const text = lines.with(index, `${field} ${value}`).join("\n");
      await loads(text);
    }
  }
});

type EditOf<A> = A extends fc.Arbitrary<infer T> ? T : never;
