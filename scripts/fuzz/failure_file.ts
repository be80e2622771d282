/**
 * A failing input in a file: all that it takes to see it fail again.
 *
 * @module
 */

import type { Finding } from "./fuzzer.ts";
import type { Case } from "./subject.ts";

/** Writes it as JSON, of which each char of `text` is a byte, with a line that says how to go on. */
export async function writeFailure(path: string, { input, failure }: Finding): Promise<void> {
  const content = { replay: `deno task fuzz --replay=${path}`, failure, ...input };
  await Deno.writeTextFile(path, `${JSON.stringify(content, null, 2)}\n`);
}

/** Reads the input. Fails with an `Error` of one plain sentence. */
export async function readFailure(path: string): Promise<Case> {
  let content: Partial<Case>;
  try {
    content = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  const { side, text, pieces, ending, methods } = content ?? {};
  const whole = (side === "request" || side === "response") && typeof text === "string" &&
    (ending === "open" || ending === "clean" || ending === "cut") &&
    Array.isArray(pieces) && Array.isArray(methods);
  if (!whole) throw new Error(`Cannot read ${path}: found no input that the fuzzer wrote`);
  return { side, text, pieces, ending, methods };
}
