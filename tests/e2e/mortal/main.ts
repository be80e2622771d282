/**
 * The program with workers that die when they are told to: everything else is `main.ts`.
 *
 * @module
 */

import { main } from "../../../src/cli/mod.ts";

const WORKER = new URL("./worker.ts", import.meta.url).href;

const runtime = "Deno" in globalThis
  ? (await import("../../../src/runtime/deno.ts")).denoRuntime(WORKER)
  : (await import("../../../src/runtime/bun.ts")).bunRuntime(WORKER);

await main(runtime);
