/**
 * What the admin may see of the server, and the one thing it may do. The server implements it; the
 * admin knows nothing else of the server.
 *
 * @module
 */

import type { Config } from "../config/model.ts";
import type { SocketAddress } from "../runtime/mod.ts";
import type { Stats } from "../observe/stats.ts";

/** Envoy's states of a server. */
export type ServerState = "LIVE" | "DRAINING" | "PRE_INITIALIZING" | "INITIALIZING";

/** A listener as it is bound. */
export interface ListenerView {
  readonly name: string;
  /** With the port that was given out. */
  readonly address: SocketAddress;
}

/** An endpoint's own numbers, as `/clusters` prints them. */
export interface EndpointView {
  /** An IP address and a port. */
  readonly address: SocketAddress;
  /** The name it was resolved from; empty for an address. */
  readonly hostname: string;
  readonly weight: number;
  readonly healthy: boolean;
  readonly cxActive: number;
  readonly cxConnectFail: number;
  readonly cxTotal: number;
  readonly rqActive: number;
  readonly rqError: number;
  readonly rqSuccess: number;
  readonly rqTimeout: number;
  readonly rqTotal: number;
}

/** A cluster with the endpoints it has now. */
export interface ClusterView {
  readonly name: string;
  readonly endpoints: readonly EndpointView[];
}

/** What the admin sees. */
export interface ServerView {
  /** genkan's version, such as `0.1.0`. */
  readonly version: string;
  /** `deno 2.9.6`. */
  readonly runtime: string;
  readonly state: ServerState;
  /** Milliseconds since the start. */
  readonly uptimeMs: number;
  /** The configuration that runs. */
  readonly config: Config;
  readonly stats: Stats;
  listeners(): readonly ListenerView[];
  clusters(): readonly ClusterView[];
  /** Begins an orderly stop, as SIGTERM does. Returns at once. */
  quit(): void;
}
