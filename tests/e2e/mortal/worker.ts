/**
 * A worker that dies at the sight of some addresses, and is the real one until then.
 *
 * @module
 */

import type { Runtime, SocketAddress } from "../../../src/runtime/mod.ts";
import { runWorker } from "../../../src/server/worker_main.ts";
import { overridden } from "../../runtime/overridden.ts";
import { ENDS, LAST_WORDS } from "./ends.ts";

const runtime = "Deno" in globalThis
  ? (await import("../../../src/runtime/deno.ts")).denoRuntime()
  : (await import("../../../src/runtime/bun.ts")).bunRuntime();

const mortal = overridden(runtime, {
  connect: (address, options) => dieOf(address) ?? runtime.connect(address, options),
  listen: ((address, options) => {
    return dieOf(address) ?? runtime.listen(address, options);
  }) as Runtime["listen"],
});

runWorker(mortal, runtime.control!);

/** Nothing comes of the call any more; null when the address is like any other. */
function dieOf({ host }: SocketAddress): Promise<never> | null {
  switch (host) {
    case ENDS.throws:
      queueMicrotask(giveUp);
      break;
    case ENDS.rejects:
      void Promise.reject(new Error(LAST_WORDS));
      break;
    case ENDS.loops:
      for (;;);
    default:
      return null;
  }
  return new Promise(() => {});
}

function giveUp(): never {
  throw new Error(LAST_WORDS);
}
