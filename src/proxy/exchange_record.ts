/**
 * What is kept of an exchange for the log, the access log and the stats.
 *
 * @module
 */

import type { RequestHead } from "../http/mod.ts";
import { showAddress } from "../runtime/mod.ts";
import type { Http1ServerSession } from "../session/mod.ts";
import type { Cluster, Endpoint } from "../upstream/mod.ts";
import { BodyProgress, UploadProgress } from "./body_progress.ts";
import { failureFields, type ResponseFlag } from "./failure.ts";
import type { ForwardedRequest } from "./forward_request.ts";
import type { HttpFilter } from "./http_filter.ts";

/** One exchange's account, filled in as it goes. */
export class ExchangeRecord {
  /** Milliseconds on the monotonic clock when the request's head was there. */
  readonly started: number = performance.now();
  /** What the client asked for. */
  head: RequestHead;
  /** What went upstream; null while nothing did. */
  request: ForwardedRequest | null = null;
  /** Where the route leads; null while none was found. */
  cluster: Cluster | null = null;
  /** The endpoint that was used or tried last. */
  endpoint: Endpoint | null = null;
  /** What the client was answered; 0 while nothing was. */
  status = 0;
  /** What went wrong; null when nothing did. */
  flag: ResponseFlag | null = null;
  /** The request's body. */
  readonly received: UploadProgress;
  /** The response's body. */
  readonly sent: BodyProgress;
  /** Milliseconds that the upstream took to answer. */
  serviceTimeMs: number | null = null;
  readonly #filter: HttpFilter;

  /** Begins with a request's head. */
  constructor(filter: HttpFilter, session: Http1ServerSession, head: RequestHead) {
    this.#filter = filter;
    this.received = new UploadProgress(session);
    this.sent = new BodyProgress(session);
    this.head = head;
  }

  /** Forgets a response that wasn't sent after all. */
  withdraw(): void {
    this.status = this.sent.bytes = 0;
  }

  /** Logs an upstream's failure: what the client isn't told stands here. */
  logFailure(cause: unknown): void {
    this.#filter.log.warning("upstream failed", {
      ...failureFields(cause, this),
      request: this.request?.id ?? null,
    });
  }

  /** Counts the exchange and writes its access log line. */
  close(): void {
    const { stats, accessLog } = this.#filter;
    stats.completed(this.status, this.flag);
    if (accessLog === null) return;
    const durationMs = Math.round(performance.now() - this.started);
    const { method, path, minorVersion, headers, authority } = this.head;
    accessLog.write({
      startTime: Date.now() - durationMs,
      method,
      path,
      protocol: `HTTP/1.${minorVersion}`,
      status: this.status,
      flags: this.flag === null ? [] : [this.flag],
      bytesReceived: this.received.bytes,
      bytesSent: this.sent.bytes,
      durationMs,
      upstreamServiceTimeMs: this.serviceTimeMs,
      forwardedFor: this.request?.headers.get("x-forwarded-for") ?? null,
      userAgent: headers.get("user-agent"),
      requestId: this.request?.id ?? null,
      authority,
      upstreamHost: this.endpoint === null ? null : showAddress(this.endpoint.address),
    });
  }
}
