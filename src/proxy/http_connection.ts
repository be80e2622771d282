/**
 * One downstream connection in an HTTP filter's hands: requests are answered one after the other,
 * until either side has enough.
 *
 * @module
 */

import type { HttpTimeoutsConfig } from "../config/model.ts";
import { ConnError, ProtocolError } from "../errors.ts";
import { reasonPhrase, type RequestHead } from "../http/mod.ts";
import { WITHOUT_REQUEST } from "../observe/mod.ts";
import type { Conn } from "../runtime/mod.ts";
import { Http1ServerSession } from "../session/mod.ts";
import type { FilterSession, Uses } from "./filter.ts";
import type { HttpFilter } from "./http_filter.ts";
import { sendReply } from "./local_reply.ts";

/** Answers one request; true when the connection may carry another. */
export type Answer = (connection: HttpConnection, head: RequestHead) => Promise<boolean>;

/** What a connection is served with. */
export interface HttpConnectionOptions {
  readonly timeouts: HttpTimeoutsConfig;
  /** Whether it came over TLS. */
  readonly tls: boolean;
  readonly answer: Answer;
}

/** One connection. */
export class HttpConnection implements FilterSession {
  /** Where requests come in and responses go out. */
  readonly session: Http1ServerSession;
  /** See `FilterSession.uses`; the exchange under way keeps it. */
  uses: Uses | null = null;
  readonly #filter: HttpFilter;
  readonly #tls: boolean;
  readonly #answer: Answer;

  /** Owns `conn` from now on; nothing happens before `run()`. */
  constructor(filter: HttpFilter, conn: Conn, { timeouts, tls, answer }: HttpConnectionOptions) {
    const { wheel, config: { limits } } = filter;
    this.session = new Http1ServerSession(conn, { wheel, limits, timeouts });
    this.#filter = filter;
    this.#tls = tls;
    this.#answer = answer;
  }

  /** See `FilterSession.run`. */
  async run(): Promise<void> {
    const { session } = this;
    const { stats } = this.#filter;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    if (this.#tls) stats.cxSslTotal.inc();
    try {
      let more = true;
      while (more) {
        try {
          const head = await session.nextRequest();
          more = head !== null && await this.#answer(this, head);
        } catch (error) {
          more = await this.#failed(error);
        }
      }
    } finally {
      session.close();
      stats.cxActive.dec();
      stats.cxRxBytes.add(session.reader.bytes);
      stats.cxTxBytes.add(session.writer.bytes);
    }
  }

  /** See `FilterSession.drain`. */
  drain(): void {
    this.session.drain();
  }

  /** See `FilterSession.close`. */
  close(): void {
    this.session.close();
  }

  /** What to do without a request, or in the middle of one; true when another may follow. */
  async #failed(error: unknown): Promise<boolean> {
    if (error instanceof ProtocolError) return await this.#refuse(error);
    if (!(error instanceof ConnError)) throw error;
    this.#lost();
    return false;
  }

  /** Answers a head that could not be read: no exchange came of it. */
  async #refuse(error: ProtocolError): Promise<boolean> {
    const { session } = this;
    const { stats, log, config, date } = this.#filter;
    const truncated = error.code === "truncated_head";
    stats.rqTotal.inc();
    stats.cxProtocolError.inc();
    stats.completed(truncated ? 0 : error.status, "DPE");
    log.info("request refused", {
      listener: config.statPrefix,
      peer: session.conn.remote.host,
      code: error.code,
      cause: error.message,
    });
    // Envoy answers a request without a Host, alone of them all, with an empty body.
    const body = error.code === "no_host" ? "" : reasonPhrase(error.status);
    this.#logUnread(truncated ? 0 : error.status, body.length);
    // Whoever left in the middle of a head has nobody waiting for an answer.
    if (truncated) return false;
    session.willClose();
    try {
      await sendReply(session, { status: error.status, body }, {
        date: date.current(),
        method: null,
      });
      return await session.endExchange();
    } catch (lost) {
      if (!(lost instanceof ConnError)) throw lost;
      return false;
    }
  }

  /** A connection that ended inside of a head, by its own end or by our deadline. */
  #lost(): void {
    if (this.session.timeout !== "head") return;
    const { stats } = this.#filter;
    stats.rqTotal.inc();
    stats.rqTimeout.inc();
    stats.completed(408, null);
    this.#logUnread(408, "request header timeout".length);
  }

  #logUnread(status: number, bytesSent: number): void {
    this.#filter.accessLog?.write({
      ...WITHOUT_REQUEST,
      startTime: Date.now(),
      protocol: "HTTP/1.1",
      status,
      flags: status === 408 ? [] : ["DPE"],
      bytesReceived: 0,
      bytesSent,
      durationMs: 0,
    });
  }
}
