import config from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { runCommand } from "./run_command.ts";
import { run, testWith } from "./tools.ts";

const page = (await runCommand(["man"])).stdout;

/** The page as its reader sees it, without markup. */
const plain = page.replaceAll(/\\f[BIR]/g, "").replaceAll("\\-", "-").replaceAll("\\e", "\\");

/** Every command as `genkan --help` and `genkan ca --help` name them. */
async function commandNames(): Promise<string[]> {
  const { stdout } = await runCommand(["--help"]);
  const [, list] = stdout.split(/^Commands:$/m);
  const names = [...list.split("\n\n")[0].matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  const expanded = await Promise.all(names.map(async (name) => {
    const help = (await runCommand([name, "--help"])).stdout;
    const members = [...help.matchAll(new RegExp(`^ {2}genkan (${name} [a-z]+) {2}`, "gm"))];
    return members.length === 0 ? [name] : members.map(([, member]) => member);
  }));
  return expanded.flat();
}

Deno.test("The manual page has every command with every option that its --help shows", async () => {
  const names = await commandNames();
  assert(names.includes("run") && names.includes("ca issue") && names.includes("man"), `${names}`);
  for (const name of names) {
    const start = plain.indexOf(`\n.SS "genkan ${name}"\n`);
    assert(start >= 0, `${name} has no section`);
    const section = plain.slice(start, plain.indexOf("\n.S", start + 4));
    const help = (await runCommand([...name.split(" "), "--help"])).stdout;
    for (const [, options] of help.matchAll(/^ {2}(-.+?)(?: {2}|$)/gm)) {
      if (options !== "-h, --help") assertMatch(section, `\n.TP\n${options}\n`);
    }
  }
});

/** The variables that the source asks for by name. */
async function variables(folder = new URL("../../src/", import.meta.url)): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await variables(new URL(`${name}/`, folder)));
    else if (name.endsWith(".ts")) {
      const source = await Deno.readTextFile(new URL(name, folder));
      found.push(...[...source.matchAll(/\benv\("([A-Z_]+)"\)/g)].map(([, variable]) => variable));
    }
  }
  return found;
}

Deno.test("The manual page names every environment variable that genkan reads", async () => {
  const [, permitted] = config.tasks.start.command.match(/--allow-env=(\S+)/)!;
  const named = plain.slice(plain.indexOf(".SH ENVIRONMENT\n")).match(/\b[A-Z]+(_[A-Z]+)*\b/g);
  const read = await variables();
  assert(read.includes("HOME"), "found no variable in the source");
  for (const name of [...permitted.split(","), ...read]) {
    assert(named?.includes(name), `src/cli/man/page.ts doesn't tell of ${name}`);
  }
});

Deno.test("The manual page is the same each time, and of this version", async () => {
  assertEquals((await runCommand(["man"])).stdout, page);
  assertMatch(page, `"genkan ${config.version}"`);
});

/** Readers of manual pages, and where each would complain. */
const READERS = [
  ["mandoc", ["-Tlint"], "stdout", "-Tutf8"],
  ["groff", ["-man", "-ww", "-Tutf8"], "stderr", "--version"],
] as const;

for (const [reader, args, complaints, probe] of READERS) {
  await testWith(
    `${reader} finds nothing wrong with the manual page`,
    [[reader, probe]],
    async () => {
      const output = await run(reader, args, { stdin: page });
      assertEquals([output.code, output[complaints]], [0, ""]);
    },
  );
}
