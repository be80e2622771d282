/**
 * The program: picks the runtime's adapter and hands over to the command line. `src/worker.ts` is
 * its other entry, for its threads.
 *
 * @module
 */

import { main } from "./src/cli/mod.ts";

const WORKER = new URL("./src/worker.ts", import.meta.url).href;

// Each adapter uses its runtime's global as soon as it is loaded, so only one may be.
const runtime = "Deno" in globalThis
  ? (await import("./src/runtime/deno.ts")).denoRuntime(WORKER)
  : (await import("./src/runtime/bun.ts")).bunRuntime(WORKER);

await main(runtime);
