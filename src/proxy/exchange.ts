/**
 * One request with its response: routed, forwarded, answered, accounted for.
 *
 * The response is read while the request's body is still on its way, so that an upstream may answer
 * before it has heard everything. Each side fails on its own: an upload that the upstream no longer
 * wants doesn't hide the upstream's answer.
 *
 * @module
 */

import type { RouteConfig } from "../config/model.ts";
import { ConnError, ProtocolError, type ProxyError } from "../errors.ts";
import { reasonPhrase, type RequestHead, type ResponseHead } from "../http/mod.ts";
import { type Http1ClientSession, type Http1ServerSession, pump } from "../session/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import { ExchangeRecord } from "./exchange_record.ts";
import {
  connectFailure,
  describeFailure,
  exchangeFailure,
  NO_UPSTREAM,
  type ResponseFlag,
  UPSTREAM_TIMEOUT,
} from "./failure.ts";
import { type Downstream, type ForwardedRequest, forwardRequest } from "./forward_request.ts";
import { forwardInformational, forwardResponse } from "./forward_response.ts";
import type { HttpFilter } from "./http_filter.ts";
import { type LocalReply, sendReply } from "./local_reply.ts";
import { rewrittenPath } from "./route_table.ts";
import { asksToUpgrade } from "./upgrade.ts";

/** Methods that may be sent twice without asking (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "PUT",
  "DELETE",
  "TRACE",
]);

const newId = () => crypto.randomUUID();

/** Where the request's body is on its way upstream. */
type Upload = "none" | "running" | "done" | "failed";

/** One exchange. */
export class Exchange {
  readonly #filter: HttpFilter;
  readonly #session: Http1ServerSession;
  readonly #head: RequestHead;
  readonly #downstream: Downstream;
  readonly #record: ExchangeRecord;

  #upstream: Http1ClientSession | null = null;
  #upload: Upload = "none";
  #uploading: Promise<void> | null = null;
  /** Why the rest of the request won't come; null while it may. */
  #requestError: unknown = null;
  #retried = false;
  #aborted = false;

  /** Nothing happens before `run()`. */
  constructor(
    filter: HttpFilter,
    session: Http1ServerSession,
    incoming: { head: RequestHead; downstream: Downstream },
  ) {
    this.#filter = filter;
    this.#session = session;
    this.#head = incoming.head;
    this.#downstream = incoming.downstream;
    this.#record = new ExchangeRecord(filter, session, incoming.head);
  }

  /** Serves it; true when the connection may carry another. Fails as `Filter.run` does. */
  async run(): Promise<boolean> {
    const { stats } = this.#filter;
    stats.rqTotal.inc();
    stats.rqActive.inc();
    try {
      await this.#serve();
    } catch (error) {
      if (error instanceof ProtocolError) await this.#refuse(error);
      else if (!(error instanceof ConnError)) throw error;
      else this.#abort(this.#session.timeout === "stream" ? "SI" : "DC");
    } finally {
      stats.rqActive.dec();
      this.#record.close();
    }
    return this.#record.status > 0 && !this.#aborted &&
      await this.#session.endExchange(this.#uploading);
  }

  async #serve(): Promise<void> {
    const head = this.#head;
    const { routes, clusters, config, stats } = this.#filter;
    const { nominated } = this.#session.begin(head);
    if (head.minorVersion === 0) {
      throw new ProtocolError("http10", "Cannot take request: found HTTP/1.0", { status: 426 });
    }
    if (asksToUpgrade(head, nominated)) {
      // Not forwarded, and to answer it as if it hadn't asked would leave it waiting for frames.
      this.#session.willClose();
      return await this.#reply({ status: 403, flag: null, body: "" });
    }
    const route = routes.match(head.authority, head.path, head.headers);
    if (route === null) {
      stats.noRoute.inc();
      return await this.#reply({ status: 404, flag: "NR", body: "" });
    }
    const cluster = this.#record.cluster = clusters.get(route.cluster)!;
    const request = this.#record.request = forwardRequest(head, {
      mode: config.forwarding.mode,
      downstream: this.#downstream,
      timeoutMs: route.timeoutMs,
      path: rewrittenPath(route, head.path),
      nominated,
      newId,
    });
    this.#session.watch(this.#onGone);
    cluster.stats.rqTotal.inc();
    cluster.stats.rqActive.inc();
    try {
      await this.#forward(route, cluster, request);
    } finally {
      cluster.stats.rqActive.dec();
      cluster.stats.rqCompleted.inc();
    }
  }

  /** Finds an upstream that answers: the first one, or after a stale connection a fresh one. */
  async #forward(route: RouteConfig, cluster: Cluster, request: ForwardedRequest): Promise<void> {
    for (;;) {
      const endpoint = this.#record.endpoint = cluster.pick();
      if (endpoint === null) {
        cluster.stats.noneHealthy.inc();
        return await this.#reply(NO_UPSTREAM);
      }
      let upstream: Http1ClientSession;
      try {
        upstream = (this.#retried ? null : endpoint.takeIdle()) ?? await endpoint.open();
      } catch (error) {
        return await this.#fail(connectFailure(error));
      }
      this.#upstream = upstream;
      endpoint.rqTotal++;
      endpoint.rqActive++;
      try {
        const failure = await this.#attempt(route, request, upstream);
        if (failure === null) return;
        endpoint.rqError++;
        if (!this.#mayRetry(failure, upstream)) return await this.#fail(failure);
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

  /** One try on one connection. Null when the client got a response, whole or cut. */
  async #attempt(
    route: RouteConfig,
    request: ForwardedRequest,
    upstream: Http1ClientSession,
  ): Promise<ProxyError | null> {
    const sent = this.#retried ? performance.now() : this.#record.started;
    let head: ResponseHead | null;
    try {
      if (this.#requestError !== null) throw this.#requestError;
      upstream.startRequest(request);
      if (this.#session.requestComplete) {
        this.#expectAnswer(route, upstream);
        await upstream.writer.flush();
      } else {
        await this.#answerExpectation();
        this.#upload = "running";
        this.#uploading = this.#runUpload(route, upstream);
      }
      head = await this.#responseHead(upstream);
      if (head === null) throw new ConnError("reset", "connection closed before an answer");
    } catch (error) {
      return exchangeFailure(error, upstream);
    }
    if (route.timeoutCovers === "head") upstream.clearDeadline();
    this.#record.serviceTimeMs = Math.round(performance.now() - sent);
    await this.#respond(head, upstream);
    return null;
  }

  /** The final head; those before it are passed on (RFC 9110 §15.2). */
  async #responseHead(upstream: Http1ClientSession): Promise<ResponseHead | null> {
    for (;;) {
      const head = await upstream.nextHead();
      if (head === null || head.status >= 200) return head;
      // 100 answers the expectation, which was answered by us and not passed on.
      if (head.status === 100) continue;
      this.#session.startResponse(forwardInformational(head));
      await this.#session.writer.flush();
    }
  }

  async #respond(head: ResponseHead, upstream: Http1ClientSession): Promise<void> {
    const session = this.#session;
    // Envoy: a connection whose request was answered before its end carries no other.
    if (!session.requestComplete) session.willClose();
    this.#record.status = head.status;
    this.#record.cluster!.stats.response(head.status);
    if (this.#retried) this.#record.cluster!.stats.rqRetrySuccess.inc();
    session.startResponse(forwardResponse(head, {
      method: this.#head.method,
      close: !session.persists,
      serviceTimeMs: this.#record.serviceTimeMs!,
      date: this.#filter.date.current(),
    }));
    const result = await pump(upstream.reader, session.writer, this.#record.sent);
    if (result.kind === "done") {
      this.#record.endpoint!.rqSuccess++;
      return;
    }
    this.#record.endpoint!.rqError++;
    upstream.close();
    if (upstream.timedOut) this.#abort("UT");
    else if (this.#session.timeout === "stream") this.#abort("SI");
    else if (result.kind === "write_failed" || this.#requestError !== null) this.#abort("DC");
    else this.#abort(result.error instanceof ProtocolError && !isCut(result.error) ? "UPE" : "UC");
    if (this.#record.flag !== "DC" && this.#record.flag !== "SI") {
      this.#record.logFailure(result.error);
    }
  }

  async #runUpload(route: RouteConfig, upstream: Http1ClientSession): Promise<void> {
    const result = await pump(this.#session.reader, upstream.writer, this.#record.received);
    switch (result.kind) {
      case "done":
        this.#upload = "done";
        this.#expectAnswer(route, upstream);
        this.#session.watch(this.#onGone);
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
        this.#expectAnswer(route, upstream);
        break;
    }
  }

  /** The request has ended: the route's timeout begins. */
  #expectAnswer(route: RouteConfig, upstream: Http1ClientSession): void {
    const answered = this.#record.status !== 0 && route.timeoutCovers === "head";
    if (!answered && this.#upstream === upstream) upstream.setDeadline(route.timeoutMs);
  }

  /** Says `100 Continue` when the client waits for it and the body is wanted. */
  async #answerExpectation(): Promise<void> {
    const expected = this.#head.headers.get("expect");
    if (expected === null || this.#session.reader.decoder.input.length > 0) return;
    if (expected.toLowerCase() === "100-continue") await this.#session.sendContinue();
  }

  readonly #onGone = (): void => {
    this.#requestError ??= new ConnError("reset", "the client went away");
    this.#upstream?.close();
  };

  #mayRetry(failure: ProxyError, upstream: Http1ClientSession): boolean {
    return failure.retriable && !this.#retried && upstream.uses > 1 && !upstream.timedOut &&
      this.#requestError === null && this.#head.framing.kind === "none" &&
      IDEMPOTENT.has(this.#head.method);
  }

  /** Tells the client why there is no answer from upstream, if it is still there. */
  async #fail(failure: ProxyError): Promise<void> {
    if (this.#requestError !== null) throw this.#requestError;
    if (this.#upstream?.timedOut === true) {
      this.#record.endpoint!.rqTimeout++;
      this.#record.cluster!.stats.rqTimeout.inc();
      this.#record.logFailure("no answer within the route's timeout");
      return await this.#reply(UPSTREAM_TIMEOUT);
    }
    this.#record.logFailure(failure);
    const described = describeFailure(failure, { retried: this.#retried });
    if (described.flag === "UC") this.#record.cluster!.stats.rqRxReset.inc();
    this.#record.cluster!.stats.response(described.status);
    await this.#reply(described);
  }

  /** A request whose bytes went wrong on the way: answered when nothing else was. */
  async #refuse(error: ProtocolError): Promise<void> {
    if (isCut(error) || this.#record.status !== 0) return this.#abort("DC");
    this.#filter.stats.cxProtocolError.inc();
    this.#session.willClose();
    const body = reasonPhrase(error.status);
    this.#filter.log.info("request refused", {
      peer: this.#downstream.peer,
      code: error.code,
      cause: error.message,
    });
    await this.#reply({ status: error.status, flag: "DPE", body }).catch((lost) => {
      if (!(lost instanceof ConnError)) throw lost;
      this.#abort("DC");
    });
  }

  /** A response of our own. */
  async #reply(reply: LocalReply & { readonly flag: ResponseFlag | null }): Promise<void> {
    this.#record.status = reply.status;
    this.#record.flag = reply.flag;
    const date = this.#filter.date.current();
    const { method } = this.#head;
    this.#record.sent.bytes += await sendReply(this.#session, reply, { date, method });
  }

  /** Ends the connection in the middle: the one way left to say that a response isn't whole. */
  #abort(flag: ResponseFlag): void {
    this.#aborted = true;
    this.#record.flag = flag;
    this.#session.close();
  }
}

function isCut(error: ProtocolError): boolean {
  return error.code === "truncated_body" || error.code === "truncated_head";
}
