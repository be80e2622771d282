/**
 * What a request is to be forwarded as, and how that may end.
 *
 * @module
 */

import type { RouteConfig } from "../config/model.ts";
import type { ProtocolError } from "../errors.ts";
import type { RequestHead } from "../http/mod.ts";
import type { Cluster, Ends } from "../upstream/mod.ts";
import type { Failure, ResponseFlag } from "./failure.ts";
import type { ForwardedRequest } from "./forward_request.ts";

/** How forwarding ended. */
export type Outcome =
  /** The client got a whole response. */
  | { readonly kind: "answered" }
  /** The response began and can't go on, or the connection has left HTTP: it ends here. */
  | { readonly kind: "ended"; readonly flag: ResponseFlag | null; readonly cause: unknown }
  /** There is no response, by the upstream's fault or for a limit of ours. */
  | { readonly kind: "failed"; readonly failure: Failure }
  /** There is no response, because the rest of the request didn't come or can't be taken. */
  | { readonly kind: "request_failed"; readonly error: unknown };

/** The usual one. */
export const ANSWERED: Outcome = { kind: "answered" };

/** What is to be forwarded. */
export interface Plan {
  readonly head: RequestHead;
  readonly route: RouteConfig;
  readonly cluster: Cluster;
  readonly request: ForwardedRequest;
  /** The protocol that it asks for and may have; null for none. */
  readonly upgrade: string | null;
  /** Who connected to what. */
  readonly ends: Ends;
}

/** The request's own time. (Envoy: `request_timeout`) */
export const REQUEST_TIMEOUT: Failure = {
  status: 408,
  flag: null,
  body: "request timeout",
  code: "request_timeout",
  cause: "Cannot wait any longer: found the request not whole in its time",
};

/** Whether a message ended too early, rather than being wrong. */
export function isCut(error: ProtocolError): boolean {
  return error.code === "truncated_body" || error.code === "truncated_head";
}
