/**
 * Failures to explain, and what was known when they happened.
 *
 * @module
 */

import type { UpstreamTlsConfig } from "../../../src/config/model.ts";
import {
  ConnError,
  type ConnErrorCode,
  ProtocolError,
  ProxyError,
  type TlsReason,
} from "../../../src/errors.ts";
import type { ExplainContext, ExplainedEndpoint } from "../../../src/proxy/explain/mod.ts";
import {
  connectFailure,
  describeFailure,
  exchangeFailure,
  type Failure,
  LOOP,
  noEndpoint,
  STREAM_TIMEOUT,
  UPSTREAM_TIMEOUT,
} from "../../../src/proxy/failure.ts";
import { cluster } from "../../server/fixture.ts";

/** TLS towards an upstream with every default. */
export const TLS: UpstreamTlsConfig = {
  serverName: null,
  verifyName: null,
  certificate: null,
  sans: [],
  ciphers: [],
  verify: "full",
  ca: null,
  alpn: [],
  minVersion: null,
  maxVersion: null,
};

/** An endpoint that hasn't answered yet; named when `hostname` isn't empty. */
export function endpoint(
  port: number,
  hosts: readonly string[] = ["127.0.0.1"],
  hostname = "",
): ExplainedEndpoint {
  const addresses = hosts.map((host) => ({ host, port }));
  return { address: addresses[0], place: { addresses, hostname }, rqSuccess: 0 };
}

/** What was known, in the native form, of a plain cluster with one endpoint that probes don't reach. */
export function context(changes: Partial<ExplainContext> = {}): ExplainContext {
  return {
    form: "native",
    cluster: cluster([3000]),
    endpoint: endpoint(3000),
    timeoutMs: 15_000,
    probe: () => Promise.resolve(false),
    ...changes,
  };
}

/** A connection that could not be made. */
export function unconnected(code: ConnErrorCode, found: string = code): Failure {
  const error = new ConnError(code, `Cannot connect to 127.0.0.1:3000: ${found}`);
  return describeFailure(connectFailure(error), { retried: false });
}

/** A handshake that failed. */
export function untrusting(reason: TlsReason, found: string = reason): Failure {
  const error = new ConnError("tls", `Cannot connect to 127.0.0.1:3000: ${found}`, { reason });
  return describeFailure(connectFailure(error), { retried: false });
}

/** An answer that never came, or can't be passed on. */
export function unanswered(error: ConnError | ProtocolError | null): Failure {
  return describeFailure(exchangeFailure(error, { unanswered: true }), { retried: false });
}

/** One of each code of genkan's own, and one of the decoder's. */
export function everyFailure(): Failure[] {
  const full = (code: string) => new ProxyError(code, { source: "internal", message: "Cannot: x" });
  return [
    ...(["refused", "timeout", "unreachable", "reset", "unexpected_eof", "other"] as const)
      .map((code) => unconnected(code)),
    ...([
      "not_tls",
      "untrusted",
      "expired",
      "not_yet_valid",
      "wrong_name",
      "version",
      "alpn",
      "client_certificate_required",
      "other",
    ] as const).map((reason) => untrusting(reason)),
    noEndpoint(cluster(["nobody.invalid:80"]), 0),
    noEndpoint(cluster([]), 0),
    noEndpoint(cluster([80]), 1),
    describeFailure(full("overflow"), { retried: false }),
    describeFailure(full("pending_timeout"), { retried: false }),
    unanswered(null),
    unanswered(new ConnError("reset", "Cannot go on: reset")),
    unanswered(new ConnError("other", "Cannot go on: other")),
    unanswered(new ProtocolError("bad_status_line", "Cannot parse: x")),
    unanswered(new ProtocolError("truncated_head", "Cannot read head: x")),
    {
      ...unanswered(new ProtocolError("bad_line", "Cannot parse: x")),
      code: "upstream_speaks_tls",
    },
    UPSTREAM_TIMEOUT,
    STREAM_TIMEOUT,
    LOOP,
  ];
}
