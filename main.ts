/**
 * The program: picks the runtime's adapter and hands over to the command line.
 *
 * @module
 */

import { main } from "./src/cli/mod.ts";

// Each adapter uses its runtime's global as soon as it is loaded, so only one may be.
const runtime = "Deno" in globalThis
  ? (await import("./src/runtime/deno.ts")).denoRuntime()
  : (await import("./src/runtime/bun.ts")).bunRuntime();

await main(runtime);
