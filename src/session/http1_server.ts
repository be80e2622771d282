/**
 * The server's side of an HTTP/1.1 connection: requests in, responses out, one at a time and in
 * order. It knows about deadlines and keep-alive, and nothing about where a request goes.
 *
 * @module
 */

import type { HttpLimitsConfig, HttpTimeoutsConfig } from "../config/model.ts";
import { ConnError } from "../errors.ts";
import { reasonPhrase, type RequestHead } from "../http/mod.ts";
import { HeaderMap } from "../http/mod.ts";
import {
  type ConnectionOptions,
  NEED_DATA,
  NO_BODY,
  parseConnection,
  persists,
  RequestDecoder,
  type ResponseToEncode,
} from "../http1/mod.ts";
import type { Conn } from "../runtime/mod.ts";
import { lingerAndClose } from "./linger.ts";
import { MessageReader } from "./message_reader.ts";
import { MessageWriter } from "./message_writer.ts";
import type { Deadline, TimerWheel } from "./timer_wheel.ts";

/** A client that doesn't take its 408 by then goes without. */
const ANSWER_MS = 1000;

/** How a server session keeps time. */
export interface Http1ServerOptions {
  /** Holds the deadlines. */
  readonly wheel: TimerWheel;
  /** How much the client may send. */
  readonly limits: HttpLimitsConfig;
  /** How long things may take. */
  readonly timeouts: HttpTimeoutsConfig;
}

/** What a session waits for; a deadline that passes means something else in each. */
type Phase = "idle" | "head" | "exchange" | "closing" | "closed";

/** One downstream connection. */
export class Http1ServerSession {
  /** The connection; TLS or plain. */
  readonly conn: Conn;
  /** Where requests come in. */
  readonly reader: MessageReader<RequestDecoder>;
  /** Where responses go out. */
  readonly writer: MessageWriter;
  readonly #options: Http1ServerOptions;
  readonly #deadline: Deadline;
  #phase: Phase = "idle";
  #draining = false;
  #persists = true;
  #onGone: (() => void) | null = null;
  #timeout: "head" | "stream" | null = null;

  /** Owns `conn` from now on: `close()` or the last response ends it. */
  constructor(conn: Conn, options: Http1ServerOptions) {
    this.conn = conn;
    this.reader = new MessageReader(conn, new RequestDecoder());
    this.writer = new MessageWriter(conn);
    this.#options = options;
    this.#deadline = options.wheel.deadline(() => this.#expire());
  }

  /** Which deadline closed the connection, if one did. */
  get timeout(): "head" | "stream" | null {
    return this.#timeout;
  }

  /** Whether the connection goes on behind the response that is about to be sent. */
  get persists(): boolean {
    return this.#persists && !this.#draining;
  }

  /** True when the request's body was read to its end. */
  get requestComplete(): boolean {
    return this.reader.decoder.done;
  }

  /**
   * The next request, or null when there is none: the client closed, idled too long, or the server
   * drains. Fails with a ProtocolError, which wants an answer, or a ConnError, which doesn't.
   */
  async nextRequest(): Promise<RequestHead | null> {
    const { reader } = this;
    const { decoder } = reader;
    if (this.#draining) return null;
    this.#wait();
    for (;;) {
      const head = decoder.nextHead();
      if (head !== NEED_DATA) {
        if (this.#phase === "closing") throw new ConnError("closed", "the head came too late");
        this.#phase = "exchange";
        this.touch();
        return head;
      }
      if (this.#phase === "idle" && !decoder.idle) this.#beginHead();
      try {
        if (!await reader.fill()) return null;
      } catch (error) {
        const idle = this.#phase !== "head" && this.#timeout === null;
        // Between requests a reset, or our own close on idling or draining, is an ordinary end.
        if (idle && error instanceof ConnError) return null;
        throw error;
      }
    }
  }

  /**
   * Begins an exchange: notes what the request says of the connection, and gives it. Fails with a
   * ProtocolError for a harmful Connection field.
   */
  begin(head: RequestHead): ConnectionOptions {
    const options = parseConnection(head.headers);
    this.#persists = persists(options, head.minorVersion);
    return options;
  }

  /**
   * Watches for the end of the connection while an exchange is under way, by the client or by our own
   * `close()`: `onGone` is called at most once. The client is only heard once the whole request was
   * read (until then whoever reads it hears it): call it again then.
   */
  watch(onGone: () => void): void {
    this.#onGone = onGone;
    if (this.requestComplete) this.reader.readAhead(this.#onRead);
  }

  /** Stops watching: the answer was sent. */
  unwatch(): void {
    this.#onGone = null;
  }

  /** Answers `Expect: 100-continue`, before the body is read (RFC 9110 §10.1.1). */
  async sendContinue(): Promise<void> {
    this.writer.responseHead({
      status: 100,
      reason: "Continue",
      headers: new HeaderMap(),
      framing: NO_BODY,
    });
    await this.writer.flush();
  }

  /** Begins the response: gathers its head, which leaves with the body or at `endResponse`. */
  startResponse(head: ResponseToEncode): void {
    this.writer.responseHead(head);
  }

  /** The exchange has moved on: its deadline starts anew. */
  touch(): void {
    this.#deadline.set(this.#options.timeouts.streamIdleMs);
  }

  /** Tells that this response is the connection's last, whatever was said before. */
  willClose(): void {
    this.#persists = false;
  }

  /**
   * Ends the exchange: true when another request may follow. Otherwise the connection is closed,
   * such that a client that is still sending gets to read the response. `upload` is whoever still
   * reads the request's body, and never rejects.
   */
  async endExchange(upload: Promise<void> | null = null): Promise<boolean> {
    this.unwatch();
    this.writer.release();
    if (this.persists && this.requestComplete) {
      this.reader.decoder.reset();
      return true;
    }
    this.#deadline.clear();
    await lingerAndClose({ conn: this.conn, reader: this.reader, upload }, this.#options.wheel);
    this.close();
    return false;
  }

  /** Lets the exchange under way finish, and ends the connection behind it; at once when idle. */
  drain(): void {
    this.#draining = true;
    if (this.#phase === "idle") this.close();
  }

  /** Closes at once, which whoever watches is told too. */
  close(): void {
    this.#phase = "closed";
    this.#deadline[Symbol.dispose]();
    this.conn.close();
    this.#tellGone();
  }

  #wait(): void {
    if (this.reader.decoder.idle) {
      this.#phase = "idle";
      this.#deadline.set(this.#options.timeouts.idleMs);
    } else {
      this.#beginHead();
    }
  }

  #beginHead(): void {
    this.#phase = "head";
    this.#deadline.set(this.#options.timeouts.headMs);
  }

  readonly #onRead = (): void => {
    // Bytes are the next request's beginning.
    if (this.reader.lost) this.#tellGone();
  };

  #tellGone(): void {
    const onGone = this.#onGone;
    this.#onGone = null;
    onGone?.();
  }

  #expire(): void {
    switch (this.#phase) {
      case "head":
        this.#timeout = "head";
        this.#phase = "closing";
        this.#deadline.set(ANSWER_MS);
        void this.#answerTimeout();
        break;
      case "exchange":
        this.#timeout = "stream";
        this.close();
        break;
      default:
        this.close();
    }
  }

  /** The read that waits can't be called off; so the answer is sent beside it, before closing. */
  async #answerTimeout(): Promise<void> {
    const body = new TextEncoder().encode("request header timeout");
    this.startResponse({
      status: 408,
      reason: reasonPhrase(408),
      headers: HeaderMap.of(["content-type", "text/plain"], ["connection", "close"]),
      framing: { kind: "length", size: body.length },
    });
    await this.writer.body(body);
    await this.writer.flush().catch(() => {});
    this.close();
  }
}
