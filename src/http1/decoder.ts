/**
 * The reading half of an HTTP/1.1 connection: bytes in, heads and pieces of bodies out.
 *
 * Strategy: no I/O. The caller reads into `input.space()`, commits what came, and asks; "need more"
 * is an answer like any other. One table says what may be asked when, and a decoder that failed
 * stays failed: after a framing error nothing on that connection can be trusted.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { type Framing, HeaderMap, type RequestHead, type ResponseHead } from "../http/mod.ts";
import { type BodyDecoder, END, NEED_DATA } from "./body.ts";
import { createBodyDecoder } from "./body_decoder.ts";
import { NO_BODY, requestFraming, responseFraming } from "./framing.ts";
import {
  decodeHead,
  type HeadText,
  parseFields,
  parseRequestLine,
  parseStatusLine,
} from "./head_parser.ts";
import { HEAD_LIMITS, type HeadLimits, HeadScanner } from "./head_scanner.ts";
import { InputBuffer } from "./input_buffer.ts";
import { CR, LF } from "./syntax.ts";
import { parseTarget } from "./target.ts";

/** RFC 9112 §2.2 lets a server ignore an empty line before a request; more is noise. */
const MAX_EMPTY_LINES = 1;

/**
 * What a decoder waits for. The state after an event is in this table and nowhere else; an event
 * that isn't there is a mistake of the caller.
 */
const NEXT = {
  head: { head: "body", bodiless: "done", informational: "head" },
  body: { end: "done" },
  done: { reset: "head" },
  failed: {},
} as const;

type State = keyof typeof NEXT;

/** One side of a connection: what decoding requests and decoding responses have in common. */
export abstract class Decoder<Head extends RequestHead | ResponseHead> {
  /** Where the bytes come in. */
  readonly input: InputBuffer = new InputBuffer();
  readonly #limits: HeadLimits;
  readonly #scanner: HeadScanner;
  #state: State = "head";
  #body: BodyDecoder = createBodyDecoder(NO_BODY, HEAD_LIMITS);

  /** Waits for the first head. */
  constructor(limits: HeadLimits = HEAD_LIMITS) {
    this.#limits = limits;
    this.#scanner = new HeadScanner("head", limits);
  }

  /** True when a message has ended and `reset()` would begin the next. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** True when no byte of the next message has come. */
  get idle(): boolean {
    return this.#state === "head" && this.input.length === 0;
  }

  /** The next head, or `NEED_DATA`. Fails with a ProtocolError, and then always. */
  nextHead(): Head | typeof NEED_DATA {
    this.#expect("head");
    try {
      const { input } = this;
      this.skipEmptyLines();
      const size = this.#scanner.scan(input.bytes, input.start, input.end);
      if (size === 0) return NEED_DATA;
      const head = this.parseHead(decodeHead(input.bytes, input.start, size, this.#scanner));
      input.start += size;
      this.#scanner.reset();
      if (this.isInformational(head)) {
        this.#state = NEXT.head.informational;
      } else if (isBodiless(head.framing)) {
        this.#state = NEXT.head.bodiless;
      } else {
        this.#body = createBodyDecoder(head.framing, this.#limits);
        this.#state = NEXT.head.head;
      }
      return head;
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /**
   * The next piece of the body as a view that is valid until `input.space()`, `NEED_DATA`, or `END`
   * (again and again). Fails with a ProtocolError, and then always.
   */
  nextBody(): Uint8Array | typeof NEED_DATA | typeof END {
    if (this.#state === "done") return END;
    this.#expect("body");
    try {
      const piece = this.#body.next(this.input);
      if (piece === END) this.#state = NEXT.body.end;
      return piece;
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /**
   * Tells that the connection has ended, behind a `NEED_DATA` or between messages; `clean` is false
   * for a TLS stream that was cut. Fine between messages, and when clean in a body that ends so;
   * else fails with a ProtocolError, and then always.
   */
  endOfInput(clean: boolean): void {
    try {
      if (this.#state === "body") this.#body.endOfInput(clean);
      else if (this.#state === "head" && this.input.length > 0) throw truncatedHead();
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /** Begins the next message. The one before must be done. */
  reset(): void {
    this.#expect("done");
    this.#state = NEXT.done.reset;
    this.input.release();
  }

  /**
   * Reads a head's lines.
   *
   * @internal
   */
  protected abstract parseHead(head: HeadText): Head;

  /**
   * Whether another head of the same message follows.
   *
   * @internal
   */
  protected abstract isInformational(head: Head): boolean;

  /**
   * Skips what may stand before a head.
   *
   * @internal
   */
  protected skipEmptyLines(): void {}

  #expect(state: State): void {
    if (this.#state === state) return;
    if (this.#state === "failed") {
      throw new ProtocolError("failed_before", "Cannot read on: the connection has failed before");
    }
    throw new Error(`decoder is at ${this.#state}, not at ${state}`);
  }
}

function truncatedHead(): ProtocolError {
  return new ProtocolError(
    "truncated_head",
    "Cannot read head: found its end before an empty line",
  );
}

function isBodiless(framing: Framing): boolean {
  return framing.kind === "none" || (framing.kind === "length" && framing.size === 0);
}

/** How large a request's head may be. */
export interface RequestLimits extends HeadLimits {
  /** Bytes of the target; a longer one is answered 414. 0 leaves it to `headBytes`. */
  readonly targetBytes: number;
}

/** A server's side: requests in. */
export class RequestDecoder extends Decoder<RequestHead> {
  readonly #maxTarget: number;
  #emptyLines = 0;

  /** Waits for the first request. */
  constructor(limits: RequestLimits = { ...HEAD_LIMITS, targetBytes: 0 }) {
    super(limits);
    this.#maxTarget = limits.targetBytes || Infinity;
  }

  /** See `Decoder.reset`. */
  override reset(): void {
    super.reset();
    this.#emptyLines = 0;
  }

  /** @internal */
  protected override parseHead(head: HeadText): RequestHead {
    const line = parseRequestLine(head);
    if (line.target.length > this.#maxTarget) throw targetTooLong(line.target, this.#maxTarget);
    const headers = new HeaderMap();
    parseFields(head, headers);
    const { method, target, minorVersion } = line;
    const framing = requestFraming(headers, minorVersion);
    const { path, authority } = parseTarget(line, headers);
    return { method, target, path, authority, minorVersion, headers, framing };
  }

  /** @internal */
  protected override isInformational(): boolean {
    return false;
  }

  /** @internal */
  protected override skipEmptyLines(): void {
    const { input } = this;
    // Of a CR that comes alone the scanner says that it needs more, as it does in a head.
    while (input.length > 1 && input.bytes[input.start] === CR) {
      if (input.bytes[input.start + 1] !== LF || this.#emptyLines === MAX_EMPTY_LINES) {
        throw new ProtocolError("bad_line", "Cannot parse head: found an empty line before it");
      }
      this.#emptyLines++;
      input.start += 2;
    }
  }
}

/** RFC 9110 §15.5.15. */
function targetTooLong({ length }: string, limit: number): ProtocolError {
  return new ProtocolError(
    "target_too_long",
    `Cannot take target: found ${length} bytes, over ${limit}`,
    { status: 414 },
  );
}

/** A client's side: responses in. */
export class ResponseDecoder extends Decoder<ResponseHead> {
  #method = "GET";

  /** Tells which method the next response answers: it decides on the framing. */
  expect(method: string): void {
    this.#method = method;
  }

  /** @internal */
  protected override parseHead(head: HeadText): ResponseHead {
    const { status, reason, minorVersion } = parseStatusLine(head);
    const headers = new HeaderMap();
    parseFields(head, headers);
    const method = this.#method;
    const framing = responseFraming(headers, minorVersion, { status, method });
    return { status, reason, minorVersion, headers, framing };
  }

  /** @internal */
  protected override isInformational(head: ResponseHead): boolean {
    // 101 is the last head of its exchange: what follows is another protocol.
    return head.status < 200 && head.status !== 101;
  }
}
