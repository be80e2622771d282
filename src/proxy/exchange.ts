/**
 * One request with its response: judged, routed, forwarded, answered, accounted for.
 *
 * @module
 */

import { ConnError, ProtocolError } from "../errors.ts";
import { reasonPhrase, type RequestHead } from "../http/mod.ts";
import type { Http1ServerSession } from "../session/mod.ts";
import type { Ends } from "../upstream/mod.ts";
import { bodyTooLarge } from "./body_progress.ts";
import { refuseClient } from "./client_certificate.ts";
import { ExchangeRecord } from "./exchange_record.ts";
import { explain, mayKnow, renderExplanation } from "./explain/mod.ts";
import { type Failure, LOOP, type ResponseFlag } from "./failure.ts";
import type { Origin } from "./filter.ts";
import { type Downstream, forwardRequest } from "./forward_request.ts";
import { Forwarding } from "./forwarding.ts";
import { hopsOf } from "./hops.ts";
import { takeHttp10 } from "./http10.ts";
import type { HttpConnection } from "./http_connection.ts";
import type { HttpFilter } from "./http_filter.ts";
import { type LocalReply, sendReply } from "./local_reply.ts";
import { isCut, type Outcome, type Plan } from "./outcome.ts";
import { rewrittenPath } from "./route_table.ts";
import { askedUpgrade, checkUpgrade } from "./upgrade.ts";

const newId = () => crypto.randomUUID();

/** A response of our own, with what the log says of it. */
type Reply = LocalReply & { readonly flag: ResponseFlag | null };

/** A request, and what is known of the connection that it came on. */
export interface Incoming extends Pick<Origin, "isMisdirected"> {
  readonly head: RequestHead;
  readonly downstream: Downstream;
  readonly ends: Ends;
}

/** One exchange. */
export class Exchange {
  readonly #filter: HttpFilter;
  readonly #connection: HttpConnection;
  readonly #session: Http1ServerSession;
  readonly #head: RequestHead;
  readonly #downstream: Downstream;
  readonly #ends: Ends;
  readonly #isMisdirected: Origin["isMisdirected"];
  readonly #record: ExchangeRecord;

  #forwarding: Forwarding | null = null;
  #aborted = false;

  /** Nothing happens before `run()`. */
  constructor(
    filter: HttpFilter,
    connection: HttpConnection,
    incoming: Incoming,
  ) {
    const { session } = connection;
    this.#filter = filter;
    this.#connection = connection;
    this.#session = session;
    this.#head = incoming.head;
    this.#downstream = incoming.downstream;
    this.#ends = incoming.ends;
    this.#isMisdirected = incoming.isMisdirected;
    this.#record = new ExchangeRecord(filter, session, incoming.head);
  }

  /** Serves it; true when the connection may carry another. Fails as `Filter.run` does. */
  async run(): Promise<boolean> {
    const { stats } = this.#filter;
    stats.rqTotal.inc();
    stats.rqActive.inc();
    try {
      const plan = this.#judge();
      if ("code" in plan) await this.#fail(plan, 0);
      else if ("status" in plan) await this.#reply(plan);
      else {
        const outcome = await this.#forward(plan);
        if (outcome.kind !== "answered") await this.#conclude(outcome, plan);
      }
    } catch (error) {
      if (error instanceof ProtocolError) await this.#refuse(error);
      else if (!(error instanceof ConnError)) throw error;
      else this.#abort(this.#session.timeout === null ? "DC" : "SI");
    } finally {
      this.#connection.uses = null;
      stats.rqActive.dec();
      this.#record.close();
    }
    if (this.#record.status === 0 || this.#aborted) return false;
    return this.#session.endExchange(this.#forwarding?.uploaded ?? null);
  }

  #forward(plan: Plan): Promise<Outcome> {
    this.#connection.uses = plan;
    this.#record.request = plan.request;
    this.#record.received.limit = plan.route.maxBodyBytes || Infinity;
    this.#forwarding = new Forwarding(this.#filter, this.#session, { plan, record: this.#record });
    return this.#forwarding.run();
  }

  /**
   * What to do with the request: where it goes, or how it is answered here. The filter's routes and
   * clusters are read here and nowhere else, since an update may come at any pause.
   */
  #judge(): Plan | Reply | Failure {
    const { routes, clusters, config, stats } = this.#filter;
    const { nominated } = this.#session.begin(this.#head);
    const head = this.#head.minorVersion === 0 ? takeHttp10(this.#head, config) : this.#head;
    this.#record.head = head;
    if (this.#isMisdirected?.(hostOf(head.authority)) === true) throw misdirected(head.authority);
    const upgrade = askedUpgrade(head, nominated);
    if (upgrade !== null) checkUpgrade(head, this.#session.reader.decoder.input.length);
    const hops = config.maxHops === 0 ? 0 : hopsOf(head.headers) + 1;
    if (hops > config.maxHops) return LOOP;
    const route = routes.match(head.authority, head.path, head.headers);
    if (route === null) {
      stats.noRoute.inc();
      return { status: 404, flag: "NR", body: "" };
    }
    const refusal = refuseClient(this.#downstream.client, route.clientSans);
    if (refusal !== null) {
      const { body, cause } = refusal;
      this.#logRefusal("client_certificate_not_allowed", cause);
      return { status: 403, flag: null, body };
    }
    if (upgrade !== null && !route.upgrades.includes(upgrade)) {
      // Not forwarded, and to answer it as if it hadn't asked would leave it waiting for frames.
      this.#session.willClose();
      return { status: 403, flag: null, body: "" };
    }
    const { framing } = head;
    if (route.maxBodyBytes > 0 && framing.kind === "length" && framing.size > route.maxBodyBytes) {
      throw bodyTooLarge(route.maxBodyBytes);
    }
    const cluster = this.#record.cluster = clusters.get(route.cluster)!;
    const request = forwardRequest(head, {
      mode: config.forwarding.mode,
      clientCert: config.clientCertHeader.mode,
      downstream: this.#downstream,
      timeoutMs: route.timeoutMs,
      path: rewrittenPath(route, head.path),
      nominated,
      upgrade,
      hops,
      newId,
    });
    return { head, route, cluster, request, upgrade, ends: this.#ends };
  }

  async #conclude(
    outcome: Exclude<Outcome, { kind: "answered" }>,
    { route }: Plan,
  ): Promise<void> {
    switch (outcome.kind) {
      case "ended":
        this.#abort(outcome.flag);
        if (outcome.flag === "SI") this.#logLate("stream_timeout");
        else if (outcome.flag !== null && outcome.flag !== "DC") {
          this.#record.logFailure(outcome.cause);
        }
        return;
      case "request_failed":
        throw outcome.error;
      case "failed":
        return await this.#fail(outcome.failure, route.timeoutMs);
    }
  }

  /** Counts, logs and answers a failure. */
  async #fail(failure: Failure, timeoutMs: number): Promise<void> {
    const { status, flag, body, code } = failure;
    const { peer } = this.#downstream;
    const { config, log, stats, form, probe } = this.#filter;
    if (status === 408) {
      if (flag === null) stats.rqTimeout.inc();
      this.#logLate(code);
      return await this.#reply({ status, flag, body });
    }
    const { cluster, endpoint } = this.#record;
    if (cluster === null) log.warning("request refused", { peer, code, cause: failure.cause });
    else this.#record.logFailure(failure);
    if (flag === "UC") cluster?.stats.rqRxReset.inc();
    cluster?.stats.response(status);
    const headers = flag === "UO" ? OVERLOADED : [];
    if (!mayKnow(config.errors, { peer, headers: this.#head.headers })) {
      return await this.#reply({ status, flag, body, headers });
    }
    const of = { form, cluster: cluster?.config ?? null, endpoint, timeoutMs, probe };
    const explanation = await explain(failure, of);
    await this.#reply({
      status,
      flag,
      ...renderExplanation(explanation, this.#head.headers.joined("accept")),
      headers: [...headers, ...FOR_ONE],
    });
  }

  #logLate(code: string): void {
    this.#filter.log.info("request timed out", { peer: this.#downstream.peer, code });
  }

  /** A request whose bytes went wrong on the way: answered when nothing else was. */
  async #refuse(error: ProtocolError): Promise<void> {
    if (isCut(error) || this.#record.status !== 0) return this.#abort("DC");
    // Too much of something, or at the wrong door, is no breach of the protocol.
    const isBreach = error.status !== 413 && error.status !== 421;
    if (isBreach) this.#filter.stats.cxProtocolError.inc();
    this.#session.willClose();
    this.#logRefusal(error.code, error.message);
    const body = error.code === "no_host" ? "" : reasonPhrase(error.status);
    const flag = isBreach ? "DPE" : null;
    await this.#reply({ status: error.status, flag, body }).catch((lost) => {
      if (!(lost instanceof ConnError)) throw lost;
      this.#abort("DC");
    });
  }

  #logRefusal(code: string, cause: string): void {
    this.#filter.log.info("request refused", { peer: this.#downstream.peer, code, cause });
  }

  /** A response of our own. */
  async #reply(reply: Reply): Promise<void> {
    this.#record.status = reply.status;
    this.#record.flag = reply.flag;
    if (this.#filter.discourages) this.#session.willClose();
    if (this.#forwarding === null || this.#forwarding.uploaded === null) {
      this.#session.skipBuffered();
    }
    const date = this.#filter.date.current();
    const { method } = this.#head;
    this.#record.sent.bytes += await sendReply(this.#session, reply, { date, method });
  }

  /** Ends the connection in the middle: the one way left to say that a response isn't whole. */
  #abort(flag: ResponseFlag | null): void {
    this.#aborted = true;
    this.#record.flag = flag;
    this.#session.close();
  }
}

/** Lower case, without a port. */
function hostOf(authority: string): string {
  return authority.toLowerCase().replace(/:\d*$/, "");
}

/**
 * RFC 9110 §15.5.20: whoever asks for one name in TLS and for another in HTTP would get past the
 * certificate that the other one wants.
 */
function misdirected(authority: string): ProtocolError {
  return new ProtocolError(
    "misdirected",
    `Cannot take request for ${authority}: found a connection without the certificate it asks for`,
    { status: 421 },
  );
}

/** An explanation is for who asked, in the form that was asked for. */
const FOR_ONE = [["cache-control", "no-store"], ["vary", "accept"]] as const;
/** Envoy: tells whoever may ask again that it was we who had too much, not the upstream. */
const OVERLOADED = [["x-envoy-overloaded", "true"]] as const;
