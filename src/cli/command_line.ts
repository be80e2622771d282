/**
 * From the words of a command line to an action. The first words pick one command, and only its
 * parser reads the rest: so an error speaks of that command and suggests its options. The parser of
 * all commands together is built for the top-level help and for shell completion only, which know no
 * FROM: it may be any word.
 *
 * @module
 */

import { group, or } from "@optique/core/constructs";
import { type RunOptions, runParserSync } from "@optique/core/facade";
import { formatMessage, type Message, message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { command, type CommandOptions } from "@optique/core/primitives";
import { findSimilar } from "@optique/core/suggestion";
import type { Usage } from "@optique/core/usage";
import { adapt } from "./adapt.ts";
import { caCreate, caIssue, caStatus } from "./ca/mod.ts";
import { check } from "./check.ts";
import { type Action, type Command, EXIT_OK, EXIT_USAGE } from "./command.ts";
import { completion, suggestions } from "./completion.ts";
import { echo } from "./echo/mod.ts";
import { front, LOOKS_LIKE_ADDRESS } from "./front/mod.ts";
import { man } from "./man/mod.ts";
import { run } from "./run/mod.ts";
import { sandbox } from "./sandbox/mod.ts";
import { serviceInstall, servicePrint, serviceStatus, serviceUninstall } from "./service/mod.ts";
import { version } from "./version_command.ts";

const COMMANDS: readonly Command[] = [
  run,
  check,
  adapt,
  sandbox,
  echo,
  caCreate,
  caIssue,
  caStatus,
  servicePrint,
  serviceInstall,
  serviceUninstall,
  serviceStatus,
  completion,
  man(() => [front, ...COMMANDS]),
  version,
];

/** Words that have commands of their own. */
const FAMILIES: Readonly<Record<string, Message>> = {
  ca: message`The local CA: create it, issue with it, look at it.`,
  service: message`The systemd service: its unit, and where it goes.`,
};

const HELP_OPTIONS = ["-h", "--help"];

/** Columns of a help page: what a terminal has at least. */
const HELP_WIDTH = 80;

const FRONT_USAGE: Usage = [
  { type: "argument", metavar: "FROM" },
  { type: "argument", metavar: "TO..." },
  { type: "argument", metavar: "[OPTIONS]" },
];

const COMMAND_USAGE: Usage = [
  { type: "argument", metavar: "COMMAND" },
  { type: "argument", metavar: "[OPTIONS]" },
];

/** Reads a command line, without the program's own name. Never throws for what a user may write. */
export function parseCommandLine(args: readonly string[]): Action {
  const [first, second, third] = args;
  if (first === undefined) return usageError("", "a command is missing");
  if (HELP_OPTIONS.includes(first)) return overview();
  if (first === "help") {
    return args.length === 1 ? overview() : parseCommandLine([...args.slice(1), "-h"]);
  }
  if (first === "completion" && second !== undefined && third !== undefined) {
    const suggested = suggestions(second, [third, ...args.slice(3)], commands());
    if (suggested !== null) return suggested;
  }
  if (first === "--version" || first === "-V") return parseCommandLine(["version"]);
  const found = COMMANDS.find(({ name }) => name === first || name === `${first} ${second}`);
  if (found !== undefined) return parseWith(found, args.slice(found.name.split(" ").length));
  const members = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (members.length > 0) return family(first, second, members);
  if (first.startsWith("-") || LOOKS_LIKE_ADDRESS.test(first)) return parseWith(front, args);
  return unknownCommand(first, COMMANDS.map(({ name }) => name.split(" ")[0]));
}

function parseWith(command: Command, args: readonly string[]): Action {
  const pages: string[] = [];
  const action = runParserSync<Command["parser"], Action, Action>(
    command.parser,
    `genkan ${command.name}`.trim(),
    args,
    {
      ...helpOptions(pages),
      brief: command.description,
      examples: command.example,
      ...(command === front ? { usageLine: FRONT_USAGE } : {}),
      onError: (_code, error) => usageError(command.name, sentence(error)),
    },
  );
  return command.writes ? action : (runtime) => {
    runtime.forgoWriting();
    return action(runtime);
  };
}

/** The top-level help page. */
function overview(): Action {
  const pages: string[] = [];
  return runParserSync<Parser<"sync", Action, unknown>, Action, Action>(
    or(group("Commands", commands()), group("genkan FROM TO...", front.parser)),
    "genkan",
    ["--help"],
    {
      ...helpOptions(pages),
      brief: message`genkan, a TLS edge proxy: https to http, and every other way round.`,
      usageLine: [{ type: "exclusive", terms: [FRONT_USAGE, COMMAND_USAGE] }],
      commandList: "top-level",
      examples: front.example,
      footer: message`genkan COMMAND --help says more of a command.`,
    },
  );
}

function commands(): Parser<"sync", Action, unknown> {
  const single = COMMANDS.filter(({ name }) => !name.includes(" "));
  const families = Object.entries(FAMILIES).map(([family, brief]) => {
    const members = COMMANDS.filter(({ name }) => name.startsWith(`${family} `))
      .map((each) => command(each.name.slice(family.length + 1), each.parser, docs(each)));
    return command(family, or(...members), { brief });
  });
  return or(
    ...single.map((each) => command(each.name, each.parser, docs(each))),
    ...families,
  );
}

function docs({ brief, description }: Command): CommandOptions {
  return { brief, description };
}

/** Help goes to `pages`, from where the action prints it. */
function helpOptions(pages: string[]): RunOptions<Action, Action> {
  return {
    aboveError: "none",
    colors: false,
    maxWidth: HELP_WIDTH,
    messageFormatter: (words, options) => formatMessage(words, { ...options, quotes: false }),
    stdout: (page) => pages.push(page),
    stderr: () => {},
    help: { option: { names: ["-h", "--help"] }, onShow: () => print(pages) },
  };
}

function print(pages: readonly string[]): Action {
  return async (runtime) => {
    await runtime.write("stdout", pages.map((page) => `${page}\n`).join(""));
    return EXIT_OK;
  };
}

/** `genkan ca` or `genkan service` with a word that is none of its commands, or with none. */
function family(name: string, word: string | undefined, members: readonly Command[]): Action {
  const names = members.map((member) => member.name);
  if (word === undefined) {
    const words = names.map((each) => each.slice(name.length + 1)).join(", ");
    return usageError(name, `a command is missing: ${words.replace(/, (?=[^,]*$)/, " or ")}`);
  }
  if (!HELP_OPTIONS.includes(word)) return unknownCommand(`${name} ${word}`, names);
  const width = Math.max(...names.map((each) => each.length)) + 3;
  const list = members.map((each) => `  genkan ${each.name.padEnd(width)}${plain(each.brief)}`);
  const examples = members.map((each) => `  ${plain(each.example).split("\n", 1)[0]}`);
  return print([...list, "", "Examples:", ...examples]);
}

function unknownCommand(word: string, words: readonly string[]): Action {
  const [similar] = findSimilar(word, words);
  const hint = similar === undefined ? "" : `; did you mean "${similar}"?`;
  return usageError("", `unknown command "${word}"${hint}`);
}

/** One line on stderr, exit code 2. */
function usageError(name: string, words: string): Action {
  const program = `genkan ${name}`.trim();
  const end = words.endsWith("?") ? "" : ".";
  return async (runtime) => {
    await runtime.write("stderr", `${program}: ${words}${end} See '${program} --help'.\n`);
    return EXIT_USAGE;
  };
}

/** The parser's words as the middle of our line: one line, no full stop. */
function sentence(error: Message): string {
  const words = plain(error).replace(/\s+/g, " ").replace(/\.$/, "");
  // A name in capitals (TO) stays as it is.
  return /^[A-Z][a-z]/.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words;
}

function plain(words: Message): string {
  return formatMessage(words, { quotes: false });
}
