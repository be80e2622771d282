/**
 * `genkan man`: the manual page, made from the parsers that read the command line, so that it can't
 * tell of an option that isn't there. `page.ts` says what stands where, `roff.ts` how it is written.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { commandLine, lineBreak, message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { type Command, EXIT_OK } from "../command.ts";

/** The command. `commands` gives all that the page tells of, itself included, in their order. */
export function man(commands: () => readonly Command[]): Command {
  return {
    name: "man",
    brief: message`Print the manual page.`,
    description:
      message`Prints the manual page genkan(1) in roff, the same for the same version of genkan.`,
    example: message`${commandLine("genkan man | man -l -")}${lineBreak()}${
      commandLine("genkan man > /usr/local/share/man/man1/genkan.1")
    }`,
    parser: map(object({}), () => async (runtime) => {
      const { manPage } = await import("./page.ts");
      await runtime.write("stdout", manPage(commands()));
      return EXIT_OK;
    }),
  };
}
