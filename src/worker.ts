/**
 * The program in a worker's thread. It has a file of its own because a thread loads what its entry
 * names: of `main.ts` that would be every command.
 *
 * @module
 */

import { runWorker } from "./server/worker_main.ts";

// As in main.ts.
const runtime = "Deno" in globalThis
  ? (await import("./runtime/deno.ts")).denoRuntime()
  : (await import("./runtime/bun.ts")).bunRuntime();

runWorker(runtime, runtime.control!);
