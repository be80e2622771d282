/**
 * What a client is told of an upstream that failed, in Envoy's words.
 *
 * @module
 */

import { ConnError, ProtocolError, ProxyError } from "../errors.ts";

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
  | "UPE" // upstream protocol error
  | "UT"; // upstream request timeout

/** A failure as the client and the log see it. */
export interface Failure {
  readonly status: number;
  readonly flag: ResponseFlag;
  readonly body: string;
}

/** No endpoint to ask. */
export const NO_UPSTREAM: Failure = { status: 503, flag: "UH", body: "no healthy upstream" };
/** The route's timeout. */
export const UPSTREAM_TIMEOUT: Failure = {
  status: 504,
  flag: "UT",
  body: "upstream request timeout",
};

/** An upstream that could not be connected to. */
export function connectFailure(error: unknown): ProxyError {
  const code = error instanceof ConnError ? `connect_${error.code}` : "connect_failed";
  return new ProxyError(code, {
    source: "upstream",
    retriable: true,
    message: messageOf(error),
    cause: error,
  });
}

/** An upstream that was lost, or broke the protocol, before its answer began. */
export function exchangeFailure(error: unknown, options: { unanswered: boolean }): ProxyError {
  const code = error instanceof ProtocolError ? error.code : "upstream_lost";
  return new ProxyError(code, {
    source: "upstream",
    retriable: !(error instanceof ProtocolError) && options.unanswered,
    message: messageOf(error),
    cause: error,
  });
}

/** What the client gets for it. */
export function describeFailure(error: ProxyError, options: { retried: boolean }): Failure {
  const { cause } = error;
  const { reason, flag, detail } = classify(error, cause);
  const lead = options.retried ? "retried and the latest " : "";
  const transport = detail === null ? "" : `, transport failure reason: ${detail}`;
  return {
    status: flag === "UPE" ? 502 : 503,
    flag,
    body: "upstream connect error or disconnect/reset before headers. " +
      `${lead}reset reason: ${reason}${transport}`,
  };
}

interface Classified {
  readonly reason: string;
  readonly flag: ResponseFlag;
  readonly detail: string | null;
}

function classify(error: ProxyError, cause: unknown): Classified {
  if (cause instanceof ProtocolError) {
    return { reason: "protocol error", flag: "UPE", detail: null };
  }
  if (!error.code.startsWith("connect_")) {
    return { reason: "connection termination", flag: "UC", detail: null };
  }
  const code = cause instanceof ConnError ? cause.code : "other";
  switch (code) {
    case "timeout":
      return { reason: "connection timeout", flag: "UF", detail: null };
    case "refused":
      return failed("delayed connect error: Connection refused");
    case "unreachable":
      return failed("delayed connect error: Network is unreachable");
    case "tls":
      // The whole of it is in the log: a certificate's names are nobody's business outside.
      return failed("TLS_error: handshake failed");
    case "reset":
    case "unexpected_eof":
      return failed("delayed connect error: Connection reset by peer");
    default:
      return failed(`delayed connect error: ${code}`);
  }
}

function failed(detail: string): Classified {
  return { reason: "remote connection failure", flag: "UF", detail };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
