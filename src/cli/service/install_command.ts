/**
 * The command line that makes a unit.
 *
 * @module
 */

import { shellWord } from "../shell_word.ts";
import { DEFAULTS } from "./settings.ts";
import type { UnitSettings } from "./unit.ts";

/** What writes a unit with these choices, for a shell. */
export function installCommand({ scope, program, config, credentials }: UnitSettings): string {
  const words = [
    scope === "user" ? "genkan service install --user" : "sudo genkan service install",
    ...(config === DEFAULTS[scope].config ? [] : ["-c", shellWord(config)]),
    ...(program === DEFAULTS[scope].program ? [] : ["--bin", shellWord(program)]),
    ...credentials.flatMap(({ name, path }) => ["--credential", shellWord(`${name}:${path}`)]),
  ];
  return words.join(" ");
}
