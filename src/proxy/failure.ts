/**
 * An upstream that failed: the stable code for the log, and what a client is told in Envoy's words.
 * What the codes mean is in docs/observability.md.
 *
 * @module
 */

import {
  ConnError,
  type ConnErrorCode,
  messageOf,
  ProtocolError,
  ProxyError,
  type TlsReason,
} from "../errors.ts";
import type { ClusterConfig } from "../config/model.ts";
import type { LogFields } from "../observe/mod.ts";
import { showAddress } from "../runtime/mod.ts";
import type { Cluster, Endpoint } from "../upstream/mod.ts";

/** Envoy's response flags that genkan sets. */
export type ResponseFlag =
  | "DC" // downstream connection termination
  | "DPE" // downstream protocol error
  | "NR" // no route
  | "NC" // no cluster
  | "SI" // stream idle timeout
  | "UC" // upstream connection termination
  | "UF" // upstream connection failure
  | "UH" // no healthy upstream
  | "UO" // upstream overflow
  | "UPE" // upstream protocol error
  | "UT"; // upstream request timeout

/** A failure as the client and the log see it. */
export interface Failure {
  readonly status: number;
  /** Null where Envoy has none. */
  readonly flag: ResponseFlag | null;
  /** Envoy's short body: it names nothing that is inside. */
  readonly body: string;
  /** The stable word for the log. */
  readonly code: string;
  /** What was attempted, a colon, what was found; null where the code says it all. */
  readonly cause: string | null;
}

/** No endpoint to ask; see `noEndpoint` for why. */
export const NO_UPSTREAM: Failure = {
  status: 503,
  flag: "UH",
  body: "no healthy upstream",
  code: "no_healthy_upstream",
  cause: null,
};
/** The route's timeout. */
export const UPSTREAM_TIMEOUT: Failure = {
  status: 504,
  flag: "UT",
  body: "upstream request timeout",
  code: "route_timeout",
  cause: "Cannot wait any longer: found no answer within the route's timeout",
};
/** The stream idle timeout, once the request was whole. (Envoy: `stream_idle_timeout`) */
export const STREAM_TIMEOUT: Failure = {
  status: 504,
  flag: "SI",
  body: "stream timeout",
  code: "stream_timeout",
  cause: "Cannot wait any longer: found no byte either way within the stream's idle timeout",
};
/** A request that has come through here too often; RFC 5842 §7.2 gives the status. */
export const LOOP: Failure = {
  status: 508,
  flag: null,
  body: "request loop",
  code: "loop",
  cause: "Cannot send on: found that the request has been here before",
};

/** `NO_UPSTREAM` with the reason why there is none. `found` is how many endpoints there are. */
export function noEndpoint({ endpoints }: ClusterConfig, found: number): Failure {
  if (found > 0) return NO_UPSTREAM;
  if (endpoints.length === 0) return { ...NO_UPSTREAM, code: "no_endpoint" };
  const names = endpoints.map(({ address }) => address.host).join(", ");
  return {
    ...NO_UPSTREAM,
    code: "dns_failure",
    cause: `Cannot resolve ${names}: found no address`,
  };
}

const CONNECT_CODES: Partial<Record<ConnErrorCode, string>> = {
  refused: "connect_refused",
  timeout: "connect_timeout",
  unreachable: "connect_unreachable",
  reset: "connect_reset",
  unexpected_eof: "connect_closed",
  dns: "dns_failure",
};

const TLS_CODES: Readonly<Record<TlsReason, string>> = {
  not_tls: "upstream_not_tls",
  untrusted: "tls_untrusted",
  expired: "tls_expired",
  not_yet_valid: "tls_not_yet_valid",
  wrong_name: "tls_wrong_name",
  wrong_purpose: "tls_wrong_purpose",
  revoked: "tls_revoked",
  version: "tls_version",
  alpn: "tls_alpn",
  client_certificate_required: "tls_client_certificate",
  other: "tls_failed",
};

/**
 * An upstream that could not be connected to. A ProxyError is given back as it is: the cluster had
 * no connection to give.
 */
export function connectFailure(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  const code = error instanceof ConnError ? connectCode(error) : "connect_failed";
  return upstreamError(code, error, { retriable: true });
}

function connectCode({ code, reason }: ConnError): string {
  return reason === null ? CONNECT_CODES[code] ?? "connect_failed" : TLS_CODES[reason];
}

/** What is known of the connection that an exchange failed on. */
export interface FailedExchange {
  /** True while no byte of the answer has come. */
  readonly unanswered: boolean;
  /** Where the answer came in. */
  readonly reader?: {
    readonly decoder: {
      readonly input: { readonly bytes: Uint8Array; readonly start: number; readonly end: number };
    };
  };
}

/**
 * An upstream that was lost, or broke the protocol, before its answer began. Null for one that
 * closed the connection in good order, without a byte.
 */
export function exchangeFailure(error: unknown, exchange: FailedExchange): ProxyError {
  if (error === null) {
    const message = "Cannot read the answer: found the connection closed before it";
    return upstreamError("upstream_closed", null, { retriable: exchange.unanswered, message });
  }
  if (!(error instanceof ProtocolError)) {
    return upstreamError(lossCode(error), error, { retriable: exchange.unanswered });
  }
  if (error.code !== "tls_on_plain_port" && !startsAsTls(exchange)) {
    return upstreamError(error.code, error, { retriable: false });
  }
  const message = "Cannot parse the answer: found a TLS record";
  return upstreamError("upstream_speaks_tls", error, { retriable: false, message });
}

function lossCode(error: unknown): string {
  if (!(error instanceof ConnError)) return "upstream_lost";
  // Of TLS 1.3's handshake this is the part that comes behind its end (RFC 8446 §4.4.2.4).
  if (error.reason === "client_certificate_required") return TLS_CODES[error.reason];
  if (error.code === "reset") return "upstream_reset";
  return error.code === "unexpected_eof" ? "upstream_closed" : "upstream_lost";
}

/** The content types alert and handshake, and the record's major version (RFC 8446 §5.1). */
const TLS_ALERT = 0x15, TLS_HANDSHAKE = 0x16, TLS_MAJOR = 3;

/** A TLS server that is spoken to in the clear may say so in an alert; many only hang up. */
function startsAsTls({ reader }: FailedExchange): boolean {
  if (reader === undefined) return false;
  const { bytes, start, end } = reader.decoder.input;
  if (end === start) return false;
  const isType = bytes[start] === TLS_ALERT || bytes[start] === TLS_HANDSHAKE;
  return isType && (end - start === 1 || bytes[start + 1] === TLS_MAJOR);
}

function upstreamError(
  code: string,
  cause: unknown,
  { retriable, message }: { retriable: boolean; message?: string },
): ProxyError {
  const said = message ?? messageOf(cause);
  return new ProxyError(code, { source: "upstream", retriable, message: said, cause });
}

/**
 * What the client gets for it. Why the connection failed stays in the log: Envoy has stopped telling
 * it too (`transport failure reason`), since it names what is inside.
 */
export function describeFailure(error: ProxyError, options: { retried: boolean }): Failure {
  const { code, message } = error;
  if (code === "pending_timeout") return { ...UPSTREAM_TIMEOUT, code, cause: message };
  const { reason, flag } = classify(error);
  const lead = options.retried ? "retried and the latest " : "";
  return {
    status: flag === "UPE" ? 502 : 503,
    flag,
    body: "upstream connect error or disconnect/reset before headers. " +
      `${lead}reset reason: ${reason}`,
    code,
    cause: message,
  };
}

/** Codes of connections that never were; see `lossCode` for the one that is missing. */
const WHILE_CONNECTING: ReadonlySet<string> = new Set(
  [...Object.values(CONNECT_CODES), ...Object.values(TLS_CODES), "connect_failed"]
    .filter((code) => code !== TLS_CODES.client_certificate_required),
);

function classify({ code, cause }: ProxyError): { reason: string; flag: ResponseFlag } {
  if (code === "overflow") return { reason: "overflow", flag: "UO" };
  if (code === "connect_timeout") return { reason: "connection timeout", flag: "UF" };
  if (WHILE_CONNECTING.has(code)) return { reason: "remote connection failure", flag: "UF" };
  if (cause instanceof ProtocolError) return { reason: "protocol error", flag: "UPE" };
  return { reason: "connection termination", flag: "UC" };
}

/**
 * What the log says of an upstream's failure: which one, and why in full. `cause` is a Failure, or
 * whatever was thrown while an exchange was under way.
 */
export function failureFields(
  cause: unknown,
  { cluster, endpoint }: { readonly cluster: Cluster | null; readonly endpoint: Endpoint | null },
): LogFields {
  return {
    cluster: cluster?.config.name ?? null,
    endpoint: endpoint === null ? null : showAddress(endpoint.address),
    code: codeOf(cause),
    cause: isFailure(cause) ? cause.cause ?? cause.body : messageOf(cause),
  };
}

function codeOf(cause: unknown): string | null {
  if (cause instanceof ProxyError || cause instanceof ProtocolError || isFailure(cause)) {
    return cause.code;
  }
  return cause instanceof ConnError ? lossCode(cause) : null;
}

function isFailure(cause: unknown): cause is Failure {
  return typeof cause === "object" && cause !== null && "body" in cause && "code" in cause;
}
