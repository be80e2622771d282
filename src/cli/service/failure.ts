/**
 * What the service's commands say when they may not, or had better not.
 *
 * @module
 */

import { FileError } from "../../errors.ts";
import { CommandError } from "../failure.ts";
import type { UnitScope } from "./unit.ts";

/** A file that could not be used; `attempt` is "Cannot …". Gives other errors back as they are. */
export function denied(attempt: string, error: unknown, scope: UnitScope): unknown {
  if (!(error instanceof FileError)) return error;
  const hint = error.code === "permission" && scope === "system"
    ? "; run it with sudo, or use --user"
    : "";
  return new CommandError(`${attempt}: ${error.message}${hint}`);
}

/** A unit that somebody else has made. */
export function notOurs(verb: string, unit: string, does: string): CommandError {
  return new CommandError(`Cannot ${verb} ${unit}: genkan has not made it; --force ${does} it`);
}
