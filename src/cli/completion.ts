/**
 * `genkan completion SHELL`: the script that teaches a shell genkan's words, and the answer that this
 * script asks for while the user types, with the line so far behind the shell's name.
 *
 * @module
 */

import { bash, fish, nu, pwsh, type ShellCompletion, zsh } from "@optique/core/completion";
import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { type Parser, type Suggestion, suggestSync } from "@optique/core/parser";
import { argument } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import type { Runtime } from "../runtime/mod.ts";
import { type Action, type Command, EXIT_OK } from "./command.ts";

type Shell = "bash" | "fish" | "nu" | "pwsh" | "zsh";

const SHELLS: Readonly<Record<Shell, ShellCompletion>> = { bash, fish, nu, pwsh, zsh };

/** The command. */
export const completion: Command = {
  name: "completion",
  brief: message`Print a shell's completion script.`,
  description:
    message`Prints the script that completes commands, options and file names in bash, fish, zsh, Nushell (nu) or PowerShell (pwsh).`,
  example: message`${commandLine('eval "$(genkan completion bash)"')}${lineBreak()}${
    commandLine("genkan completion fish > ~/.config/fish/completions/genkan.fish")
  }`,
  parser: map(
    object({
      shell: argument(choice(["bash", "fish", "nu", "pwsh", "zsh"], { metavar: "SHELL" }), {
        description: message`bash, fish, nu, pwsh or zsh.`,
      }),
    }, { errors: { endOfInput: message`SHELL is missing: bash, fish, nu, pwsh or zsh?` } }),
    ({ shell }) => (runtime) =>
      printed(
        runtime,
        `${SHELLS[shell].generateScript("genkan", ["completion", shell]).trim()}\n`,
      ),
  ),
};

/**
 * What may stand in place of the last word, in the form that the shell's script reads; `null` when
 * there is no such shell. `parser` knows all commands.
 */
export function suggestions(
  shell: string,
  words: readonly [string, ...string[]],
  parser: Parser<"sync", Action, unknown>,
): Action | null {
  if (!isShell(shell)) return null;
  const found = [...suggestSync(parser, words), ...help(words[words.length - 1])];
  const chunks = SHELLS[shell].encodeSuggestions(found);
  return (runtime) => printed(runtime, [...chunks].join(""));
}

function isShell(word: string): word is Shell {
  return Object.hasOwn(SHELLS, word);
}

/** Every command has it, and no parser names it. */
function help(word: string): Suggestion[] {
  if (!word.startsWith("-") || !"--help".startsWith(word)) return [];
  return [{ kind: "literal", text: "--help", description: message`Show help information.` }];
}

async function printed(runtime: Pick<Runtime, "write">, text: string): Promise<number> {
  await runtime.write("stdout", text);
  return EXIT_OK;
}
