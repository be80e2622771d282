/**
 * What not every runtime's TLS can do: refused where the configuration asks for it, so that nobody
 * believes in a revocation list that isn't looked at.
 *
 * @module
 */

import type { TlsSupport } from "../runtime/mod.ts";
import type { Cursor } from "./cursor.ts";

export type { TlsSupport } from "../runtime/mod.ts";

/** For who reads a configuration without running it. */
export const ALL_SUPPORTED: TlsSupport = { crl: true, ciphers: true };

const WANTED: Readonly<Record<keyof TlsSupport, string>> = {
  crl: "look at revocation lists",
  ciphers: "choose cipher suites",
};

/** Reports a field that the runtime can't do what it says of. */
export function checkSupport(field: Cursor, what: keyof TlsSupport, supports: TlsSupport): void {
  if (supports[what]) return;
  field.failAtName(`this runtime's TLS can't ${WANTED[what]}; run genkan on Bun, or remove it`);
}
