/**
 * Names that a certificate has to have, as text: `dns:app.test`, `uri:spiffe://a/b`,
 * `email:a@b.test`, `ip:10.0.0.1`.
 *
 * @module
 */

import { parseHostName, parseIp } from "./address.ts";
import type { Cursor } from "./cursor.ts";
import type { Reading } from "./dialect.ts";
import type { SanMatcherConfig } from "./model.ts";

/** The kinds of names, as the native form and the model spell them. */
export const SAN_KINDS: readonly SanMatcherConfig["kind"][] = ["dns", "uri", "email", "ip"];

/** Reads a name of one kind; what the kind can't be would never be found in a certificate. */
export function parseSanValue(
  kind: SanMatcherConfig["kind"],
  text: string,
): Reading<SanMatcherConfig> {
  const reading = VALUES[kind](text);
  return "value" in reading ? { value: { kind, value: reading.value } } : reading;
}

// RFC 5280 §4.2.1.6: all of them are ASCII, a URI is absolute, an address is `local@host`.
const VALUES: Readonly<Record<SanMatcherConfig["kind"], (text: string) => Reading<string>>> = {
  dns: parseHostName,
  uri: (text) =>
    /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(text)
      ? { value: text }
      : { expected: "a URI such as spiffe://example.test/app" },
  email: (text) =>
    /^[!-?A-~]+@[!-?A-~]+$/.test(text)
      ? { value: text }
      : { expected: "an e-mail address such as a@example.test" },
  ip: parseIp,
};

/** Reads `kind:name`. */
export function parseSan(text: string): Reading<SanMatcherConfig> {
  const colon = text.indexOf(":");
  const kind = SAN_KINDS.find((kind) => kind === text.slice(0, colon));
  if (kind !== undefined) return parseSanValue(kind, text.slice(colon + 1));
  return { expected: 'a name with its kind, such as "dns:app.test" (dns, uri, email or ip)' };
}

/** As `parseSan` reads it. */
export function formatSan({ kind, value }: SanMatcherConfig): string {
  return `${kind}:${value}`;
}

/** Reads a list of names in the native form, which isn't empty; none where it is absent. */
export function readSans(field: Cursor): SanMatcherConfig[] {
  const items = field.items();
  if (field.kind === "list" && items.length === 0) field.fail("expected a name, found none");
  return items.flatMap((item) => item.parsed<SanMatcherConfig | null>(parseSan, null) ?? []);
}
