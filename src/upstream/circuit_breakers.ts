/**
 * How much a cluster takes at a time: what is more is refused at once, so that an upstream that has
 * become slow isn't buried, and doesn't take genkan with it. (Envoy: `CircuitBreakers`)
 *
 * @module
 */

import type { CircuitBreakersConfig } from "../config/model.ts";
import { ProxyError } from "../errors.ts";
import type { Gauge } from "../observe/mod.ts";
import type { ClusterStats } from "./cluster_stats.ts";

/** Some of one thing, and how many there may be. */
export class CircuitBreaker {
  /** How many there may be. */
  readonly max: number;
  #active = 0;
  readonly #open: Gauge;

  /** `open` is 1 while there is no room for another. */
  constructor(max: number, open: Gauge) {
    this.max = max;
    this.#open = open;
    open.set(max > 0 ? 0 : 1);
  }

  /** How many there are. */
  get active(): number {
    return this.#active;
  }

  /** Takes one, if there is room. */
  tryTake(): boolean {
    if (this.#active >= this.max) return false;
    this.take();
    return true;
  }

  /** Takes one, room or not. */
  take(): void {
    if (++this.#active === this.max) this.#open.set(1);
  }

  /** Gives one back. */
  release(): void {
    if (this.#active-- === this.max) this.#open.set(0);
  }
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

  /** All closed. */
  constructor(config: CircuitBreakersConfig, { circuitOpen }: ClusterStats) {
    this.connections = new CircuitBreaker(config.maxConnections, circuitOpen.connections);
    this.pending = new CircuitBreaker(config.maxPendingRequests, circuitOpen.pending);
    this.requests = new CircuitBreaker(config.maxRequests, circuitOpen.requests);
    this.retries = new CircuitBreaker(config.maxRetries, circuitOpen.retries);
  }
}

/** A cluster with as many of these as it may have, such as `requests`. */
export function overflow(what: string, max: number): ProxyError {
  return new ProxyError("overflow", {
    source: "internal",
    message: `Cannot send on: found ${max} ${what}, the most that the cluster may have`,
  });
}
