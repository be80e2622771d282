/**
 * Extensions in the JSON form of Envoy's v3 messages.
 *
 * @module
 */

/** A message. */
export type Json = Record<string, unknown>;

/** A name beside a `typed_config`; `type` is what follows `envoy.extensions.`. */
export function extension(name: string, type: string, fields: Json): Json {
  return {
    name,
    typed_config: { "@type": `type.googleapis.com/envoy.extensions.${type}`, ...fields },
  };
}
