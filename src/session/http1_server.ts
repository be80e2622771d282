/**
 * The server's side of an HTTP/1.1 connection: requests in, responses out, one at a time and in
 * order. It knows about deadlines and keep-alive, and nothing about where a request goes.
 *
 * @module
 */

import type { HttpLimitsConfig, HttpTimeoutsConfig } from "../config/model.ts";
import { ConnError, ProtocolError } from "../errors.ts";
import { reasonPhrase, type RequestHead } from "../http/mod.ts";
import { HeaderMap } from "../http/mod.ts";
import {
  type ConnectionOptions,
  END,
  NEED_DATA,
  NO_BODY,
  parseConnection,
  persists,
  RequestDecoder,
  type ResponseToEncode,
} from "../http1/mod.ts";
import type { Conn } from "../runtime/mod.ts";
import { BodyPace } from "./body_pace.ts";
import { type ByteStream, UpgradedStream } from "./byte_stream.ts";
import { LINGER_MS, lingerAndClose } from "./linger.ts";
import { MessageReader } from "./message_reader.ts";
import { MessageWriter } from "./message_writer.ts";
import type { Deadline, TimerWheel } from "./timer_wheel.ts";

/** A client that doesn't take its 408 by then goes without. */
const ANSWER_MS = 1000;

/**
 * A client that is drained while its next request is on its way gets it answered.
 * (nginx: `keepalive_min_timeout`)
 */
const LAST_REQUEST_MS = 100;
/** Counted from the connection's beginning: a client may have come to a server that drains. */
const FIRST_REQUEST_MS = 1000;

/** How a server session keeps time. */
export interface Http1ServerOptions {
  /** Holds the deadlines. */
  readonly wheel: TimerWheel;
  /** How much the client may send. */
  readonly limits: HttpLimitsConfig;
  /** How long things may take. */
  readonly timeouts: HttpTimeoutsConfig;
}

/**
 * What a session waits for; a deadline that passes means something else in each. `leaving`: our
 * direction has ended without an exchange; what still comes is dropped.
 */
type Phase = "idle" | "head" | "exchange" | "upgraded" | "closing" | "leaving" | "closed";

/**
 * Which deadline passed. `head`: the head's. `request`: the whole request's, or its body came too
 * slowly. `stream`: nothing moved.
 */
export type SessionTimeout = "head" | "request" | "stream";

/**
 * Why an exchange can't go on as it was. `gone`: the connection has ended. `late`: a deadline has
 * passed before the response began, and there is a moment left to say so; see `timeout`.
 */
export type Interruption = "gone" | "late";

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
  /** In the wheel's milliseconds. */
  readonly #opened: number;
  #phase: Phase = "idle";
  #draining = false;
  #persists = true;
  #isHttp10 = false;
  #requests = 0;
  #responding = false;
  /** Whether the response has told the client that the connection ends behind it. */
  #saidClose = false;
  #onInterrupted: ((why: Interruption) => void) | null = null;
  #timeout: SessionTimeout | null = null;
  /** When the whole request must have come, in the wheel's milliseconds. */
  #requestDue = Infinity;
  /** When the next bytes of its body must have come, in the wheel's milliseconds. */
  #bodyDue = Infinity;
  /** What the deadline that is set would mean. */
  #expiring: SessionTimeout = "stream";

  /** Owns `conn` from now on: `close()` or the last response ends it. */
  constructor(conn: Conn, options: Http1ServerOptions) {
    this.conn = conn;
    this.reader = new MessageReader(conn, new RequestDecoder(options.limits));
    this.writer = new MessageWriter(conn);
    this.#options = options;
    this.#opened = options.wheel.now();
    this.#deadline = options.wheel.deadline(() => this.#expire());
  }

  /** Which deadline ended the exchange or the connection, if one did. */
  get timeout(): SessionTimeout | null {
    return this.#timeout;
  }

  /** Whether the connection goes on behind the response that is about to be sent. */
  get persists(): boolean {
    return this.#persists && !this.#draining;
  }

  /**
   * What the response must say of the connection, in a Connection field; null for nothing. HTTP/1.0
   * closes unless it is told otherwise (RFC 9112 §9.3).
   */
  get connectionOption(): "close" | "keep-alive" | null {
    if (!this.persists) return "close";
    return this.#isHttp10 ? "keep-alive" : null;
  }

  /** True when the request's body was read to its end. */
  get requestComplete(): boolean {
    return this.reader.decoder.done;
  }

  /**
   * The next request, or null when there is none: the client closed, idled too long, or the server
   * drains and none was on its way. Fails with a ProtocolError, which wants an answer, or a ConnError,
   * which doesn't.
   */
  nextRequest(): Promise<RequestHead | null> {
    if (this.#phase === "closed") return Promise.resolve(null);
    this.#wait();
    try {
      const head = this.#takeHead();
      return head === NEED_DATA ? this.#readOn() : Promise.resolve(head);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Begins an exchange: notes what the request says of the connection, and gives it. Fails with a
   * ProtocolError for a harmful Connection field.
   */
  begin(head: RequestHead): ConnectionOptions {
    const options = parseConnection(head.headers);
    const { requestsPerConnection } = this.#options.limits;
    this.#isHttp10 = head.minorVersion === 0;
    this.#requests++;
    this.#persists = persists(options, head.minorVersion) &&
      this.#requests !== requestsPerConnection;
    return options;
  }

  /**
   * Watches over an exchange that is under way: `onInterrupted` is called when the client or our own
   * `close()` ends the connection, and when a deadline passes that can still be answered; `gone` may
   * follow `late`. The client is only heard once the whole request was read (until then whoever reads
   * it hears it): call it again then.
   */
  watch(onInterrupted: (why: Interruption) => void): void {
    this.#onInterrupted = onInterrupted;
    if (this.requestComplete) this.reader.readAhead(this.#onRead);
  }

  /** Stops watching: the answer was sent. */
  unwatch(): void {
    this.#onInterrupted = null;
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

  /**
   * Reads past what is here of a request's body that nobody wants: when that is the rest of it, the
   * connection can go on behind the response.
   */
  skipBuffered(): void {
    if (this.requestComplete) return;
    const { decoder } = this.reader;
    try {
      for (let piece = decoder.nextBody(); piece !== NEED_DATA && piece !== END;) {
        piece = decoder.nextBody();
      }
    } catch (error) {
      // A bad body is no news for this response: the connection ends behind it.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** Begins the response: gathers its head, which leaves with the body or at `endResponse`. */
  startResponse(head: ResponseToEncode): void {
    this.#responding = head.status >= 200;
    this.#saidClose = !this.persists;
    this.writer.responseHead(head);
  }

  /** Takes back a response of which nothing has left yet. */
  withdrawResponse(): void {
    this.#responding = false;
    this.writer.discard();
  }

  /** The exchange has moved on, and may take its time anew. */
  touch(): void {
    let ms = this.#options.timeouts.streamIdleMs || Infinity;
    this.#expiring = "stream";
    const due = this.requestComplete ? Infinity : Math.min(this.#requestDue, this.#bodyDue);
    if (due !== Infinity) {
      const left = Math.max(1, due - this.#options.wheel.now());
      if (left < ms) {
        ms = left;
        this.#expiring = "request";
      }
    }
    this.#deadline.set(ms === Infinity ? 0 : ms);
  }

  /**
   * As `touch`; from now on the request's body is waited for, that many milliseconds and no longer.
   * Infinity where it may take any time, or where nobody waits for it.
   */
  awaitBody(ms: number): void {
    this.#bodyDue = ms === Infinity ? Infinity : this.#options.wheel.now() + ms;
    this.touch();
  }

  /** A pace for the request's body; null when it may take any time. */
  bodyPace(): BodyPace | null {
    const { minBodyRate } = this.#options.limits;
    return minBodyRate === 0 ? null : new BodyPace(minBodyRate, this.#options.wheel.now);
  }

  /**
   * Hands the connection over to another protocol, which was agreed upon by a 101: its bytes, from
   * those on that came behind the request. `close()` still ends it.
   */
  upgrade(): ByteStream {
    this.unwatch();
    this.#phase = "upgraded";
    this.#deadline.clear();
    return new UpgradedStream(this);
  }

  /** Tells that this response is the connection's last, whatever was said before. */
  willClose(): void {
    this.#persists = false;
  }

  /**
   * Ends the exchange: true when another request may follow. Otherwise the connection is closed,
   * such that a client that is still sending gets to read the response. `upload` is whoever still
   * reads the request's body, and never rejects. A drain that came behind the response's head ends
   * the connection behind the next one: the client hasn't been told, and may have asked already.
   */
  endExchange(upload: Promise<void> | null = null): boolean | Promise<boolean> {
    this.unwatch();
    this.writer.release();
    if (this.#persists && !this.#saidClose && this.requestComplete) {
      this.reader.decoder.reset();
      this.#responding = false;
      // A stream that idled was answered; what follows has its own time.
      this.#timeout = null;
      return true;
    }
    return this.#closeGently(upload);
  }

  async #closeGently(upload: Promise<void> | null): Promise<false> {
    this.#deadline.clear();
    await lingerAndClose({ conn: this.conn, reader: this.reader, upload }, this.#options.wheel);
    this.close();
    return false;
  }

  /**
   * Lets the exchange under way finish, and ends the connection behind it. One that idles ends unless
   * a request is on its way: to close it with a request unread would reset it (RFC 9112 §9.5), and a
   * client that has just come has hardly had the time to ask.
   */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#phase === "idle") this.#deadline.set(this.#patienceMs());
  }

  /** Closes at once, which whoever watches is told too. */
  close(): void {
    this.#phase = "closed";
    this.#deadline[Symbol.dispose]();
    this.conn.close();
    this.#interrupt("gone");
  }

  /** The head that has come; NEED_DATA when there is none yet, or not all of it. */
  #takeHead(): RequestHead | typeof NEED_DATA {
    const { decoder } = this.reader;
    const head = decoder.nextHead();
    if (head === NEED_DATA) {
      if (this.#phase === "idle" && !decoder.idle) this.#beginHead();
      return head;
    }
    if (this.#phase === "closing") throw new ConnError("closed", "the head came too late");
    this.#beginExchange();
    return head;
  }

  #readOn(): Promise<RequestHead | null> {
    return this.reader.read().then(this.#goOn);
  }

  // Bound once a connection: an async function in their place costs 0.6 KB of garbage a request.
  readonly #goOn = (): RequestHead | null | Promise<RequestHead | null> => {
    if (!this.#hasMore()) return null;
    if (this.#phase === "leaving") return this.#dropLast();
    const head = this.#takeHead();
    return head === NEED_DATA ? this.#readOn() : head;
  };

  /** Whether the read brought something. */
  #hasMore(): boolean {
    try {
      return this.reader.filled();
    } catch (error) {
      const idle = this.#phase !== "head" && this.#timeout === null;
      // Between requests a reset, or our own close on idling or draining, is an ordinary end.
      if (idle && error instanceof ConnError) return false;
      throw error;
    }
  }

  /** What came crossed with our end of the stream, which tells the client to ask again elsewhere. */
  async #dropLast(): Promise<null> {
    const { conn, reader } = this;
    await lingerAndClose({ conn, reader, upload: null }, this.#options.wheel);
    return null;
  }

  #wait(): void {
    if (this.reader.decoder.idle) {
      this.#phase = "idle";
      this.#deadline.set(this.#patienceMs());
    } else {
      this.#beginHead();
    }
  }

  /** How long the next request is waited for; 0 for ever. */
  #patienceMs(): number {
    const { timeouts: { idleMs }, wheel } = this.#options;
    if (!this.#draining) return idleMs;
    const first = this.#requests === 0 ? this.#opened + FIRST_REQUEST_MS - wheel.now() : 0;
    return Math.min(idleMs || Infinity, Math.max(first, LAST_REQUEST_MS));
  }

  /** Ends our direction, and gives the client a moment to see it and close: as in `lingerAndClose`. */
  #leave(): void {
    this.#phase = "leaving";
    this.#deadline.set(LINGER_MS);
    this.conn.closeWrite().catch(() => this.close());
  }

  #beginHead(): void {
    this.#phase = "head";
    this.#deadline.set(this.#options.timeouts.headMs);
  }

  #beginExchange(): void {
    this.#phase = "exchange";
    const { requestMs } = this.#options.timeouts;
    if (requestMs > 0) this.#requestDue = this.#options.wheel.now() + requestMs;
    this.#bodyDue = Infinity;
    this.touch();
  }

  readonly #onRead = (): void => {
    // Bytes are the next request's beginning.
    if (this.reader.lost) this.#interrupt("gone");
  };

  #interrupt(why: Interruption): void {
    const onInterrupted = this.#onInterrupted;
    if (why === "gone") this.#onInterrupted = null;
    onInterrupted?.(why);
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
        // Only a response that hasn't begun can say that it is late, and only once.
        if (this.#responding || this.#timeout !== null || this.#onInterrupted === null) {
          this.#timeout ??= this.#expiring;
          return this.close();
        }
        this.#timeout = this.#expiring;
        this.#deadline.set(ANSWER_MS);
        this.#interrupt("late");
        break;
      case "idle":
        if (this.#draining) return this.#leave();
        return this.close();
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
    try {
      await this.writer.body(body);
      await this.writer.flush();
    } catch (error) {
      if (!(error instanceof ConnError)) throw error;
    } finally {
      this.close();
    }
  }
}
