/**
 * Gets Bun, which compiles the one executable, at the pinned version: through Deno's npm cache, so
 * that a machine needs nothing installed beside. Run as a program it prints the path.
 *
 * @module
 */

/** The version of Bun that genkan is built and tested with. */
export const BUN_VERSION = "1.4.5";

/** What genkan is released for: a system and a processor, on Linux with glibc unless it says musl. */
export type Target =
  | "linux-x64"
  | "linux-x64-musl"
  | "linux-arm64"
  | "linux-arm64-musl"
  | "macos-x64"
  | "macos-arm64";

/** What Bun calls a target, the npm package that holds it, and that one's hash at `BUN_VERSION`. */
export const BUN_PACKAGES: Readonly<
  Record<Target, { readonly bun: string; readonly name: string; readonly integrity: string }>
> = {
  "linux-x64": {
    bun: "bun-linux-x64",
    name: "@oven/bun-linux-x64",
    integrity:
      "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  "linux-x64-musl": {
    bun: "bun-linux-x64-musl",
    name: "@oven/bun-linux-x64-musl",
    integrity:
      "sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==",
  },
  "linux-arm64": {
    bun: "bun-linux-arm64",
    name: "@oven/bun-linux-aarch64",
    integrity:
      "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  "linux-arm64-musl": {
    bun: "bun-linux-arm64-musl",
    name: "@oven/bun-linux-aarch64-musl",
    integrity:
      "sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
  "macos-x64": {
    bun: "bun-darwin-x64",
    name: "@oven/bun-darwin-x64",
    integrity:
      "sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  },
  "macos-arm64": {
    bun: "bun-darwin-arm64",
    name: "@oven/bun-darwin-aarch64",
    integrity:
      "sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
};

/** Every target, in the order of the table. */
export const TARGETS = Object.keys(BUN_PACKAGES) as Target[];

/** Deno's names for what this machine may be. Deno itself wants glibc. */
const HOSTS: Readonly<Record<string, Target>> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "macos-x64",
  "darwin-aarch64": "macos-arm64",
};

/** This machine's target. Throws an `Error` with a plain sentence when there is none for it. */
export function hostTarget(): Target {
  const host = `${Deno.build.os}-${Deno.build.arch}`;
  const known = Object.keys(HOSTS).join(", ");
  if (!(host in HOSTS)) {
    throw new Error(`Cannot get Bun: no package for ${host}, only for ${known}`);
  }
  return HOSTS[host];
}

/**
 * The path of the Bun executable for a target, downloaded when it isn't in Deno's npm cache yet (30
 * to 40 MB). Throws an `Error` with a plain sentence when the download fails, or isn't what its hash
 * says.
 */
export async function bunPath(target: Target = hostTarget()): Promise<string> {
  const { name, integrity } = BUN_PACKAGES[target];
  const id = `${name}@${BUN_VERSION}`;
  // It makes Deno check the hash.
  const lockFile = `dist/bun-${target}.lock`;
  await Deno.mkdir("dist", { recursive: true });
  await Deno.writeTextFile(lockFile, lockText(id, integrity));
  const cached = await deno(["cache", `--lock=${lockFile}`, "--frozen"], id);
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
