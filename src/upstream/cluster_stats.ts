/**
 * A cluster's numbers, under Envoy's names.
 *
 * @module
 */

import type { Counter, Gauge, Scope, Stats } from "../observe/mod.ts";

/** The numbers of one cluster: `cluster.<name>.*`. */
export class ClusterStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxConnectFail: Counter;
  readonly cxConnectTimeout: Counter;
  readonly cxRxBytes: Counter;
  readonly cxTxBytes: Counter;
  readonly sslHandshake: Counter;
  readonly sslConnectionError: Counter;
  readonly rqTotal: Counter;
  readonly rqActive: Gauge;
  readonly rqCompleted: Counter;
  readonly rqTimeout: Counter;
  readonly rqRetry: Counter;
  readonly rqRetrySuccess: Counter;
  readonly rqRxReset: Counter;
  readonly noneHealthy: Counter;
  readonly membershipTotal: Gauge;
  readonly membershipHealthy: Gauge;
  readonly updateSuccess: Counter;
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
    this.cxRxBytes = scope.counter("upstream_cx_rx_bytes_total");
    this.cxTxBytes = scope.counter("upstream_cx_tx_bytes_total");
    this.sslHandshake = scope.counter("ssl.handshake");
    this.sslConnectionError = scope.counter("ssl.connection_error");
    this.rqTotal = scope.counter("upstream_rq_total");
    this.rqActive = scope.gauge("upstream_rq_active");
    this.rqCompleted = scope.counter("upstream_rq_completed");
    this.rqTimeout = scope.counter("upstream_rq_timeout");
    this.rqRetry = scope.counter("upstream_rq_retry");
    this.rqRetrySuccess = scope.counter("upstream_rq_retry_success");
    this.rqRxReset = scope.counter("upstream_rq_rx_reset");
    this.noneHealthy = scope.counter("upstream_cx_none_healthy");
    this.membershipTotal = scope.gauge("membership_total");
    this.membershipHealthy = scope.gauge("membership_healthy");
    this.updateSuccess = scope.counter("update_success");
    this.updateFailure = scope.counter("update_failure");
    this.#classes = [1, 2, 3, 4, 5].map((digit) => scope.counter(`upstream_rq_${digit}xx`));
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
