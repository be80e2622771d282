/**
 * A runtime of which a test takes over a part.
 *
 * @module
 */

import type { Runtime } from "../../src/runtime/mod.ts";

/** `runtime`, but for what `changes` has. */
export function overridden(runtime: Runtime, changes: Partial<Runtime>): Runtime {
  return new Proxy(runtime, {
    get(_, name) {
      const owner = (name in changes ? changes : runtime) as Record<PropertyKey, unknown>;
      const value = owner[name];
      // A runtime's own methods have private parts.
      return typeof value === "function" ? value.bind(owner) : value;
    },
  });
}
