/**
 * What stands in genkan(1). Commands and options come from their parsers; the rest is what no parser
 * knows.
 *
 * @module
 */

import { getDocPageSync } from "@optique/core/parser";
import type { Command } from "../command.ts";
import { VERSION, VERSION_DATE } from "../version.ts";
import { bold, exampleLines, messageLines, paragraph, tagLine, usageLines } from "./roff.ts";

/** A tag and what it means. */
type Entry = readonly [tag: string, text: string];

const DESCRIPTION = `
Takes connections on one side and leads them to the other: HTTPS to HTTP, HTTPS to HTTPS, HTTP to
HTTPS, and TLS or TCP passed through untouched. With FROM and TO it is a front for one server, with a
local CA's certificate. With a command it does what the command says; run reads a configuration,
genkan's own YAML or an Envoy bootstrap. Every command takes -h and --help. Logs go to stderr, and the
access log to stdout.
`;

const EXIT_STATUS: readonly Entry[] = [
  ["0", "Fine."],
  ["1", "A configuration, or the run itself, failed."],
  ["2", "The command line was wrong."],
];

const SIGNALS: readonly Entry[] = [
  [
    "SIGHUP",
    "Reads the configuration again and changes over to it; when anything in it is wrong, everything stays as it was.",
  ],
  [
    "SIGTERM, SIGINT",
    "Stops accepting, lets running requests finish for a bounded time, and ends. A second one ends at once.",
  ],
];

const FILES: readonly Entry[] = [
  ["/etc/genkan/genkan.yaml", "The configuration that the systemd unit runs."],
  [
    "~/.local/share/genkan/",
    "The local CA (ca.pem, ca-key.pem) and what it issued. On macOS ~/Library/Application Support/genkan/, on Windows in LOCALAPPDATA.",
  ],
];

const ENVIRONMENT: readonly Entry[] = [
  ["HOME", "Under it lies the local CA's folder."],
  ["XDG_DATA_HOME", "In place of ~/.local/share."],
  ["LOCALAPPDATA", "In place of both, on Windows."],
  ["XDG_CONFIG_HOME", "In place of ~/.config, for a user's own unit and configuration."],
  [
    "NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
    "Set by systemd: where genkan says that it is ready, reloads, stops and is alive.",
  ],
  [
    "NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, DENO_CERT, DENO_TLS_CA_STORE",
    "What ca status looks at, to say whether Node, Bun, OpenSSL and Deno trust the local CA.",
  ],
  ["NO_COLOR", "No colours in errors of the runtime. genkan itself writes none."],
];

/** The page for these commands, one empty name (`genkan FROM TO`) among them; ends in a newline. */
export function manPage(commands: readonly Command[]): string {
  const lines = [
    `.TH GENKAN 1 ${VERSION_DATE} "genkan ${VERSION}" "genkan manual"`,
    ".SH NAME",
    "genkan \\- TLS edge proxy: HTTPS to HTTP, and every other way round",
    ".SH SYNOPSIS",
    ...commands.flatMap(synopsis),
    ".SH DESCRIPTION",
    ...paragraph(DESCRIPTION),
    ".SH COMMANDS",
    ...commands.flatMap(section),
    ".SH EXAMPLES",
    ...commands.flatMap(example).slice(1), // A heading begins a paragraph itself.
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(entry),
    ".SH SIGNALS",
    ...SIGNALS.flatMap(entry),
    ".SH FILES",
    ...FILES.flatMap(entry),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(entry),
    ".SH SEE ALSO",
    ".BR curl (1),",
    ".BR openssl (1),",
    ".BR systemd.service (5)",
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function synopsis(command: Command): string[] {
  return [`.SY "${title(command)}"`, ...usageLines(docs(command).usage ?? []), ".YS"];
}

function section(command: Command): string[] {
  const entries = docs(command).sections.flatMap(({ entries }) => entries);
  return [
    `.SS "${title(command, "FROM TO ...")}"`,
    ...messageLines(command.description),
    ...entries.flatMap(({ term, description }) => [
      ".TP",
      tagLine(term),
      ...messageLines(description ?? []),
    ]),
  ];
}

function example(command: Command): string[] {
  return [".PP", ...messageLines(command.brief), ".PP", ...exampleLines(command.example)];
}

function entry([tag, text]: Entry): string[] {
  return [".TP", bold(tag), ...paragraph(text)];
}

/** `genkan run`; with `otherwise` behind the program's name where a command has none. */
function title({ name }: Command, otherwise = ""): string {
  return `genkan ${name === "" ? otherwise : name}`.trim();
}

function docs({ parser }: Command) {
  return getDocPageSync(parser) ?? { sections: [] };
}
