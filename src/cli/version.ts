/**
 * genkan's version, which `deno.json` says too; a test keeps the two equal.
 *
 * @module
 */

import type { Runtime } from "../runtime/mod.ts";

/** This release, as semantic versioning writes it. */
export const VERSION = "0.1.0";

/** When it was released, or its making began; the manual page's date, as ISO 8601 writes it. */
export const VERSION_DATE = "2026-11-22";

/** `genkan 0.1.0 (deno 2.9.6)`. */
export function versionLine(runtime: Pick<Runtime, "name" | "version">): string {
  return `genkan ${VERSION} (${runtime.name} ${runtime.version})`;
}
