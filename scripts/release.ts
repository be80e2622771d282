/**
 * Makes `dist/release`: for each platform an archive with the executable and what belongs to it, and
 * `SHA256SUMS`. All of it is made here and from npm: the executables are cross-compiled by Bun.
 *
 * The archives are the same bytes for the same commit, tools and packages: the files' times are the
 * commit's, or `SOURCE_DATE_EPOCH` (https://reproducible-builds.org/specs/source-date-epoch/), and
 * their owner is root.
 *
 * @module
 */

import { BUN_PACKAGES, hostTarget, type Target, TARGETS } from "./bun.ts";
import { compileDeno } from "./compile.ts";
import { compileBun } from "./compile_bun.ts";
import { complaint, outdated } from "./packaging.ts";
import { archiveName, checksums, CONTENTS } from "./release_contents.ts";

/** Where it all goes; `--out=DIR` says another, under dist/. */
const OUT = "dist/release";

interface Made {
  readonly archive: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What to make: an archive's name, and what makes the executable for it at a given path. */
interface Plan {
  readonly name: string;
  readonly compile: (path: string) => Promise<void>;
}

/** Makes one archive in the folder `out`, its files dated `epoch`. */
async function make({ name, compile }: Plan, out: string, epoch: string): Promise<Made> {
  const stage = `${out}-stage`;
  try {
    for (const [from, to] of CONTENTS) {
      const path = `${stage}/${name}/${to}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(from, path);
    }
    await compile(`${stage}/${name}/genkan`);
    const archive = `${name}.tar.gz`;
    await run("tar", [
      "--create",
      `--file=${out}/${archive}`,
      "--use-compress-program=gzip -n",
      "--format=ustar",
      "--sort=name",
      `--mtime=@${epoch}`,
      "--owner=root:0",
      "--group=root:0",
      "--mode=u+rwX,go+rX,go-w",
      `--directory=${stage}`,
      name,
    ]);
    return { archive, bytes: await Deno.readFile(`${out}/${archive}`) };
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/** Seconds since 1970 that every file is dated with. */
async function sourceDate(): Promise<string> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  return given ?? (await run("git", ["log", "-1", "--format=%ct"])).trim();
}

async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new Error(`Cannot run ${program} ${args[0]}: ${text.decode(stderr).trim()}`);
}

/** Everything that there is to make for these targets. */
function plan(version: string, targets: readonly Target[]): Plan[] {
  const plans: Plan[] = targets.map((target) => ({
    name: archiveName(version, target),
    compile: (path) => compileBun(path, target),
  }));
  if (Deno.env.get("DENORT_BIN") === undefined) {
    console.log("no executable by `deno compile`: it wants DENORT_BIN, the path of a denort");
    return plans;
  }
  return [...plans, { name: archiveName(version, `${hostTarget()}-deno`), compile: compileDeno }];
}

/** What the command line asks for; throws an `Error` with a plain sentence. */
function parseWords(words: readonly string[]): { targets: readonly Target[]; out: string } {
  const out = words.find((word) => word.startsWith("--out="))?.slice("--out=".length) ?? OUT;
  const names = words.filter((word) => !word.startsWith("--out="));
  const unknown = names.find((name) => !(name in BUN_PACKAGES));
  if (unknown !== undefined) {
    throw new Error(`Cannot release for "${unknown}": there are ${TARGETS.join(", ")}`);
  }
  return { targets: names.length === 0 ? TARGETS : names as Target[], out };
}

/** Makes what the words ask for, and gives the exit code. */
async function release(words: readonly string[]): Promise<number> {
  const { targets, out } = parseWords(words);
  const [stale] = await outdated("packaging");
  if (stale !== undefined) throw new Error(complaint(stale.path));
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  const epoch = await sourceDate();
  await Deno.mkdir(out, { recursive: true });
  for await (const { name } of Deno.readDir(out)) await Deno.remove(`${out}/${name}`);
  const plans = plan(version, targets);
  const made: Made[] = [];
  for (const each of plans) {
    const start = performance.now();
    try {
      const one = await make(each, out, epoch);
      made.push(one);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`${one.archive}  ${(one.bytes.length / 1e6).toFixed(0)} MB, ${seconds} s`);
    } catch (error) {
      console.error(`Cannot release ${each.name}: ${(error as Error).message}`);
    }
  }
  // Without the sums nobody takes a part for the whole.
  if (made.length < plans.length) return 1;
  await Deno.writeTextFile(`${out}/SHA256SUMS`, await checksums(made));
  console.log(`${out}/SHA256SUMS`);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await release(Deno.args));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
