/**
 * What the native form means by what it doesn't say: safe at the edge. `genkan FROM TO` means the
 * same by it.
 *
 * @module
 */

import type {
  CircuitBreakersConfig,
  ClientCertHeaderConfig,
  FilterChainMatchConfig,
  HttpLimitsConfig,
  HttpTimeoutsConfig,
} from "../model.ts";

/** Every connection. */
export const ANY: FilterChainMatchConfig = {
  serverNames: [],
  transportProtocol: null,
  applicationProtocols: [],
};

/** Envoy's default, which is the native form's too. */
export const NO_CLIENT_CERT_HEADER: ClientCertHeaderConfig = {
  mode: "sanitize",
  details: { subject: false, cert: false, chain: false, dns: false, uri: false },
};

/** How much a client may send. */
export const HTTP_LIMITS: HttpLimitsConfig = {
  headBytes: 60 * 1024,
  headFields: 100,
  targetBytes: 8 * 1024,
  requestsPerConnection: 0,
  minBodyRate: 500, // Apache's
};

/** How long things may take, milliseconds. */
export const HTTP_TIMEOUTS: HttpTimeoutsConfig = {
  headMs: 15_000,
  requestMs: 0,
  idleMs: 3_600_000,
  streamIdleMs: 300_000,
};

/** Envoy's defaults, which are the native form's too. */
export const CIRCUIT_BREAKERS: CircuitBreakersConfig = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
};

/** A loop's way round ends here. A request through more genkans than that has lost its way. */
export const MAX_HOPS = 10;

/** What a browser asks a dev server for. */
export const UPGRADES: readonly string[] = ["websocket"];
