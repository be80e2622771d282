/**
 * The request as the upstream gets it: what a hop keeps to itself is taken out, what the upstream
 * should know of the client is put in. The incoming head is read only.
 *
 * @module
 */

import type { ClientCertHeaderConfig, ForwardingConfig } from "../config/model.ts";
import { type Framing, HeaderMap, type RequestHead } from "../http/mod.ts";
import { isUnixPath } from "../runtime/mod.ts";
import { CLIENT_CERT, clientCertValue } from "./client_cert_header.ts";
import type { ClientCertificate } from "./client_certificate.ts";
import { HOPS } from "./hops.ts";

/** What is known of the downstream connection. */
export interface Downstream {
  /** The client's IP address. */
  readonly peer: string;
  /** Whether the client speaks TLS to us. */
  readonly tls: boolean;
  /** The certificate that the client showed. */
  readonly client: ClientCertificate;
}

/** How a request is to be forwarded. */
export interface ForwardOptions {
  readonly mode: ForwardingConfig["mode"];
  /** What is told of the client's certificate. */
  readonly clientCert: ClientCertHeaderConfig["mode"];
  readonly downstream: Downstream;
  /** The route's timeout, which the upstream is told; 0 is not told. */
  readonly timeoutMs: number;
  /** The new path, or null to keep the one that came. */
  readonly path: string | null;
  /** Lower-case names that the client meant for us only. */
  readonly nominated: readonly string[];
  /** The protocol that is asked for and may be had, such as `websocket`; null for none. */
  readonly upgrade: string | null;
  /** How often the request went through genkan, this time included; 0 isn't told. */
  readonly hops: number;
  /** A new request id. */
  readonly newId: () => string;
}

/** What is written upstream. */
export interface ForwardedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderMap;
  readonly framing: Framing;
  /** The x-request-id that goes with it. */
  readonly id: string;
}

/** Builds the upstream's request (RFC 9110 §7.6; Envoy's header rules). */
export function forwardRequest(
  head: Readonly<RequestHead>,
  options: ForwardOptions,
): ForwardedRequest {
  const { mode, downstream, path, nominated, timeoutMs, upgrade, hops } = options;
  const headers = new HeaderMap();
  const { names, values } = head.headers;
  let id: string | null = null, forwardedFor: string | null = null, proto: string | null = null;
  let clientCert: string | null = null;
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    switch (name) {
      case "connection":
      case "keep-alive":
      case "proxy-connection":
      case "transfer-encoding":
      case "content-length":
      case "upgrade":
      case "http2-settings":
        continue;
      case CLIENT_CERT:
        if (!nominated.includes(name)) {
          clientCert = clientCert === null ? values[at] : `${clientCert},${values[at]}`;
        }
        continue;
      case HOPS:
        if (hops > 0) continue;
        break;
      case "expect":
        // Answered by us.
        if (values[at].toLowerCase() === "100-continue") continue;
        break;
      case "te":
        if (wantsTrailers(values[at])) headers.append("te", "trailers");
        continue;
      case "referer":
        if (!isValidReferer(values[at])) continue;
        break;
      case "host":
        // The target's name wins in absolute-form (RFC 9112 §3.2.2); else they are the same.
        headers.append("host", head.authority);
        continue;
      case "x-request-id":
        if (mode === "keep" && values[at] !== "") id ??= values[at];
        continue;
      case "x-forwarded-for":
        if (mode !== "replace") {
          forwardedFor = forwardedFor === null ? values[at] : `${forwardedFor},${values[at]}`;
        }
        continue;
      case "x-forwarded-proto":
        if (mode === "keep" && values[at] !== "") proto ??= values[at];
        continue;
      case "x-envoy-original-path":
        if (mode !== "keep" || path !== null) continue;
        break;
      default:
        if (name.startsWith("x-") && isForwarderOnly(name, mode)) continue;
        if (name === "forwarded" && mode === "replace") continue;
    }
    if (nominated.length > 0 && nominated.includes(name)) continue;
    headers.append(name, values[at]);
  }
  // Envoy: a client of a unix socket has no address, and nobody is named in its place.
  const peer = isUnixPath(downstream.peer) ? null : downstream.peer;
  if (mode === "replace") {
    if (peer !== null) headers.append("x-forwarded-for", peer);
    headers.append("x-forwarded-host", head.authority);
  } else {
    const isNamed = mode === "append" && peer !== null;
    if (isNamed) forwardedFor = forwardedFor ? `${forwardedFor},${peer}` : peer;
    if (forwardedFor !== null) headers.append("x-forwarded-for", forwardedFor);
    if (isNamed) headers.append("x-envoy-external-address", peer);
  }
  const { client } = downstream;
  const told = clientCertValue(options.clientCert, { sent: clientCert, client });
  if (told !== null) headers.append(CLIENT_CERT, told);
  headers.append("x-forwarded-proto", proto ?? (downstream.tls ? "https" : "http"));
  id ??= options.newId();
  headers.append("x-request-id", id);
  if (timeoutMs > 0) headers.append("x-envoy-expected-rq-timeout-ms", String(timeoutMs));
  if (path !== null) headers.append("x-envoy-original-path", head.path);
  if (hops > 0) headers.append(HOPS, String(hops));
  if (upgrade !== null) {
    headers.append("connection", "upgrade");
    headers.append("upgrade", upgrade);
  }
  return { method: head.method, target: path ?? head.path, headers, framing: head.framing, id };
}

/** Fields that tell Envoy what to do, which it takes from a client of its own network alone. */
const STEERING: ReadonlySet<string> = new Set([
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-internal",
  "x-envoy-ip-tags",
  "x-envoy-max-retries",
  "x-envoy-original-url",
  "x-envoy-retriable-header-names",
  "x-envoy-retriable-status-codes",
  "x-envoy-retry-grpc-on",
  "x-envoy-retry-on",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-stream-duration-ms",
]);

/**
 * Fields that steer Envoy or vouch for a client, which a client must not send. Behind another proxy
 * (`keep`) what that one tells of the client stays, such as x-envoy-external-address.
 */
function isForwarderOnly(name: string, mode: ForwardingConfig["mode"]): boolean {
  if (name.startsWith("x-envoy-")) return mode !== "keep" || STEERING.has(name);
  if (mode !== "replace") return false;
  return name.startsWith("x-forwarded-") || name === "x-real-ip";
}

/** Whether a TE field accepts trailers, the one thing in it that may pass a hop (Envoy). */
function wantsTrailers(value: string): boolean {
  return value.toLowerCase().split(",").some((coding) =>
    coding.split(";")[0].trim() === "trailers"
  );
}

// RFC 3986, without userinfo and fragment. In an absolute one Envoy lets every visible character be.
const ABSOLUTE_REFERER =
  /^[a-z][a-z0-9+.-]*:\/\/(?:\[[0-9a-f:.]+\]|[\w.-]+)(?::[0-9]{1,5})?(?:[/?][!-~]*)?$/i;
const RELATIVE_REFERER = /^[\w.~!$&'()*+,;=@?%-]*(?:\/[\w.~!$&'()*+,;=:@/?%-]*)?$/;

/** Envoy drops a Referer that is no URL, or that has a fragment or user information. */
function isValidReferer(value: string): boolean {
  return !value.includes("#") && (ABSOLUTE_REFERER.test(value) || RELATIVE_REFERER.test(value));
}
