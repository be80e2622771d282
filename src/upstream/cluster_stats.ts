/**
 * A cluster's numbers, under Envoy's names.
 *
 * @module
 */

import type { Counter, Gauge, Scope, SharedTally, Stats } from "../observe/mod.ts";

/** The numbers of one cluster: `cluster.<name>.*`. */
export class ClusterStats {
  /** Connections that were made. */
  readonly cxTotal: Counter;
  /** Connections that are open. */
  readonly cxActive: Gauge;
  /** Connections that were closed. */
  readonly cxDestroy: Counter;
  /** Connections that could not be made. */
  readonly cxConnectFail: Counter;
  /** Those of them that took too long. */
  readonly cxConnectTimeout: Counter;
  /** Requests and TCP connections that found as many connections as there may be. */
  readonly cxOverflow: Counter;
  /** Bytes read, heads and framing included. */
  readonly cxRxBytes: Counter;
  /** Bytes written, heads and framing included. */
  readonly cxTxBytes: Counter;
  /** Handshakes that succeeded. */
  readonly sslHandshake: Counter;
  /** Handshakes that failed. */
  readonly sslConnectionError: Counter;
  /** Requests that were routed here. */
  readonly rqTotal: Counter;
  /** Requests that wait for the end of their response. */
  readonly rqActive: Gauge;
  /** Requests that had to wait for a connection. */
  readonly rqPendingTotal: Counter;
  /** Requests that wait for one. */
  readonly rqPendingActive: Gauge;
  /** Requests that were refused, because there were too many or too many waited. */
  readonly rqPendingOverflow: Counter;
  /** Requests that were not sent once more, because too many were. */
  readonly rqRetryOverflow: Counter;
  /** Requests that have ended. */
  readonly rqCompleted: Counter;
  /** Requests that took longer than their route's timeout. */
  readonly rqTimeout: Counter;
  /** Requests sent once more, on a fresh connection. */
  readonly rqRetry: Counter;
  /** Those of them that were answered. */
  readonly rqRetrySuccess: Counter;
  /** Requests whose connection was lost before the answer. */
  readonly rqRxReset: Counter;
  /** Requests and connections that found no endpoint. */
  readonly noneHealthy: Counter;
  /** Endpoints. */
  readonly membershipTotal: Gauge;
  /** Endpoints that get requests. */
  readonly membershipHealthy: Gauge;
  /** Resolutions that found every name. */
  readonly updateSuccess: Counter;
  /** Resolutions that did not. */
  readonly updateFailure: Counter;
  readonly #scope: Scope;
  readonly #classes: readonly Counter[];
  readonly #codes = new Map<number, Counter>();

  /** Makes all of them, so that zeros are shown too. */
  constructor(stats: Stats, name: string) {
    const scope = this.#scope = stats.scope("cluster", name);
    this.cxTotal = scope.counter("upstream_cx_total");
    this.cxActive = scope.gauge("upstream_cx_active");
    this.cxDestroy = scope.counter("upstream_cx_destroy");
    this.cxConnectFail = scope.counter("upstream_cx_connect_fail");
    this.cxConnectTimeout = scope.counter("upstream_cx_connect_timeout");
    this.cxOverflow = scope.counter("upstream_cx_overflow");
    this.cxRxBytes = scope.counter("upstream_cx_rx_bytes_total");
    this.cxTxBytes = scope.counter("upstream_cx_tx_bytes_total");
    this.sslHandshake = scope.counter("ssl.handshake");
    this.sslConnectionError = scope.counter("ssl.connection_error");
    this.rqTotal = scope.counter("upstream_rq_total");
    this.rqActive = scope.gauge("upstream_rq_active");
    this.rqCompleted = scope.counter("upstream_rq_completed");
    this.rqPendingTotal = scope.counter("upstream_rq_pending_total");
    this.rqPendingActive = scope.gauge("upstream_rq_pending_active");
    this.rqPendingOverflow = scope.counter("upstream_rq_pending_overflow");
    this.rqRetryOverflow = scope.counter("upstream_rq_retry_overflow");
    this.rqTimeout = scope.counter("upstream_rq_timeout");
    this.rqRetry = scope.counter("upstream_rq_retry");
    this.rqRetrySuccess = scope.counter("upstream_rq_retry_success");
    this.rqRxReset = scope.counter("upstream_rq_rx_reset");
    this.noneHealthy = scope.counter("upstream_cx_none_healthy");
    this.membershipTotal = scope.gauge("membership_total", { merge: "max" });
    this.membershipHealthy = scope.gauge("membership_healthy", { merge: "max" });
    this.updateSuccess = scope.counter("update_success");
    this.updateFailure = scope.counter("update_failure");
    this.#classes = [1, 2, 3, 4, 5].map((digit) => scope.counter(`upstream_rq_${digit}xx`));
  }

  /** Shows under `name`, such as `cx_open`, whether a circuit breaker lets no more through. */
  circuitBreaker(name: string, tally: SharedTally, max: number): void {
    this.#scope.limit(`circuit_breakers.default.${name}`, tally, max);
  }

  /** Counts a response by class and by code. */
  response(status: number): void {
    this.#classes[Math.floor(status / 100) - 1]?.inc();
    let counter = this.#codes.get(status);
    if (counter === undefined) {
      counter = this.#scope.counter(`upstream_rq_${status}`);
      this.#codes.set(status, counter);
    }
    counter.inc();
  }
}
