/**
 * What a client is told of an upstream that failed, in Envoy's words.
 *
 * @module
 */

import { ConnError, messageOf, ProtocolError, ProxyError } from "../errors.ts";
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

/**
 * What the client gets for it. Why the connection failed stays in the log: Envoy has stopped telling
 * it too (`transport failure reason`), since it names what is inside.
 */
export function describeFailure(error: ProxyError, options: { retried: boolean }): Failure {
  const { reason, flag } = classify(error);
  const lead = options.retried ? "retried and the latest " : "";
  return {
    status: flag === "UPE" ? 502 : 503,
    flag,
    body: "upstream connect error or disconnect/reset before headers. " +
      `${lead}reset reason: ${reason}`,
  };
}

function classify({ code, cause }: ProxyError): { reason: string; flag: ResponseFlag } {
  if (cause instanceof ProtocolError) return { reason: "protocol error", flag: "UPE" };
  if (!code.startsWith("connect_")) return { reason: "connection termination", flag: "UC" };
  const timedOut = cause instanceof ConnError && cause.code === "timeout";
  return { reason: timedOut ? "connection timeout" : "remote connection failure", flag: "UF" };
}

/** What the log says of an upstream's failure: which one, and why in full. */
export function failureFields(
  cause: unknown,
  { cluster, endpoint }: { readonly cluster: Cluster | null; readonly endpoint: Endpoint | null },
): LogFields {
  return {
    cluster: cluster?.config.name ?? null,
    endpoint: endpoint === null ? null : showAddress(endpoint.address),
    code: isCoded(cause) ? cause.code : null,
    cause: messageOf(cause),
  };
}

function isCoded(cause: unknown): cause is ConnError | ProtocolError | ProxyError {
  return cause instanceof ConnError || cause instanceof ProtocolError ||
    cause instanceof ProxyError;
}
