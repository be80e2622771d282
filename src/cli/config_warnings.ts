/**
 * What is allowed in a configuration but unsafe or soon broken, as commands tell of it.
 *
 * @module
 */

import { formatProblem } from "../config/mod.ts";
import type { Problem } from "../errors.ts";
import type { Runtime } from "../runtime/mod.ts";

/** A warning for the log: `FILE:LINE:COL: path.to.field: message`, without the source line. */
export function warningLine(warning: Problem): string {
  return formatProblem({ ...warning, excerpt: "" });
}

/** Writes warnings for people, with their source lines, on stderr. */
export async function writeWarnings(runtime: Runtime, warnings: readonly Problem[]): Promise<void> {
  const text = warnings.map((warning) => `warning: ${formatProblem(warning)}\n`).join("");
  if (text !== "") await runtime.write("stderr", text);
}
