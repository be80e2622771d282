/**
 * The bare runtimes, as a floor below genkan: what comes in from a client goes out to an upstream
 * connection and back, by the calls that genkan's adapters make, with nothing looked at in between
 * that doesn't have to be (`floor_link.ts`). What genkan costs more is its own.
 *
 * @module
 */

import type { Route } from "./floor_link.ts";
import { type Setup, type Subject, WAYS } from "./subject.ts";

/** The floor on Deno. */
export const floorDeno: Subject = {
  name: "floor-deno",
  ways: WAYS,
  // deno-lint-ignore require-await -- a subject may wait
  prepare: async (setup) => {
    const permissions = ["--allow-net", `--allow-read=${setup.folder}/..`];
    return ["deno", "run", "--no-config", ...permissions, ...scriptOf("floor_deno.ts", setup)];
  },
};

/** The floor on Bun. */
export const floorBun: Subject = {
  name: "floor-bun",
  ways: WAYS,
  prepare: async (setup, programs) => {
    if (await programs.isInstalled("bun", "--version")) {
      return ["bun", ...scriptOf("floor_bun.ts", setup)];
    }
    return "bun is not on PATH; deno task bun prints where the pinned one is";
  },
};

function scriptOf(name: string, setup: Setup): string[] {
  const { cert, key } = setup.certificate;
  const path = new URL(`./${name}`, import.meta.url).pathname;
  return [path, cert, key, JSON.stringify(routesOf(setup))];
}

function routesOf({ plainPort, tlsPort, upstreamPort, modes }: Setup): Route[] {
  const toPlain = { upstreamPort, startsTls: false, keeps: true };
  const routes: Route[] = [
    { port: plainPort, endsTls: false, ...toPlain },
    { port: tlsPort, endsTls: true, ...toPlain },
  ];
  if (modes === undefined) return routes;
  const { reencryptPort, originatePort, passthroughPort, tlsUpstreamPort } = modes;
  const toTls = { upstreamPort: tlsUpstreamPort, startsTls: true, keeps: true };
  return [
    ...routes,
    { port: reencryptPort, endsTls: true, ...toTls },
    { port: originatePort, endsTls: false, ...toTls },
    { port: passthroughPort, endsTls: false, ...toTls, startsTls: false, keeps: false },
  ];
}
