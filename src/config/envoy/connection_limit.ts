/**
 * The connection limit in Envoy's form: a network filter that stands before the terminal one.
 *
 * @module
 */

import { MAX_COUNT } from "../checks.ts";
import type { Extension } from "./typed_config.ts";

/** What the filter says. */
export interface ConnectionLimit {
  /** Tells it from a terminal filter. */
  readonly kind: "connection_limit";
  /** At least 1. */
  readonly maxConnections: number;
}

/** (Envoy: `ConnectionLimit`) */
export const CONNECTION_LIMIT: Extension<ConnectionLimit> = {
  type: "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
  message: "ConnectionLimit",
  read: (fields) => {
    // Its numbers would be `connection_limit.<prefix>.`; genkan counts for the listener.
    fields.need("stat_prefix").name();
    return {
      kind: "connection_limit",
      maxConnections: fields.need("max_connections").integer(1, MAX_COUNT),
    };
  },
};
