/**
 * How much a cluster takes at a time: what is more is refused at once, so that an upstream that has
 * become slow isn't buried, and doesn't take genkan with it. (Envoy: `CircuitBreakers`)
 *
 * @module
 */

import type { ClusterConfig } from "../config/model.ts";
import { ProxyError } from "../errors.ts";
import { Tallies, type Tally } from "../observe/mod.ts";
import type { ClusterStats } from "./cluster_stats.ts";

/** Some of one thing over all workers, and how many there may be. */
export class CircuitBreaker {
  /** How many there may be. */
  readonly max: number;
  readonly #tally: Tally;

  /** Several may have the same tally, with different limits while one takes over from the other. */
  constructor(max: number, tally: Tally) {
    this.max = max;
    this.#tally = tally;
  }

  /** How many there are. */
  get active(): number {
    return this.#tally.active;
  }

  /** Takes one, if there is room. */
  tryTake(): boolean {
    return this.#tally.tryTake(this.max);
  }

  /** Takes one, room or not. */
  take(): void {
    this.#tally.take();
  }

  /** Gives one back. */
  release(): void {
    this.#tally.release();
  }
}

/** What is limited, with the number that shows that the limit is reached. */
const SHOWN_AS = {
  connections: "cx_open",
  pending: "rq_pending_open",
  requests: "rq_open",
  retries: "rq_retry_open",
} as const;

/** The names of the tallies that a cluster's circuit breakers count on. */
export function breakerTallies(cluster: string): string[] {
  return Object.keys(SHOWN_AS).map((what) => tallyName(cluster, what));
}

function tallyName(cluster: string, what: string): string {
  return `cluster/${cluster}/${what}`;
}

/** What a cluster's circuit breakers work with. */
export interface CircuitBreakersOptions {
  readonly stats: ClusterStats;
  /** Where workers have the same ones; none given, this thread counts for itself. */
  readonly tallies?: Tallies;
}

/** The four of a cluster. */
export class CircuitBreakers {
  /** Connections, those that are being made included. */
  readonly connections: CircuitBreaker;
  /** Requests that wait for a connection. */
  readonly pending: CircuitBreaker;
  /** Requests. */
  readonly requests: CircuitBreaker;
  /** Requests that are sent once more. */
  readonly retries: CircuitBreaker;

  /** `name` is the cluster's. */
  constructor(
    { name, circuitBreakers }: Pick<ClusterConfig, "name" | "circuitBreakers">,
    { stats, tallies = new Tallies() }: CircuitBreakersOptions,
  ) {
    const breaker = (what: keyof typeof SHOWN_AS, max: number): CircuitBreaker => {
      const tally = tallies.tally(tallyName(name, what));
      stats.circuitBreaker(SHOWN_AS[what], tally, max);
      return new CircuitBreaker(max, tally);
    };
    this.connections = breaker("connections", circuitBreakers.maxConnections);
    this.pending = breaker("pending", circuitBreakers.maxPendingRequests);
    this.requests = breaker("requests", circuitBreakers.maxRequests);
    this.retries = breaker("retries", circuitBreakers.maxRetries);
  }
}

/** A cluster with as many of these as it may have, such as `requests`. */
export function overflow(what: string, max: number): ProxyError {
  return new ProxyError("overflow", {
    source: "internal",
    message: `Cannot send on: found ${max} ${what}, the most that the cluster may have`,
  });
}
