/**
 * Gets Bun, which compiles the one executable, at the pinned version: through Deno's npm cache, so
 * that a machine needs nothing installed beside. Run as a program it prints the path.
 *
 * @module
 */

/** The version of Bun that genkan is built and tested with. */
export const BUN_VERSION = "1.4.5";

/** The npm package that holds Bun for a platform, and its tarball's hash at `BUN_VERSION`. */
const PACKAGES: Readonly<Record<string, { name: string; integrity: string }>> = {
  "linux-x86_64": {
    name: "@oven/bun-linux-x64",
    integrity:
      "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  "linux-aarch64": {
    name: "@oven/bun-linux-aarch64",
    integrity:
      "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  "darwin-x86_64": {
    name: "@oven/bun-darwin-x64",
    integrity:
      "sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  },
  "darwin-aarch64": {
    name: "@oven/bun-darwin-aarch64",
    integrity:
      "sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
};

/** Where the lock file of this one download is laid; it makes Deno check the hash. */
const LOCK_FILE = "dist/bun.lock";

/**
 * The path of the Bun executable, downloaded when it isn't in Deno's npm cache yet (30 to 40 MB).
 * Throws an `Error` with a plain sentence when the platform has none or the download fails.
 */
export async function bunPath(): Promise<string> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  const found = PACKAGES[platform];
  if (found === undefined) {
    const known = Object.keys(PACKAGES).join(", ");
    throw new Error(`Cannot get Bun: no package for ${platform}, only for ${known}`);
  }
  const id = `${found.name}@${BUN_VERSION}`;
  await Deno.mkdir("dist", { recursive: true });
  await Deno.writeTextFile(LOCK_FILE, lockText(id, found.integrity));
  const cached = await deno(["cache", `--lock=${LOCK_FILE}`, "--frozen"], id);
  if (!cached.success) throw new Error(`Cannot download ${id} from npm:\n${cached.stderr.trim()}`);
  const info = await deno(["info", "--json", "--no-lock"], id);
  const folder = info.success ? JSON.parse(info.stdout).npmPackages?.[id]?.localPath : undefined;
  if (typeof folder !== "string") throw new Error(`Cannot find ${id} in Deno's npm cache`);
  return `${folder}/bin/bun`;
}

/** A lock file (version 5) that knows the one package, so that Deno fetches no other. */
function lockText(id: string, integrity: string): string {
  const lock = {
    version: "5",
    specifiers: { [`npm:${id}`]: BUN_VERSION },
    npm: { [id]: { integrity } },
  };
  return JSON.stringify(lock, null, 2) + "\n";
}

/** Runs Deno outside this project's configuration, so that `node_modules` stays as it is. */
async function deno(args: string[], id: string) {
  const [command, ...options] = args;
  const output = await new Deno.Command("deno", {
    args: [command, "--no-config", "--node-modules-dir=none", ...options, `npm:${id}`],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return {
    success: output.success,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}

if (import.meta.main) {
  try {
    console.log(await bunPath());
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
