import { parseCommandLine } from "../../src/cli/command_line.ts";
import { VERSION } from "../../src/cli/version.ts";
import type { Runtime } from "../../src/runtime/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

/** Runs a command line that needs nothing of a runtime but its name and its streams. */
async function run(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const runtime: Pick<Runtime, "name" | "version" | "write" | "forgoWriting"> = {
    name: "deno",
    version: "2.9.6",
    forgoWriting() {},
    write(stream, text) {
      written[stream] += text;
      return Promise.resolve();
    },
  };
  return { code: await parseCommandLine(args)(runtime as Runtime), ...written };
}

/** Command lines that are refused, and the whole of stderr. */
const REFUSED: readonly [args: string[], stderr: string][] = [
  [[], "genkan: a command is missing. See 'genkan --help'.\n"],
  [["chekc"], `genkan: unknown command "chekc"; did you mean "check"? See 'genkan --help'.\n`],
  [["frobnicate"], `genkan: unknown command "frobnicate". See 'genkan --help'.\n`],
  [["ca"], "genkan ca: a command is missing: create, issue or status. See 'genkan ca --help'.\n"],
  [
    ["ca", "crate"],
    `genkan: unknown command "ca crate"; did you mean "ca create"? See 'genkan --help'.\n`,
  ],
  [
    ["ca", "issue"],
    "genkan ca issue: NAME is missing: whom is the certificate for? See 'genkan ca issue --help'.\n",
  ],
  [
    ["run"],
    "genkan run: -c FILE is missing: which configuration? See 'genkan run --help'.\n",
  ],
  [["check", "-c"], "genkan check: -c requires FILE. See 'genkan check --help'.\n"],
  [
    ["run", "--confg", "a"],
    "genkan run: unexpected option or argument: --confg. Did you mean --config? " +
    "See 'genkan run --help'.\n",
  ],
  [
    ["run", "-c", "a", "b"],
    "genkan run: unexpected option or argument: b. See 'genkan run --help'.\n",
  ],
  [
    ["https://localhost:8443"],
    "genkan: TO is missing: where does it lead to? See 'genkan --help'.\n",
  ],
  [
    ["https://localhost:8443", "3000", "--server-nam", "a"],
    "genkan: unexpected option or argument: --server-nam. Did you mean --server-name? " +
    "See 'genkan --help'.\n",
  ],
  [
    ["sandbox", "--base-port", "x"],
    "genkan sandbox: --base-port: Expected a valid integer, but got x. " +
    "See 'genkan sandbox --help'.\n",
  ],
];

for (const [args, stderr] of REFUSED) {
  Deno.test(`"genkan ${args.join(" ")}" says one line on stderr and exits with 2`, async () => {
    assertEquals(await run(...args), { code: 2, stdout: "", stderr });
  });
}

const COMMANDS = [
  "run",
  "check",
  "adapt",
  "sandbox",
  "echo",
  "version",
  "ca create",
  "ca issue",
  "ca status",
  "service print",
  "service install",
  "service uninstall",
  "service status",
];

for (const command of COMMANDS) {
  Deno.test(`"genkan ${command} --help" shows its usage and an example`, async () => {
    const { code, stdout, stderr } = await run(...command.split(" "), "--help");
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, `Usage: genkan ${command}`);
    assertMatch(stdout, new RegExp(`Examples:\n  (sudo )?genkan ${command}`));
  });

  Deno.test(`"genkan help ${command}" is "genkan ${command} --help"`, async () => {
    const words = command.split(" ");
    assertEquals(await run("help", ...words), await run(...words, "--help"));
  });
}

Deno.test("genkan --help names every command and has an example, 80 columns wide", async () => {
  const { code, stdout } = await run("--help");
  assertEquals(code, 0);
  for (const command of COMMANDS) {
    assertMatch(stdout, new RegExp(`^  ${command.split(" ")[0]} `, "m"));
  }
  assertMatch(stdout, "Examples:\n  genkan https://localhost:8443 http://localhost:3000\n");
  assert(stdout.split("\n").every((line) => line.length <= 80), "a line is wider");
  assertEquals(await run("help"), await run("-h"));
});

Deno.test("genkan FROM TO --help tells of the options that a front has", async () => {
  const { code, stdout } = await run("https://localhost:8443", "--help");
  assertEquals(code, 0);
  for (const option of ["--ca FILE", "--server-name NAME", "--insecure-skip-verify"]) {
    assertMatch(stdout, option);
  }
});

Deno.test("genkan ca --help names its commands", async () => {
  const { code, stdout } = await run("ca", "--help");
  assertEquals(code, 0);
  assertMatch(stdout, "genkan ca create");
  assertMatch(stdout, "genkan ca issue");
  assertMatch(stdout, "genkan ca status");
});

Deno.test("genkan version, --version and -V say the same", async () => {
  const version = await run("version");
  assertEquals(version, { code: 0, stdout: `genkan ${VERSION} (deno 2.9.6)\n`, stderr: "" });
  assertEquals(await run("--version"), version);
  assertEquals(await run("-V"), version);
});

Deno.test("genkan completion writes a script, and completes commands and options", async () => {
  assertMatch((await run("completion", "bash")).stdout, "_genkan");
  assertMatch((await run("completion", "bash", "san")).stdout, "sandbox");
  assertMatch((await run("completion", "bash", "run", "--")).stdout, "--config");
});
