/**
 * `deno task fuzz`: looks for bytes that genkan's HTTP/1.1 codec reads in two ways. See `USAGE`.
 *
 * @module
 */

import { parseOptions, USAGE } from "./options.ts";
import { fuzz, replay } from "./run.ts";

const FOLDER = "dist";

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args), say = console.log;
  if (typeof options === "string") {
    console.error(`${options}\n\n${USAGE}`);
    return 2;
  }
  switch (options.kind) {
    case "help":
      say(USAGE);
      return 0;
    case "replay":
      return await replay(options.file, { say });
    case "fuzz": {
      await Deno.mkdir(FOLDER, { recursive: true });
      const seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
      return await fuzz({ seconds: options.seconds, seed, folder: FOLDER, say });
    }
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
