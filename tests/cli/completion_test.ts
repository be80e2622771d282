import { assertEquals } from "../assert.ts";
import { runCommand } from "./run_command.ts";
import { run, testWith, type Tool } from "./tools.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** What is typed before Tab, and the words that genkan is then called with. */
const TYPED: readonly [line: string, words: string[]][] = [
  ["genkan ver", ["version"]],
  ["genkan ca iss", ["ca", "issue"]],
  ["genkan run --conf", ["run", "--config"]],
  ["genkan run -c on", ["run", "-c", "one.yaml"]],
  ["genkan check --config tw", ["check", "--config", "two words.yaml"]],
];

/** Sources the script, sets what bash hands to a completion function, and prints what it gives. */
const IN_BASH = `
source "$1"; shift
function=$(complete -p genkan | sed 's/.*-F \\([^ ]*\\).*/\\1/')
for COMP_LINE in "$@"; do
  read -ra COMP_WORDS <<<"$COMP_LINE"
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMP_POINT=\${#COMP_LINE} COMPREPLY=()
  "$function"
  printf '%s\\n' "\${COMPREPLY[*]}"
done
`;

/** fish's own engine prints each suggestion with its description behind a tab. */
const IN_FISH = `
source $argv[1]
for line in $argv[2..]
  complete -C $line | string split -f 1 \\t | string join " "
end
`;

/** Types into another zsh, in a pseudo-terminal, and lets it run the lines. */
const IN_ZSH = `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "fpath=(\${(q)1:h} \\$fpath); autoload -Uz compinit; compinit -u -D"
shift
for line in "$@"; zpty -w -n inner "$line"$'\\t\\n'
zpty -w inner exit
while zpty -r inner; do :; done
`;

interface Shell {
  readonly tool: Tool;
  /** What its completion scripts are called. */
  readonly file: string;
  readonly args: readonly string[];
  /** From what it printed, and what genkan was called with, to the last word of each line. */
  completed(stdout: string, calls: string): string[];
}

const SHELLS: readonly Shell[] = [
  {
    tool: ["bash", "--version"],
    file: "genkan.bash",
    args: ["--norc", "-c", IN_BASH, "bash"],
    completed: (stdout) => stdout.trimEnd().split("\n"),
  },
  {
    tool: ["fish", "--version"],
    file: "genkan.fish",
    args: ["--no-config", "-c", IN_FISH],
    completed: (stdout) => stdout.trimEnd().split("\n"),
  },
  {
    tool: ["zsh", "--version"],
    file: "_genkan",
    args: ["-f", "-c", IN_ZSH, "zsh"],
    completed: (_stdout, calls) =>
      calls.trimEnd().split("\n").map((call) => call.split("\t").at(-1)!),
  },
];

for (const { tool, file, args, completed } of SHELLS) {
  const [name] = tool;
  await testWith(`${name} completes commands, options and files`, [tool], async () => {
    const folder = await Deno.makeTempDir({ prefix: "genkan-completion-" });
    try {
      for (const each of ["one.yaml", "two words.yaml"]) {
        await Deno.writeTextFile(`${folder}/${each}`, "");
      }
      await Deno.mkdir(`${folder}/bin`);
      await Deno.writeTextFile(`${folder}/bin/genkan`, program(`${folder}/calls`), { mode: 0o755 });
      const script = `${folder}/bin/${file}`;
      await Deno.writeTextFile(script, (await runCommand(["completion", name])).stdout);
      const { stdout } = await run(name, [...args, script, ...TYPED.map(([line]) => line)], {
        cwd: folder,
        env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, HOME: folder },
      });
      const calls = await Deno.readTextFile(`${folder}/calls`).catch(() => "");
      assertEquals(completed(stdout, calls), TYPED.map(([, words]) => words.at(-1)!));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Completes as genkan does, and notes any other call in a file, a line each. */
function program(calls: string): string {
  return `#!/bin/sh
if [ "$1" = completion ]; then exec '${Deno.execPath()}' run -q '${MAIN}' "$@"; fi
printf '%s\\t' "$@" | sed 's/\\t$//' >>'${calls}'
echo >>'${calls}'
`;
}

Deno.test("genkan completion without a shell, or with another, says which there are", async () => {
  const missing = await runCommand(["completion"]);
  assertEquals([missing.code, missing.stderr.includes("bash, fish, nu, pwsh or zsh")], [2, true]);
  const unknown = await runCommand(["completion", "tcsh"]);
  assertEquals([unknown.code, unknown.stderr.includes("got tcsh")], [2, true]);
});

Deno.test("genkan completion offers --help, and what is said of an option in fish and zsh", async () => {
  const { stdout } = await runCommand(["completion", "fish", "run", "-"]);
  assertEquals(stdout, "-c\tThe configuration, native or Envoy's.\n--help\tShow help information.");
});
