/**
 * What a command is: a parser for its part of the command line, the words of its help page, and,
 * as the parser's value, the action that was asked for. Parsing runs nothing and reads nothing, so
 * it is tested without a runtime.
 *
 * @module
 */

import type { Message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import type { Runtime } from "../runtime/mod.ts";

/** Does what the command line asks for, and gives the exit code. */
export type Action = (runtime: Runtime) => Promise<number>;

/** One command. Its parser gives the action with all arguments bound. */
export interface Command {
  /** The words that call it: `run`, `ca create`; empty for `genkan FROM TO`. */
  readonly name: string;
  /** One line, for the list of commands. */
  readonly brief: Message;
  /** What it does, for its own page. */
  readonly description: Message;
  /** At least one line that can be copied to a shell. */
  readonly example: Message;
  /** True when it writes files, or sees to that right itself; any other gives it up as it begins. */
  readonly writes?: true;
  readonly parser: Parser<"sync", Action, unknown>;
}

/**
 * A command line that is well formed but makes no sense: exit code 2, as for one that can't be
 * parsed.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Fine. */
export const EXIT_OK = 0;
/** A configuration, or the run itself, failed. */
export const EXIT_FAILURE = 1;
/** The command line was wrong. */
export const EXIT_USAGE = 2;
