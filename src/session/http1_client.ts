/**
 * The client's side of an HTTP/1.1 connection: one request out, its response in, again and again.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { ResponseHead } from "../http/mod.ts";
import {
  NEED_DATA,
  parseConnection,
  persists,
  type RequestToEncode,
  ResponseDecoder,
} from "../http1/mod.ts";
import type { Conn } from "../runtime/mod.ts";
import { type ByteStream, UpgradedStream } from "./byte_stream.ts";
import { MessageReader } from "./message_reader.ts";
import { MessageWriter } from "./message_writer.ts";
import type { Deadline, TimerWheel } from "./timer_wheel.ts";

/** Envoy's default for both sides of an idle connection. */
const IDLE_MS = 3_600_000;
/** An upstream that sends more heads than this before its answer is not answering. */
const MAX_INFORMATIONAL = 16;

/** One upstream connection. */
export class Http1ClientSession {
  /** The connection; TLS or plain. */
  readonly conn: Conn;
  /** Where responses come in. */
  readonly reader: MessageReader<ResponseDecoder>;
  /** Where requests go out. */
  readonly writer: MessageWriter;
  /** How many requests it has carried; 0 on a fresh one. */
  uses = 0;
  readonly #deadline: Deadline;
  #persists = false;
  #closed = false;
  #timedOut = false;
  #informational = 0;
  /** The protocol that the request asks for, lower case. */
  #upgrade: string | null = null;
  #onLost: (() => void) | null = null;

  /** Owns `conn` from now on. */
  constructor(conn: Conn, wheel: TimerWheel) {
    this.conn = conn;
    this.reader = new MessageReader(conn, new ResponseDecoder());
    this.writer = new MessageWriter(conn);
    this.#deadline = wheel.deadline(() => {
      this.#timedOut = true;
      this.close();
    });
  }

  /** True when our own deadline closed it. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** True when no byte of the response to the last request has come. */
  get unanswered(): boolean {
    return this.reader.decoder.idle && this.#informational === 0;
  }

  /**
   * Begins a request: gathers its head, which leaves with the body or at `flush`. `upgrade` is the
   * protocol that it asks for, lower case; null for none.
   */
  startRequest(head: RequestToEncode, upgrade: string | null = null): void {
    this.uses++;
    this.#upgrade = upgrade;
    this.clearDeadline();
    this.#onLost = null;
    this.#informational = 0;
    // Until the response says so: what can't be read leaves nothing to go on with.
    this.#persists = false;
    this.reader.decoder.expect(head.method);
    this.writer.requestHead(head);
  }

  /** Closes the connection unless `clearDeadline` comes first; 0 means never. */
  setDeadline(ms: number): void {
    this.#deadline.set(ms);
  }

  /** Calls the deadline off. */
  clearDeadline(): void {
    this.#deadline.clear();
  }

  /**
   * The next head of the response, informational ones (1xx) included; null when the connection ends
   * before one begins. A 101 is the last one, and gives what was asked for. Fails with a ProtocolError, or a ConnError when the connection is lost.
   */
  nextHead(): Promise<ResponseHead | null> {
    try {
      const head = this.#takeHead();
      return head === NEED_DATA ? this.#readOn() : Promise.resolve(head);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends what was gathered, then as `nextHead`. */
  ask(): Promise<ResponseHead | null> {
    const sending = this.writer.flush();
    return sending === null ? this.nextHead() : sending.then(this.#sent);
  }

  /** Hands the connection over, behind a 101: see `Http1ServerSession.upgrade`. */
  upgrade(): ByteStream {
    this.clearDeadline();
    return new UpgradedStream(this);
  }

  /** True when the response was read to its end and another request may follow. */
  get reusable(): boolean {
    const { decoder, ended } = this.reader;
    return !this.#closed && this.#persists && decoder.done && !ended && decoder.input.length === 0;
  }

  /**
   * Makes it ready for the next request. Until `startRequest`, an end, a failure or bytes that
   * nobody asked for call `onLost`. Only when `reusable`.
   */
  park(onLost: () => void): void {
    this.setDeadline(IDLE_MS);
    this.writer.release();
    this.reader.decoder.reset();
    this.#onLost = onLost;
    this.reader.readAhead(this.#onRead);
  }

  /** Closes at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline[Symbol.dispose]();
    this.conn.close();
  }

  /** The head that has come; NEED_DATA when there is none yet, or not all of it. */
  #takeHead(): ResponseHead | typeof NEED_DATA {
    const head = this.reader.decoder.nextHead();
    if (head === NEED_DATA) return head;
    if (head.status >= 200) {
      this.#persists = persists(parseConnection(head.headers), head.minorVersion);
    } else if (head.status === 101) {
      this.#checkUpgrade(head);
    } else if (++this.#informational > MAX_INFORMATIONAL) {
      throw new ProtocolError("too_many_1xx", "Cannot take response: found too many 1xx");
    }
    return head;
  }

  #readOn(): Promise<ResponseHead | null> {
    return this.reader.read().then(this.#goOn);
  }

  // Bound once a connection: an async function in their place costs 0.6 KB of garbage a request.
  readonly #goOn = (): ResponseHead | null | Promise<ResponseHead | null> => {
    if (!this.reader.filled()) return null;
    const head = this.#takeHead();
    return head === NEED_DATA ? this.#readOn() : head;
  };

  readonly #sent = (): Promise<ResponseHead | null> => this.nextHead();

  /** RFC 9110 §7.8: a server must not switch to what wasn't asked for, and says what it switches to. */
  #checkUpgrade({ headers }: ResponseHead): void {
    const given = headers.joined("upgrade")?.toLowerCase() ?? null;
    if (this.#upgrade !== null && given === this.#upgrade) return;
    const found = this.#upgrade === null ? "101, unasked" : "101 to another protocol";
    throw new ProtocolError("unasked_upgrade", `Cannot take response: found ${found}`);
  }

  readonly #onRead = (): void => {
    this.#onLost?.();
    this.#onLost = null;
  };
}
