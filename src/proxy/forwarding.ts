/**
 * A request on its way to an upstream, and the response on its way back.
 *
 * The response is read while the request's body is still on its way, so that an upstream may answer
 * before it has heard everything. Each side fails on its own: an upload that the upstream no longer
 * wants doesn't hide the upstream's answer.
 *
 * @module
 */

import type { RouteConfig } from "../config/model.ts";
import { ConnError, ProtocolError, ProxyError } from "../errors.ts";
import type { RequestHead, ResponseHead } from "../http/mod.ts";
import {
  type Http1ClientSession,
  type Http1ServerSession,
  type Interruption,
  pump,
  type SessionTimeout,
} from "../session/mod.ts";
import type { Cluster, Endpoint } from "../upstream/mod.ts";
import type { ExchangeRecord } from "./exchange_record.ts";
import {
  connectFailure,
  describeFailure,
  exchangeFailure,
  type Failure,
  noEndpoint,
  type ResponseFlag,
  STREAM_TIMEOUT,
  UPSTREAM_TIMEOUT,
} from "./failure.ts";
import type { ForwardedRequest } from "./forward_request.ts";
import { forwardInformational, forwardResponse, forwardSwitch } from "./forward_response.ts";
import type { HttpFilter } from "./http_filter.ts";
import { Tunnel } from "./tunnel.ts";
import { checkUpgrade } from "./upgrade.ts";

/** Methods that may be sent twice without asking (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "PUT",
  "DELETE",
  "TRACE",
]);

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

const ANSWERED: Outcome = { kind: "answered" };

/** What is to be forwarded. */
export interface Plan {
  readonly head: RequestHead;
  readonly route: RouteConfig;
  readonly cluster: Cluster;
  readonly request: ForwardedRequest;
  /** The protocol that it asks for and may have; null for none. */
  readonly upgrade: string | null;
}

/** Where the request's body is on its way upstream. */
type Upload = "none" | "running" | "done" | "failed";

/** One request with its tries: one, or after a stale connection two. */
export class Forwarding {
  readonly #filter: HttpFilter;
  readonly #session: Http1ServerSession;
  readonly #record: ExchangeRecord;
  readonly #plan: Plan;

  #upstream: Http1ClientSession | null = null;
  #upload: Upload = "none";
  #uploading: Promise<void> | null = null;
  /** Why the rest of the request won't come; null while it may. */
  #requestError: unknown = null;
  /** Ends the wait for a connection. */
  #giveUp: (() => void) | null = null;
  #retried = false;

  /** Nothing happens before `run()`. */
  constructor(
    filter: HttpFilter,
    session: Http1ServerSession,
    { plan, record }: { plan: Plan; record: ExchangeRecord },
  ) {
    this.#filter = filter;
    this.#session = session;
    this.#plan = plan;
    this.#record = record;
  }

  /** Whoever still reads the request's body, and never rejects; null when nobody does. */
  get uploading(): Promise<void> | null {
    return this.#uploading;
  }

  /** Finds an upstream that answers. Fails with a ConnError when the client can't be written to. */
  async run(): Promise<Outcome> {
    const { stats, breakers } = this.#plan.cluster;
    if (!breakers.requests.tryTake()) {
      stats.rqPendingOverflow.inc();
      return this.#failed(tooMany(breakers.requests.max));
    }
    stats.rqTotal.inc();
    stats.rqActive.inc();
    this.#session.watch(this.#onInterrupted);
    try {
      return await this.#forward();
    } finally {
      stats.rqActive.dec();
      stats.rqCompleted.inc();
      breakers.requests.release();
      if (this.#retried) breakers.retries.release();
    }
  }

  async #forward(): Promise<Outcome> {
    const { cluster, route } = this.#plan;
    for (;;) {
      const endpoint = this.#record.endpoint = cluster.pick();
      if (endpoint === null) {
        cluster.stats.noneHealthy.inc();
        const failure = noEndpoint(cluster.config, cluster.endpoints.length);
        return { kind: "failed", failure };
      }
      let upstream: Http1ClientSession;
      try {
        upstream = (this.#retried ? null : endpoint.takeIdle()) ??
          await endpoint.open({ timeoutMs: route.timeoutMs, onWait: this.#onWait });
      } catch (error) {
        return this.#lost(connectFailure(error));
      }
      this.#giveUp = null;
      this.#upstream = upstream;
      endpoint.rqTotal++;
      endpoint.rqActive++;
      try {
        const outcome = await this.#attempt(upstream, endpoint);
        if (!(outcome instanceof ProxyError)) return outcome;
        endpoint.rqError++;
        if (!this.#mayRetry(outcome, upstream)) return this.#lost(outcome);
      } finally {
        endpoint.rqActive--;
        // An upload that still runs would write into the next request.
        if (this.#upload === "running" || this.#upload === "failed") upstream.close();
        endpoint.release(upstream);
        this.#upstream = null;
      }
      this.#retried = true;
      cluster.stats.rqRetry.inc();
    }
  }

  /** One try on one connection; a ProxyError when no answer came of it. */
  async #attempt(upstream: Http1ClientSession, endpoint: Endpoint): Promise<Outcome | ProxyError> {
    const { request, upgrade } = this.#plan;
    const sent = this.#retried ? performance.now() : this.#record.started;
    let head: ResponseHead | null;
    try {
      if (this.#requestError !== null) throw this.#requestError;
      upstream.startRequest(request, upgrade);
      if (this.#session.requestComplete) {
        this.#expectAnswer(upstream);
        await upstream.writer.flush();
      } else {
        await this.#answerExpectation();
        this.#upload = "running";
        this.#uploading = this.#runUpload(upstream);
      }
      head = await this.#responseHead(upstream);
    } catch (error) {
      return exchangeFailure(error, upstream);
    }
    if (head === null) return exchangeFailure(null, upstream);
    const { route } = this.#plan;
    if (route.timeoutCovers === "head") upstream.clearDeadline();
    this.#record.serviceTimeMs = Math.round(performance.now() - sent);
    if (head.status === 101) return await this.#switch(head, upstream, endpoint);
    return await this.#respond(head, upstream, endpoint);
  }

  /** The final head; those before it are passed on (RFC 9110 §15.2). */
  async #responseHead(upstream: Http1ClientSession): Promise<ResponseHead | null> {
    for (;;) {
      const head = await upstream.nextHead();
      if (head === null || head.status >= 200 || head.status === 101) return head;
      // 100 answers the expectation, which was answered by us and not passed on. HTTP/1.0 knows none.
      if (head.status === 100 || this.#plan.head.minorVersion === 0) continue;
      this.#session.startResponse(forwardInformational(head));
      await this.#session.writer.flush();
    }
  }

  async #respond(
    head: ResponseHead,
    upstream: Http1ClientSession,
    endpoint: Endpoint,
  ): Promise<Outcome> {
    const session = this.#session;
    const record = this.#record;
    const { cluster, head: { method, minorVersion } } = this.#plan;
    // Envoy: a connection whose request was answered before its end carries no other.
    if (!session.requestComplete) session.willClose();
    record.status = head.status;
    cluster.stats.response(head.status);
    if (this.#retried) cluster.stats.rqRetrySuccess.inc();
    const response = forwardResponse(head, {
      method,
      minorVersion,
      session,
      serviceTimeMs: record.serviceTimeMs!,
      date: this.#filter.date.current(),
    });
    session.startResponse(response);
    const result = await pump(upstream.reader, session.writer, record.sent);
    if (result.kind === "done") {
      endpoint.rqSuccess++;
      return ANSWERED;
    }
    endpoint.rqError++;
    upstream.close();
    const flag = this.#flagOfCut(result, upstream);
    return { kind: "ended", flag, cause: result.error };
  }

  #flagOfCut(
    result: { kind: "read_failed" | "write_failed"; error: unknown },
    upstream: Http1ClientSession,
  ): ResponseFlag {
    if (upstream.timedOut) return "UT";
    if (this.#session.timeout !== null) return "SI";
    if (result.kind === "write_failed" || this.#requestError !== null) return "DC";
    return result.error instanceof ProtocolError && !isCut(result.error) ? "UPE" : "UC";
  }

  /** Both sides have agreed on another protocol: from here on they are tied together. */
  async #switch(
    head: ResponseHead,
    upstream: Http1ClientSession,
    endpoint: Endpoint,
  ): Promise<Outcome> {
    const session = this.#session;
    const record = this.#record;
    const { stats, config, wheel } = this.#filter;
    try {
      // What came behind the request before this answer was sent without knowing what it would mean.
      checkUpgrade(this.#plan.head, session.reader.decoder.input.length);
    } catch (error) {
      return { kind: "request_failed", error };
    }
    record.status = 101;
    this.#plan.cluster.stats.response(101);
    session.startResponse(forwardSwitch(head, this.#filter.date.current()));
    await session.writer.flush();
    const tunnel = new Tunnel(session.upgrade(), wheel, config.timeouts.streamIdleMs);
    stats.upgradesTotal.inc();
    stats.upgradesActive.inc();
    const end = await tunnel.run(upstream.upgrade());
    stats.upgradesActive.dec();
    endpoint.rqSuccess++;
    record.received.bytes = tunnel.received;
    record.sent.bytes = tunnel.sent;
    return { kind: "ended", flag: TUNNEL_FLAGS[end], cause: null };
  }

  async #runUpload(upstream: Http1ClientSession): Promise<void> {
    const result = await pump(this.#session.reader, upstream.writer, this.#record.received);
    switch (result.kind) {
      case "done":
        this.#upload = "done";
        this.#expectAnswer(upstream);
        this.#session.watch(this.#onInterrupted);
        break;
      case "read_failed":
        // Half a request must not look like a whole one: the upstream sees its connection end.
        this.#upload = "failed";
        this.#requestError = result.error;
        upstream.close();
        break;
      case "write_failed":
        // The upstream has heard enough. What it answered, if anything, is still to be read.
        this.#upload = "failed";
        this.#expectAnswer(upstream);
        break;
    }
  }

  /** The request has ended: the route's timeout begins. */
  #expectAnswer(upstream: Http1ClientSession): void {
    const { route } = this.#plan;
    const answered = this.#record.status !== 0 && route.timeoutCovers === "head";
    if (!answered && this.#upstream === upstream) upstream.setDeadline(route.timeoutMs);
  }

  /** Says `100 Continue` when the client waits for it and the body is wanted. */
  async #answerExpectation(): Promise<void> {
    const { headers, minorVersion } = this.#plan.head;
    const expected = headers.get("expect");
    if (expected === null || this.#session.reader.decoder.input.length > 0) return;
    if (expected.toLowerCase() === "100-continue" && minorVersion > 0) {
      await this.#session.sendContinue();
    }
  }

  readonly #onWait = (giveUp: () => void): void => {
    this.#giveUp = giveUp;
  };

  readonly #onInterrupted = (why: Interruption): void => {
    if (why === "gone") this.#requestError ??= new ConnError("reset", "the client went away");
    this.#giveUp?.();
    this.#upstream?.close();
  };

  #mayRetry(failure: ProxyError, upstream: Http1ClientSession): boolean {
    const { head, cluster: { breakers, stats } } = this.#plan;
    const wanted = failure.retriable && !this.#retried && upstream.uses > 1 &&
      !upstream.timedOut && this.#requestError === null && this.#session.timeout === null &&
      head.framing.kind === "none" && IDEMPOTENT.has(head.method);
    if (!wanted) return false;
    if (breakers.retries.tryTake()) return true;
    stats.rqRetryOverflow.inc();
    return false;
  }

  /** What to make of a try that failed, seeing that we may have ended it ourselves. */
  #lost(failure: ProxyError): Outcome {
    const { stats } = this.#plan.cluster;
    if (this.#requestError !== null) return { kind: "request_failed", error: this.#requestError };
    const { timeout } = this.#session;
    if (timeout !== null) return { kind: "failed", failure: this.#late(timeout) };
    const timedOut = this.#upstream?.timedOut === true;
    if (timedOut || failure.code === "pending_timeout") {
      this.#record.endpoint!.rqTimeout++;
      stats.rqTimeout.inc();
    }
    return timedOut ? { kind: "failed", failure: UPSTREAM_TIMEOUT } : this.#failed(failure);
  }

  /** Envoy: 408 tells the client that it was too slow, 504 that somebody else was. */
  #late(timeout: SessionTimeout): Failure {
    if (timeout !== "stream") return REQUEST_TIMEOUT;
    return this.#session.requestComplete ? STREAM_TIMEOUT : { ...STREAM_TIMEOUT, status: 408 };
  }

  #failed(failure: ProxyError): Outcome {
    return { kind: "failed", failure: describeFailure(failure, { retried: this.#retried }) };
  }
}

const TUNNEL_FLAGS = {
  done: null,
  closed: null,
  idle: "SI",
  downstream_lost: "DC",
  upstream_lost: "UC",
} as const;

/** The request's own time. (Envoy: `request_timeout`) */
const REQUEST_TIMEOUT: Failure = {
  status: 408,
  flag: null,
  body: "request timeout",
  code: "request_timeout",
  cause: "Cannot wait any longer: found the request not whole in its time",
};

function tooMany(max: number): ProxyError {
  return new ProxyError("overflow", {
    source: "internal",
    message: `Cannot send on: found ${max} requests, the most that the cluster may have`,
  });
}

/** Whether a message ended too early, rather than being wrong. */
export function isCut(error: ProtocolError): boolean {
  return error.code === "truncated_body" || error.code === "truncated_head";
}
