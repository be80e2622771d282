/**
 * The command line: versions, help, and words that it doesn't know.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { e2e } from "./scene.ts";

const COMMANDS = [
  "run",
  "check",
  "adapt",
  "sandbox",
  "echo",
  "ca create",
  "ca issue",
  "ca status",
  "version",
];

e2e("version tells genkan's version and the runtime's", async (scene) => {
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  for (const args of [["version"], ["--version"], ["-V"]]) {
    const { code, stdout, stderr } = await scene.run(args);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^genkan \d+\.\d+\.\d+ \((deno|bun) \d+\.\d+\.\d+\)\n$/);
    assertMatch(stdout, `genkan ${version} `);
  }
});

e2e("Every command has a help page with an example", async (scene) => {
  const overview = await scene.run(["--help"]);
  assertEquals([overview.code, overview.stderr], [0, ""]);
  assertMatch(overview.stdout, "genkan https://localhost:8443 http://localhost:3000");
  for (const command of COMMANDS) {
    assertMatch(overview.stdout, new RegExp(`^ +${command.split(" ")[0]} `, "m"));
    const { code, stdout, stderr } = await scene.run([...command.split(" "), "--help"]);
    assertEquals([code, stderr], [0, ""], command);
    assertMatch(stdout, new RegExp(`^Examples?:\\n +genkan ${command}`, "m"));
  }
  const ca = await scene.run(["ca", "--help"]);
  assertEquals(ca.code, 0);
  assertMatch(ca.stdout, /Examples?:\n +genkan ca /);
});

const WRONG: readonly (readonly [args: readonly string[], words: RegExp])[] = [
  [[], /a command is missing/],
  [["chekc"], /unknown command "chekc"; did you mean "check"\?/],
  [["ca", "isue"], /unknown command "ca isue"; did you mean "ca issue"\?/],
  [["ca"], /a command is missing: create, issue or status/],
  [["run"], /-c FILE is missing/],
  [["run", "-c"], /-c/],
  [["run", "--confg", "x.yaml"], /--confg.*--config/],
  [["sandbox", "--base-port", "high"], /--base-port|high/],
  [["echo", "--cert", "x.pem"], /--cert and --key go together/],
  [["echo", "--listen", "nowhere"], /nowhere/],
];

e2e(
  "What the command line doesn't know is one line with a suggestion, and exit code 2",
  async (scene) => {
    for (const [args, words] of WRONG) {
      const { code, stdout, stderr } = await scene.run(args);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr, words);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      assertMatch(stderr, /See 'genkan.* --help'/);
    }
  },
);

e2e("The shells' completion scripts name the program", async (scene) => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await scene.run(["completion", shell]);
    assertEquals(code, 0, shell);
    assert(stdout.includes("genkan"), shell);
  }
});

e2e("ca create keeps a CA that is there, and ca issue wants one", async (scene) => {
  const without = await scene.run(["ca", "issue", "app.test"]);
  assertEquals(without.code, 1);
  assertMatch(without.stderr, /^genkan: .*'genkan ca create'\n$/);

  assertEquals((await scene.run(["ca", "create"])).code, 0);
  const ca = await Deno.readTextFile(`${scene.dataFolder}/ca.pem`);
  const again = await scene.run(["ca", "create"]);
  assertEquals(again.code, 1);
  assertMatch(again.stderr, /^genkan: .*--force/);
  assertEquals(await Deno.readTextFile(`${scene.dataFolder}/ca.pem`), ca);

  const issued = await scene.run(["ca", "issue", "app.test", "*.app.test", "--out", "certs"]);
  assertEquals(issued.code, 0);
  assertEquals((await Deno.stat(scene.path("certs/app.test-key.pem"))).mode! & 0o777, 0o600);

  const foreign = await scene.run(["ca", "issue", "example.com"]);
  assertEquals(foreign.code, 1);
  assertMatch(foreign.stderr, /^genkan: [^\n]*example\.com[^\n]*\n$/);
});
