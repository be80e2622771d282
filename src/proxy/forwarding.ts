/**
 * A request on its way to an upstream, and the response on its way back.
 *
 * The response is read while the request's body is still on its way, so that an upstream may answer
 * before it has heard everything. Each side fails on its own: an upload that the upstream no longer
 * wants doesn't hide the upstream's answer.
 *
 * @module
 */

import { ConnError, ProtocolError, ProxyError } from "../errors.ts";
import type { ResponseHead } from "../http/mod.ts";
import {
  type Http1ClientSession,
  type Http1ServerSession,
  type Interruption,
  pump,
  type PumpResult,
  type SessionTimeout,
} from "../session/mod.ts";
import { overflow } from "../upstream/circuit_breakers.ts";
import type { Endpoint } from "../upstream/mod.ts";
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
import { forwardInformational, forwardResponse } from "./forward_response.ts";
import type { HttpFilter } from "./http_filter.ts";
import { ANSWERED, isCut, type Outcome, type Plan, REQUEST_TIMEOUT } from "./outcome.ts";
import { switchProtocols } from "./switch_protocols.ts";
import { Upload } from "./upload.ts";

/** Methods that may be sent twice without asking (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "PUT",
  "DELETE",
  "TRACE",
]);

/** One request with its tries: one, or after a stale connection two. */
export class Forwarding {
  readonly #filter: HttpFilter;
  readonly #session: Http1ServerSession;
  readonly #record: ExchangeRecord;
  readonly #plan: Plan;

  #upstream: Http1ClientSession | null = null;
  #upload: Upload | null = null;
  /** Why the rest of the request won't come; null while it may. */
  #requestError: unknown = null;
  /** Ends the wait for a connection. */
  #giveUp: (() => void) | null = null;
  #retried = false;
  /** When this try began, in milliseconds on the monotonic clock. */
  #asked = 0;
  /** What the client had been written before this try's response. */
  #flushed = 0;
  /** When the answer must have come, in the wheel's milliseconds; null until the request has ended. */
  #answerDue: number | null = null;

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

  /** See `Upload.finished`. */
  get uploaded(): Promise<void> | null {
    return this.#upload?.finished ?? null;
  }

  /** Finds an upstream that answers. Fails with a ConnError when the client can't be written to. */
  async run(): Promise<Outcome> {
    const { cluster, ends } = this.#plan;
    const { stats, breakers } = cluster;
    if (!breakers.requests.tryTake()) {
      stats.rqPendingOverflow.inc();
      return this.#failed(overflow("requests", breakers.requests.max));
    }
    stats.rqTotal.inc();
    stats.rqActive.inc();
    this.#session.watch(this.#onInterrupted);
    try {
      for (;;) {
        const endpoint = this.#record.endpoint = cluster.pick();
        if (endpoint === null) {
          stats.noneHealthy.inc();
          const failure = noEndpoint(cluster.config, cluster.endpoints.length);
          return { kind: "failed", failure };
        }
        let upstream: Http1ClientSession;
        try {
          upstream = (this.#retried ? null : endpoint.takeIdle(ends)) ??
            await this.#open(endpoint, ends);
        } catch (error) {
          return this.#lost(connectFailure(error));
        }
        this.#take(upstream, endpoint);
        try {
          let answer: ResponseHead | ProxyError;
          try {
            let head = await this.#ask(upstream);
            if (head !== null && isInterim(head)) head = await this.#passInterim(head, upstream);
            answer = head ?? exchangeFailure(null, upstream);
          } catch (error) {
            answer = exchangeFailure(error, upstream);
          }
          let outcome: Outcome | ProxyError;
          if (answer instanceof ProxyError) outcome = answer;
          else if (answer.status === 101) outcome = await this.#switch(answer, upstream, endpoint);
          else {
            const sending = this.#respond(answer, upstream);
            // To wait for what is there costs a turn.
            const result = sending instanceof Promise ? await sending : sending;
            outcome = this.#responded(result, upstream, endpoint);
          }
          if (!(outcome instanceof ProxyError)) return outcome;
          endpoint.rqError++;
          if (!this.#mayRetry(outcome, upstream)) return this.#lost(outcome);
        } finally {
          this.#giveBack(upstream, endpoint);
        }
        this.#retried = true;
        stats.rqRetry.inc();
      }
    } finally {
      stats.rqActive.dec();
      stats.rqCompleted.inc();
      breakers.requests.release();
      if (this.#retried) breakers.retries.release();
    }
  }

  #open(endpoint: Endpoint, ends: Plan["ends"]): Promise<Http1ClientSession> {
    const onWait = (giveUp: () => void) => {
      this.#giveUp = giveUp;
    };
    return endpoint.open({ timeoutMs: this.#remainingMs(), onWait }, ends);
  }

  #take(upstream: Http1ClientSession, endpoint: Endpoint): void {
    this.#giveUp = null;
    this.#upstream = upstream;
    endpoint.rqTotal++;
    endpoint.rqActive++;
  }

  #giveBack(upstream: Http1ClientSession, endpoint: Endpoint): void {
    endpoint.rqActive--;
    // An upload that still runs would write into the next request.
    if (this.#upload?.spoilt) upstream.close();
    endpoint.release(upstream);
    this.#upstream = null;
  }

  /** Sends the request, or begins to, and gives the answer's head as `Http1ClientSession.nextHead`. */
  #ask(upstream: Http1ClientSession): Promise<ResponseHead | null> {
    if (this.#requestError !== null) throw this.#requestError;
    const { request, upgrade } = this.#plan;
    this.#asked = this.#retried ? performance.now() : this.#record.started;
    upstream.startRequest(request, upgrade);
    if (!this.#session.requestComplete) return this.#askWithBody(upstream);
    this.#expectAnswer(upstream);
    return upstream.ask();
  }

  async #askWithBody(upstream: Http1ClientSession): Promise<ResponseHead | null> {
    await this.#answerExpectation();
    const onUploaded = (upstream: Http1ClientSession) => this.#uploaded(upstream);
    this.#upload = new Upload(this.#session, this.#record.received, onUploaded);
    this.#upload.start(upstream);
    return await upstream.nextHead();
  }

  /** Passes on what comes before the final head, and gives that (RFC 9110 §15.2). */
  async #passInterim(
    interim: ResponseHead,
    upstream: Http1ClientSession,
  ): Promise<ResponseHead | null> {
    let head: ResponseHead | null = interim;
    while (head !== null && isInterim(head)) {
      // 100 answers the expectation, which was answered by us and not passed on. HTTP/1.0 knows none.
      if (head.status !== 100 && this.#plan.head.minorVersion !== 0) {
        this.#session.startResponse(forwardInformational(head));
        await this.#session.writer.flush();
      }
      head = await upstream.nextHead();
    }
    return head;
  }

  #switch(
    head: ResponseHead,
    upstream: Http1ClientSession,
    endpoint: Endpoint,
  ): Promise<Outcome> {
    this.#answered(upstream);
    endpoint.rqSuccess++;
    return switchProtocols(head, {
      filter: this.#filter,
      session: this.#session,
      upstream,
      plan: this.#plan,
      record: this.#record,
    });
  }

  /** The final head has come. */
  #answered(upstream: Http1ClientSession): void {
    if (this.#plan.route.timeoutCovers === "head") upstream.clearDeadline();
    this.#record.serviceTimeMs = Math.round(performance.now() - this.#asked);
  }

  #respond(
    head: ResponseHead,
    upstream: Http1ClientSession,
  ): PumpResult | Promise<PumpResult> {
    this.#answered(upstream);
    const session = this.#session;
    const record = this.#record;
    const { method, minorVersion } = this.#plan.head;
    // Envoy: a connection whose request was answered before its end carries no other.
    if (!session.requestComplete || this.#filter.discourages) session.willClose();
    record.status = head.status;
    this.#flushed = session.writer.bytes;
    const response = forwardResponse(head, {
      method,
      minorVersion,
      session,
      serviceTimeMs: record.serviceTimeMs!,
      date: this.#filter.date.current(),
    });
    session.startResponse(response);
    return pump(upstream.reader, session.writer, record.sent);
  }

  /** What came of a response. */
  #responded(
    result: PumpResult,
    upstream: Http1ClientSession,
    endpoint: Endpoint,
  ): Outcome | ProxyError {
    const record = this.#record;
    const isUnsent = this.#session.writer.bytes === this.#flushed;
    if (result.kind === "read_failed" && isUnsent) {
      // Head and bad body came together, and nothing of them has left: there is a better answer.
      this.#session.withdrawResponse();
      record.withdraw();
      return exchangeFailure(result.error, upstream);
    }
    const { stats } = this.#plan.cluster;
    stats.response(record.status);
    if (this.#retried) stats.rqRetrySuccess.inc();
    if (result.kind === "done") {
      endpoint.rqSuccess++;
      return ANSWERED;
    }
    endpoint.rqError++;
    upstream.close();
    const flag = this.#flagOfCut(result, upstream);
    return { kind: "ended", flag, cause: flag === "UT" ? UPSTREAM_TIMEOUT : result.error };
  }

  #flagOfCut(
    result: { kind: "read_failed" | "write_failed"; error: unknown },
    upstream: Http1ClientSession,
  ): ResponseFlag | null {
    if (upstream.timedOut) return "UT";
    const { timeout } = this.#session;
    if (timeout !== null) return timeout === "stream" ? "SI" : null;
    if (result.kind === "write_failed" || this.#requestError !== null) return "DC";
    return result.error instanceof ProtocolError && !isCut(result.error) ? "UPE" : "UC";
  }

  /** The request's body has come to an end. */
  #uploaded(upstream: Http1ClientSession): void {
    switch (this.#upload!.state) {
      case "done":
        this.#expectAnswer(upstream);
        this.#session.watch(this.#onInterrupted);
        break;
      case "cut":
        this.#requestError = this.#upload!.error;
        break;
      case "unwanted":
        this.#expectAnswer(upstream);
    }
  }

  /** The request has ended: the route's timeout begins. */
  #expectAnswer(upstream: Http1ClientSession): void {
    const { route } = this.#plan;
    const answered = this.#record.status !== 0 && route.timeoutCovers === "head";
    if (!answered && this.#upstream === upstream) upstream.setDeadline(this.#remainingMs());
  }

  /** What is left of the route's timeout, over every try and every wait; 0 for no limit. */
  #remainingMs(): number {
    const { timeoutMs } = this.#plan.route;
    if (timeoutMs === 0 || !this.#session.requestComplete) return timeoutMs;
    const now = this.#filter.wheel.now();
    this.#answerDue ??= now + timeoutMs;
    return Math.max(1, this.#answerDue - now);
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
    const timedOut = this.#upstream?.timedOut === true || failure.code === "route_timeout";
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

/** Whether another head follows (RFC 9110 §15.2); behind a 101 another protocol does. */
function isInterim({ status }: ResponseHead): boolean {
  return status < 200 && status !== 101;
}
