/**
 * Extensions: whatever has a `typed_config`. Envoy goes by its `@type` alone and takes the `name`
 * beside it for a label, so that old and made-up names work.
 *
 * @module
 */

import type { Cursor, Fields } from "../cursor.ts";
import { quote } from "../problem.ts";
import { closest } from "../suggest.ts";
import { type EnvoyMessage, FIELDS } from "./fields.ts";

/** How to read one type of extension. */
export interface Extension<T> {
  /** The type's whole name, such as `envoy.extensions.filters.http.router.v3.Router`. */
  readonly type: string;
  readonly message: EnvoyMessage;
  readonly read: (fields: Fields) => T;
}

/**
 * Reads the `typed_config` of an extension that is one of some. Null when it is none of them, which
 * is reported. `fields` are those of the message around it, whose `name` the caller takes.
 */
export function readExtension<T>(fields: Fields, extensions: readonly Extension<T>[]): T | null {
  const config = fields.has("config_discovery")
    ? fields.take("typed_config")
    : fields.need("typed_config");
  const extension = findExtension(config, extensions);
  if (extension === null) return null;
  return config.record(FIELDS[extension.message], (inner) => {
    inner.take("@type");
    return extension.read(inner);
  });
}

function findExtension<T>(
  config: Cursor,
  extensions: readonly Extension<T>[],
): Extension<T> | null {
  if (config.kind !== "map") {
    // Reports what it is instead of a mapping.
    config.entries();
    return null;
  }
  const field = config.peek("@type");
  if (!field.given) {
    config.failAtName('missing field "@type"');
    return null;
  }
  const url = field.filled("the name of a type");
  const type = url.slice(url.lastIndexOf("/") + 1);
  const found = extensions.find((extension) => extension.type === type);
  if (found !== undefined && url.includes("/")) return found;
  if (url !== "") {
    // By the last part, which an older version of the API has in common with this one.
    const meant = closest(shortName(type), extensions.map((other) => shortName(other.type)));
    const [suggestion] = extensions.filter((other) => shortName(other.type) === meant);
    const hint = suggestion === undefined
      ? ""
      : `, did you mean "type.googleapis.com/${suggestion.type}"?`;
    field.fail(`${quote(url, MAX_TYPE)} is not supported${hint}`);
  }
  return null;
}

const MAX_TYPE = 200; // characters; Envoy's longest are half of it

function shortName(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}
