/**
 * What the commands that want a CA say when there is none.
 *
 * @module
 */

import { CommandError } from "../failure.ts";
import { shellWord } from "../shell_word.ts";

/** `attempt` is "Cannot …"; `folder` is the one of the command line, if there was one. */
export function noCa(attempt: string, folder: string | undefined): CommandError {
  return new CommandError(
    `${attempt}: there is no CA; make one with 'genkan ca create${folderOption(folder)}'`,
  );
}

/** What follows a command that is about the same CA. */
export function folderOption(folder: string | undefined): string {
  return folder === undefined ? "" : ` --folder ${shellWord(folder)}`;
}
