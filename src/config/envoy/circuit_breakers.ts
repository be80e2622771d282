/**
 * A cluster's circuit breakers in Envoy's form.
 *
 * @module
 */

import { MAX_COUNT } from "../checks.ts";
import type { Cursor } from "../cursor.ts";
import type { CircuitBreakersConfig } from "../model.ts";
import { CIRCUIT_BREAKERS } from "../native/defaults.ts";
import { FIELDS } from "./fields.ts";

/** (Envoy: `CircuitBreakers`) */
export function readCircuitBreakers(field: Cursor): CircuitBreakersConfig {
  return field.record(FIELDS.CircuitBreakers, (fields) => {
    const thresholds = fields.take("thresholds").items();
    thresholds[1]?.fail("a second threshold is not supported; Envoy reads one for a priority");
    const [first = CIRCUIT_BREAKERS] = thresholds.map(readThresholds);
    return first;
  });
}

/** (Envoy: `CircuitBreakers.Thresholds`) */
function readThresholds(field: Cursor): CircuitBreakersConfig {
  return field.record(FIELDS.Thresholds, (fields) => {
    // Every request has the default priority, as long as routes can't give another one.
    fields.take("priority").choice({ DEFAULT: true, HIGH: null }, true);
    const count = (name: string, fallback: number) =>
      fields.take(name).integer(0, MAX_COUNT, fallback);
    return {
      maxConnections: count("max_connections", CIRCUIT_BREAKERS.maxConnections),
      maxPendingRequests: count("max_pending_requests", CIRCUIT_BREAKERS.maxPendingRequests),
      maxRequests: count("max_requests", CIRCUIT_BREAKERS.maxRequests),
      maxRetries: count("max_retries", CIRCUIT_BREAKERS.maxRetries),
    };
  });
}
