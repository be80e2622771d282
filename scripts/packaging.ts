/**
 * Writes what the program says of itself to `packaging/`: the manual page, the completions, the
 * units. With `--check` it writes nothing, and fails when something there is out of date.
 *
 * @module
 */

const FOLDER = "packaging";

/** Every file that is the program's own output, and the command line that prints it. */
export const PRINTED: readonly { readonly file: string; readonly args: readonly string[] }[] = [
  { file: "genkan.1", args: ["man"] },
  { file: "completions/genkan.bash", args: ["completion", "bash"] },
  { file: "completions/_genkan", args: ["completion", "zsh"] },
  { file: "completions/genkan.fish", args: ["completion", "fish"] },
  { file: "genkan.service", args: ["service", "print"] },
  { file: "genkan.user.service", args: ["service", "print", "--user"] },
];

/**
 * The files in `folder` that aren't what the program prints, in the order of `PRINTED`. Throws an
 * `Error` with the program's own words when it prints nothing.
 */
export async function outdated(folder: string): Promise<{ path: string; text: string }[]> {
  const files = await Promise.all(PRINTED.map(async ({ file, args }) => {
    const path = `${folder}/${file}`;
    return { path, text: await printed(args), before: await textOf(path) };
  }));
  return files.filter(({ text, before }) => text !== before);
}

async function printed(args: readonly string[]): Promise<string> {
  const output = await new Deno.Command("deno", {
    args: ["run", "--quiet", "main.ts", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (output.success) return text.decode(output.stdout);
  throw new Error(`Cannot run genkan ${args.join(" ")}:\n${text.decode(output.stderr).trim()}`);
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function main(onlyCheck: boolean): Promise<number> {
  const files = await outdated(FOLDER);
  for (const { path, text } of files) {
    if (onlyCheck) console.error(complaint(path));
    else {
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, text);
      console.log(path);
    }
  }
  return onlyCheck && files.length > 0 ? 1 : 0;
}

/** What is said of a file that is out of date. */
export function complaint(path: string): string {
  return `${path} is not what genkan prints: run \`deno task packaging\` and commit it`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args.includes("--check")));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
