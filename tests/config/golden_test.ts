/**
 * YAML in, model out. For each `NAME.yaml` in `tests/golden/`, `NAME.json` is the model (keys and
 * certificates left out) and `NAME.txt` what is said on the terminal: the problems, or the warnings
 * where it loads. `GOLDEN=update deno task test` writes them anew.
 *
 * @module
 */

import { formatProblem, loadConfigText } from "../../src/config/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { assertEquals } from "../assert.ts";
import { certificateFiles, hostOf } from "./files.ts";

const FOLDER = new URL("../golden/", import.meta.url);

/** What a configuration comes to. */
interface Outcome {
  /** Null where it doesn't load. */
  readonly model: string | null;
  readonly said: string;
}

const names = [...Deno.readDirSync(FOLDER)]
  .map((entry) => entry.name)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.slice(0, -".yaml".length))
  .sort();

for (const name of names) {
  Deno.test(`Golden: ${name}.yaml gives the model and the words that stand beside it`, async () => {
    const { model, said } = await outcomeOf(name);
    await compare(`${name}.json`, model);
    await compare(`${name}.txt`, said === "" ? null : said);
  });
}

async function outcomeOf(name: string): Promise<Outcome> {
  const file = `${name}.yaml`;
  const text = await Deno.readTextFile(new URL(file, FOLDER));
  const host = hostOf(await certificateFiles());
  try {
    const { config, warnings } = await loadConfigText(text, { file, host });
    return {
      model: `${JSON.stringify(config, hidePem, 2)}\n`,
      said: warnings.map((problem) => `warning: ${formatProblem(problem)}\n`).join(""),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      model: null,
      said: error.problems.map((problem) => `${formatProblem(problem)}\n`).join(""),
    };
  }
}

function hidePem(key: string, value: unknown): unknown {
  return key === "pem" ? /-----BEGIN ([A-Z ]+)-----/.exec(String(value))?.[1] ?? "" : value;
}

/** A null text stands for no file. */
async function compare(file: string, text: string | null): Promise<void> {
  const url = new URL(file, FOLDER);
  if (Deno.env.get("GOLDEN") === "update") {
    if (text !== null) await Deno.writeTextFile(url, text);
    else await Deno.remove(url).catch(() => {});
    return;
  }
  const expected = await Deno.readTextFile(url).catch(() => null);
  if (text === expected) return;
  const [actualLines, lines] = [text?.split("\n") ?? [], expected?.split("\n") ?? []];
  const first = lines.findIndex((line, index) => line !== actualLines[index]);
  const at = first === -1 ? lines.length : first;
  assertEquals(actualLines[at] ?? null, lines[at] ?? null, `${file}, line ${at + 1}`);
}
