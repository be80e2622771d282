/**
 * Where PEM comes from, in Envoy's form.
 *
 * @module
 */

import type { PemField } from "../certificates.ts";
import type { Cursor } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import { FIELDS } from "./fields.ts";

/** A path is relative to the current folder, as in Envoy. (Envoy: `DataSource`) */
export function readDataSource(field: Cursor): PemField | null {
  return field.record(FIELDS.DataSource, (fields) => {
    const file = fields.take("filename");
    const text = fields.take("inline_string");
    const bytes = fields.take("inline_bytes");
    const [source, second] = [file, text, bytes].filter((field) => field.given);
    second?.failAtName("a second source; only one says where it comes from");
    if (source === undefined && field.kind === "map" && !fields.has("environment_variable")) {
      field.failAtName('missing field "filename", "inline_string" or "inline_bytes"');
    }
    if (source === file) {
      const path = file.filled("a path");
      return path === "" ? null : { field: file, from: { kind: "file", path } };
    }
    const pem = source === bytes ? bytes.parsed(parseBase64, "") : text.filled("PEM text");
    return pem === "" ? null : { field: source, from: { kind: "inline", pem } };
  });
}

/** proto3 JSON's bytes: base64 in either alphabet. PEM is ASCII. */
function parseBase64(text: string): Reading<string> {
  const standard = text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/");
  try {
    return { value: atob(standard) };
  } catch {
    return { expected: "base64", found: "something else" };
  }
}
