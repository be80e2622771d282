/**
 * An HTTP filter's numbers, under Envoy's names.
 *
 * @module
 */

import type { Counter, Gauge, Scope, Stats } from "../observe/mod.ts";
import type { ResponseFlag } from "./failure.ts";

const FLAGS: readonly ResponseFlag[] = [
  "DC",
  "DPE",
  "NC",
  "NR",
  "SI",
  "UC",
  "UF",
  "UH",
  "UO",
  "UPE",
  "UT",
];

/** The numbers of one HTTP filter: `http.<prefix>.*`. */
export class HttpStats {
  /** Connections that came. */
  readonly cxTotal: Counter;
  /** Connections that are open. */
  readonly cxActive: Gauge;
  /** Connections with TLS. */
  readonly cxSslTotal: Counter;
  /** Connections that broke the protocol. */
  readonly cxProtocolError: Counter;
  /** Bytes read, heads and framing included. */
  readonly cxRxBytes: Counter;
  /** Bytes written, heads and framing included. */
  readonly cxTxBytes: Counter;
  /** Requests that came. */
  readonly rqTotal: Counter;
  /** Requests that wait for the end of their response. */
  readonly rqActive: Gauge;
  /** Requests that have ended. */
  readonly rqCompleted: Counter;
  /** Heads that did not come in time. */
  readonly rqTimeout: Counter;
  /** Requests and responses that stalled. */
  readonly rqIdleTimeout: Counter;
  /** Connections that were upgraded. */
  readonly upgradesTotal: Counter;
  /** Those of them that are open. */
  readonly upgradesActive: Gauge;
  /** Requests whose body was too large. */
  readonly rqTooLarge: Counter;
  /** Requests that no route takes. */
  readonly noRoute: Counter;
  readonly #classes: readonly Counter[];
  readonly #flags: ReadonlyMap<ResponseFlag, Counter>;

  /** Makes all of them, so that zeros are shown too. */
  constructor(stats: Stats, prefix: string) {
    const scope: Scope = stats.scope("http", prefix);
    this.cxTotal = scope.counter("downstream_cx_total");
    this.cxActive = scope.gauge("downstream_cx_active");
    this.cxSslTotal = scope.counter("downstream_cx_ssl_total");
    this.cxProtocolError = scope.counter("downstream_cx_protocol_error");
    this.cxRxBytes = scope.counter("downstream_cx_rx_bytes_total");
    this.cxTxBytes = scope.counter("downstream_cx_tx_bytes_total");
    this.rqTotal = scope.counter("downstream_rq_total");
    this.rqActive = scope.gauge("downstream_rq_active");
    this.rqCompleted = scope.counter("downstream_rq_completed");
    this.rqTimeout = scope.counter("downstream_rq_timeout");
    this.rqIdleTimeout = scope.counter("downstream_rq_idle_timeout");
    this.upgradesTotal = scope.counter("downstream_cx_upgrades_total");
    this.upgradesActive = scope.gauge("downstream_cx_upgrades_active");
    this.rqTooLarge = scope.counter("downstream_rq_too_large");
    this.noRoute = scope.counter("no_route");
    this.#classes = [1, 2, 3, 4, 5].map((digit) => scope.counter(`downstream_rq_${digit}xx`));
    this.#flags = new Map(FLAGS.map((flag) => [flag, scope.counter(`response_flag.${flag}`)]));
  }

  /** Counts a request that has ended; status 0 when it got no answer. */
  completed(status: number, flag: ResponseFlag | null): void {
    this.rqCompleted.inc();
    if (status >= 100) this.#classes[Math.floor(status / 100) - 1]?.inc();
    if (status === 413) this.rqTooLarge.inc();
    if (flag === "SI") this.rqIdleTimeout.inc();
    if (flag !== null) this.#flags.get(flag)?.inc();
  }
}
