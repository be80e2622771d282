/**
 * What the access log knows of a finished request or connection.
 *
 * @module
 */

/** One finished HTTP request, or one finished TCP connection. Null prints as `-`. */
export interface AccessEntry {
  /** When it began, milliseconds since 1970. */
  readonly startTime: number;
  /** Null for a TCP connection, or when no request could be read. */
  readonly method: string | null;
  /** The path as the client sent it, before any rewrite. */
  readonly path: string | null;
  /** `HTTP/1.1`. */
  readonly protocol: string | null;
  /** The status that was sent; 0 when none was. */
  readonly status: number;
  /** Envoy's short flags such as `UF`, in order; empty for none. */
  readonly flags: readonly string[];
  /** Body bytes received from downstream. */
  readonly bytesReceived: number;
  /** Body bytes sent downstream. */
  readonly bytesSent: number;
  /** Milliseconds from the first byte of the request to the last of the response. */
  readonly durationMs: number;
  /** Milliseconds until the upstream's head came. */
  readonly upstreamServiceTimeMs: number | null;
  /** The x-forwarded-for header as sent upstream. */
  readonly forwardedFor: string | null;
  /** The user-agent header. */
  readonly userAgent: string | null;
  /** The x-request-id header as sent upstream. */
  readonly requestId: string | null;
  /** The Host header, or the host of an absolute target. */
  readonly authority: string | null;
  /** `127.0.0.1:3000`, the endpoint that was used or tried last. */
  readonly upstreamHost: string | null;
}

/** What an entry says where no request could be read, or none was meant to be. */
export const WITHOUT_REQUEST = {
  method: null,
  path: null,
  protocol: null,
  upstreamServiceTimeMs: null,
  forwardedFor: null,
  userAgent: null,
  requestId: null,
  authority: null,
  upstreamHost: null,
} as const satisfies Partial<AccessEntry>;
