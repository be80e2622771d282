/**
 * What the admin may see of the server, and what it may do. The server implements it; the
 * admin knows nothing else of the server.
 *
 * @module
 */

import type { CircuitBreakersConfig, Config } from "../config/model.ts";
import type { SocketAddress } from "../runtime/mod.ts";
import type { StatReading, Stats } from "../observe/stats.ts";

/** Envoy's states of a server. */
export type ServerState = "LIVE" | "DRAINING" | "PRE_INITIALIZING" | "INITIALIZING";

/** A listener as it is bound. */
export interface ListenerView {
  /** As configured. */
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
  /** Its share among the others, 1 or more. */
  readonly weight: number;
  /** False when it gets no requests. */
  readonly healthy: boolean;
  /** Connections that are open. */
  readonly cxActive: number;
  /** Connections that could not be made. */
  readonly cxConnectFail: number;
  /** Connections that were begun. */
  readonly cxTotal: number;
  /** Requests that wait for the end of their response. */
  readonly rqActive: number;
  /** Requests that wait for a connection. */
  readonly rqPending: number;
  /** Requests without a response, or with a 5xx. */
  readonly rqError: number;
  /** Requests with a response that isn't a 5xx. */
  readonly rqSuccess: number;
  /** Requests that took too long. */
  readonly rqTimeout: number;
  /** Requests that were sent. */
  readonly rqTotal: number;
}

/** A cluster with the endpoints it has now. */
export interface ClusterView {
  /** As configured. */
  readonly name: string;
  /** What it takes at a time. */
  readonly circuitBreakers: CircuitBreakersConfig;
  /** In the order in which they were configured or resolved. */
  readonly endpoints: readonly EndpointView[];
}

/** A certificate that the server uses, as `/certs` prints it. */
export interface CertificateView {
  /** The file it was read from; null when it was given inline. */
  readonly path: string | null;
  /** Lower-case hex digits. */
  readonly serialNumber: string;
  /** Among the subject alternative names. */
  readonly dnsNames: readonly string[];
  /** Among the subject alternative names. */
  readonly uris: readonly string[];
  /** Among the subject alternative names. */
  readonly ipAddresses: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** The certificates of one listener's or one cluster's TLS. */
export interface TlsContextView {
  /** What the other side is verified against; empty for the system's roots and for none. */
  readonly trusted: readonly CertificateView[];
  /** The leaves that are shown to the other side. */
  readonly own: readonly CertificateView[];
}

/** What the admin sees. */
export interface ServerView {
  /** genkan's version, such as `0.1.0`. */
  readonly version: string;
  /** `deno 2.9.6`. */
  readonly runtime: string;
  /** Whether it takes connections. */
  readonly state: ServerState;
  /** Milliseconds since the start. */
  readonly uptimeMs: number;
  /** The configuration that runs. */
  readonly config: Config;
  /** Where the admin makes `server.` gauges such as `uptime`, before it reads all numbers. */
  readonly stats: Pick<Stats, "scope">;
  /** Every number there is, over all workers, sorted by Envoy's name. */
  readings(): Promise<StatReading[]>;
  /** What is bound now. */
  listeners(): readonly ListenerView[];
  /** The clusters with the endpoints that they have now, over all workers. */
  clusters(): Promise<readonly ClusterView[]>;
  /** The certificates in use, one entry for each listener or cluster with TLS. */
  certificates(): Promise<readonly TlsContextView[]>;
  /** Begins an orderly stop, as SIGTERM does. Returns at once. */
  quit(): void;
  /**
   * Takes no connections any more, for good, and the process stays. Those that are open go on, and
   * end behind their next response once the drain time is over. (Envoy: `/drain_listeners`)
   */
  drainListeners(options: DrainOptions): Promise<void>;
  /**
   * Whether load balancers are told that this server is fine. While they aren't, every connection ends
   * behind its next response. (Envoy: `/healthcheck/fail` and `/healthcheck/ok`)
   */
  passHealthcheck(passes: boolean): Promise<void>;
}

/** How listeners are drained. */
export interface DrainOptions {
  /** For the drain time connections are still taken, and end behind their next response. */
  readonly graceful: boolean;
  /** Connections end behind their next response, and are taken for as long as the process lives. */
  readonly skipExit: boolean;
}
