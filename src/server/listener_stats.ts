/**
 * A listener's numbers, under Envoy's names.
 *
 * @module
 */

import type { ConnError, TlsReason } from "../errors.ts";
import type { Counter, Gauge, Stats } from "../observe/mod.ts";
import type { TlsInfo } from "../runtime/mod.ts";

/** Why a client's certificate is refused. */
const CERTIFICATE_REASONS: ReadonlySet<TlsReason> = new Set([
  "untrusted",
  "expired",
  "not_yet_valid",
  "wrong_purpose",
  "revoked",
]);

/** The numbers of one listener: `listener.<address>.*`. */
export class ListenerStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxOverflow: Counter;
  readonly acceptFailed: Counter;
  readonly sslHandshake: Counter;
  readonly sslConnectionError: Counter;
  /** Clients without a certificate, where one is required. */
  readonly failVerifyNoCert: Counter;
  /** Certificates of clients that are not trusted, or no longer. */
  readonly failVerifyError: Counter;
  /** Certificates of clients that have none of the names that are wanted. */
  readonly failVerifySan: Counter;
  readonly noFilterChainMatch: Counter;
  readonly listenerFilterError: Counter;
  readonly handshakeTimeout: Counter;
  /** Ours: something else than TLS where TLS was expected, such as plain HTTP. */
  readonly notTls: Counter;
  readonly #versions: (version: string) => Counter;
  readonly #ciphers: (cipher: string) => Counter;

  /** `address` is the listener's, such as `0.0.0.0:10000`. */
  constructor(stats: Stats, address: string) {
    const scope = stats.scope("listener", address);
    this.cxTotal = scope.counter("downstream_cx_total");
    this.cxActive = scope.gauge("downstream_cx_active");
    this.cxDestroy = scope.counter("downstream_cx_destroy");
    this.cxOverflow = scope.counter("downstream_cx_overflow");
    this.acceptFailed = scope.counter("downstream_cx_accept_failed");
    this.handshakeTimeout = scope.counter("downstream_cx_transport_socket_connect_timeout");
    this.notTls = scope.counter("downstream_cx_not_tls");
    this.sslHandshake = scope.counter("ssl.handshake");
    this.sslConnectionError = scope.counter("ssl.connection_error");
    this.failVerifyNoCert = scope.counter("ssl.fail_verify_no_cert");
    this.failVerifyError = scope.counter("ssl.fail_verify_error");
    this.failVerifySan = scope.counter("ssl.fail_verify_san");
    this.noFilterChainMatch = scope.counter("no_filter_chain_match");
    this.listenerFilterError = scope.counter("downstream_listener_filter_error");
    this.#versions = (version) => scope.counter(`ssl.versions.${version}`);
    this.#ciphers = (cipher) => scope.counter(`ssl.ciphers.${cipher}`);
  }

  /** Counts a finished handshake, by what the runtime can tell of it. */
  handshake(info: TlsInfo): void {
    this.sslHandshake.inc();
    if (info.version !== null) this.#versions(info.version).inc();
    if (info.cipher !== null) this.#ciphers(info.cipher).inc();
  }

  /** Counts a handshake that failed. */
  handshakeFailed({ reason }: ConnError): void {
    this.sslConnectionError.inc();
    if (reason === "not_tls") this.notTls.inc();
    else if (reason === "client_certificate_required") this.failVerifyNoCert.inc();
    else if (reason !== null && CERTIFICATE_REASONS.has(reason)) this.failVerifyError.inc();
  }
}
