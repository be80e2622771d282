/**
 * Cipher suites of TLS 1.2, by OpenSSL's names. Those of TLS 1.3 can't be chosen: neither Envoy nor
 * the runtimes let anyone do so, and all of them are good.
 *
 * @module
 */

import type { TlsVersion } from "../runtime/mod.ts";
import type { Cursor } from "./cursor.ts";
import type { Reading } from "./dialect.ts";
import { quote } from "./problem.ts";
import { didYouMean } from "./suggest.ts";
import { checkSupport, type TlsSupport } from "./tls_support.ts";

/** What both Envoy's BoringSSL and Node's OpenSSL have, best first. */
export const CIPHERS: readonly string[] = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES256-SHA",
  "AES128-GCM-SHA256",
  "AES256-GCM-SHA384",
  "AES128-SHA",
  "AES256-SHA",
];

function parseCipher(text: string): Reading<string> {
  if (CIPHERS.includes(text)) return { value: text };
  const expected = "a cipher suite of TLS 1.2 by OpenSSL's name";
  if (/^TLS_(AES|CHACHA20)_/.test(text)) {
    return { expected, hint: "; those of TLS 1.3 can't be chosen" };
  }
  return { expected, hint: didYouMean(text, CIPHERS) };
}

/**
 * Reads a list of cipher suites; an empty one, where that is allowed, leaves them to the runtime.
 * Reports what has no effect because TLS 1.2 isn't spoken, and what the runtime can't do.
 */
export function readCiphers(
  field: Cursor,
  { minVersion, supports }: { minVersion: TlsVersion | null; supports: TlsSupport },
): string[] {
  const items = field.items();
  if (items.length === 0) return [];
  checkSupport(field, "ciphers", supports);
  if (minVersion === "TLSv1.3") {
    field.failAtName("has no effect: they are of TLS 1.2, and the minimum is TLS 1.3");
  }
  const names = new Set<string>();
  for (const item of items) {
    const name = item.parsed(parseCipher, "");
    if (name !== "" && names.has(name)) item.fail(`${quote(name)} is given twice`);
    names.add(name);
  }
  return [...names];
}
