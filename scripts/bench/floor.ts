/**
 * The bare runtimes, as a floor below genkan: what comes in from a client goes out to an upstream
 * connection of its own and back, by the calls that genkan's adapters make, with nothing looked at
 * in between. What genkan costs more is its own.
 *
 * @module
 */

import type { Setup, Subject } from "./subject.ts";

/** A new client would be a new upstream connection, too: so none where clients are new. */
const TESTS = [
  ...["plain", "tls", "many", "body64k-down", "body64k-up"] as const,
  ...["bulk-plain", "bulk-tls", "bulk-up-plain", "bulk-up-tls"] as const,
];

/** The floor on Deno. */
export const floorDeno: Subject = {
  name: "floor-deno",
  tests: TESTS,
  // deno-lint-ignore require-await -- a subject may wait
  prepare: async (setup) => {
    const permissions = ["--allow-net", `--allow-read=${setup.folder}/..`];
    return ["deno", "run", "--no-config", ...permissions, ...scriptOf("floor_deno.ts", setup)];
  },
};

/** The floor on Bun. */
export const floorBun: Subject = {
  name: "floor-bun",
  tests: TESTS,
  prepare: async (setup, programs) => {
    if (await programs.isInstalled("bun", "--version")) {
      return ["bun", ...scriptOf("floor_bun.ts", setup)];
    }
    return "bun is not on PATH; deno task bun prints where the pinned one is";
  },
};

function scriptOf(name: string, setup: Setup): string[] {
  const { plainPort, tlsPort, upstreamPort, certificate: { cert, key } } = setup;
  const path = new URL(`./${name}`, import.meta.url).pathname;
  return [path, ...[plainPort, tlsPort, upstreamPort].map(String), cert, key];
}
