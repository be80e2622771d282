/**
 * What the user reads when a command failed. A user's mistake is one line that says what to do; the
 * stack trace is kept for what is a bug in genkan.
 *
 * @module
 */

import { ConfigError, ConnError, FileError, PemError, stackOf } from "../errors.ts";
import type { AdviceHost } from "./bind_advice.ts";
import { EXIT_FAILURE, EXIT_USAGE, UsageError } from "./command.ts";

/** A failed command, for people and for the shell. */
export interface Explanation {
  /** Lines for stderr; a problem of a configuration may hold line breaks of its own. */
  readonly lines: readonly string[];
  /** The exit code. */
  readonly code: number;
}

/** Turns whatever a command threw into lines and an exit code; `host` may be asked for a reason. */
export async function explain(error: unknown, host: AdviceHost): Promise<Explanation> {
  if (error instanceof UsageError) {
    return { lines: [`genkan: ${error.message}. See 'genkan --help'.`], code: EXIT_USAGE };
  }
  if (error instanceof ConfigError) {
    const { formatProblem } = await import("../config/mod.ts");
    return { lines: error.problems.map(formatProblem), code: EXIT_FAILURE };
  }
  if (error instanceof ConnError) {
    const { bindAdvice } = await import("./bind_advice.ts");
    const advice = await bindAdvice(error, host);
    return { lines: [`genkan: ${error.message}${advice}`], code: EXIT_FAILURE };
  }
  return { lines: linesFor(error), code: EXIT_FAILURE };
}

function linesFor(error: unknown): string[] {
  if (error instanceof FileError) {
    return [`genkan: Cannot use the file ${error.path}: ${error.message}`];
  }
  if (error instanceof PemError || error instanceof CommandError) {
    return [`genkan: ${error.message}`];
  }
  return ["genkan: a bug in genkan; please report it with these lines:", stackOf(error)];
}

/** A failure that a command explains itself; exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
