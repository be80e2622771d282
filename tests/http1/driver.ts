/**
 * Feeds bytes to a decoder as a connection would, and writes down what comes out.
 *
 * @module
 */

import { ProtocolError } from "../../src/errors.ts";
import type { Framing, RequestHead, ResponseHead } from "../../src/http/mod.ts";
import { END, NEED_DATA, RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

/** What came out of a decoder. The pieces of one body are joined: where they are cut says nothing. */
export type Event =
  | { readonly head: RequestHead | ResponseHead }
  | { readonly body: string }
  | { readonly end: true }
  | { readonly error: string; readonly status: number };

/** How bytes are fed. */
export interface FeedOptions {
  /** Sizes of the pieces, in turn, again and again; everything at once when left out. */
  readonly pieces?: readonly number[];
  /** How the connection ends behind the bytes; `open` (the default) when it doesn't. */
  readonly ending?: "open" | "clean" | "cut";
  /** The methods that responses answer, in turn; GET behind the last. */
  readonly methods?: readonly string[];
}

/** The bytes of a latin1 text. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** The latin1 text of bytes. */
export function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** What a server reads from these bytes. */
export function decodeRequests(bytes: string | Uint8Array, options: FeedOptions = {}): Event[] {
  return new Driver(new RequestDecoder(), options).run(bytes);
}

/** What a client reads from these bytes. */
export function decodeResponses(bytes: string | Uint8Array, options: FeedOptions = {}): Event[] {
  return new Driver(new ResponseDecoder(), options).run(bytes);
}

/** The only request head in these bytes, which must be all there and well formed. */
export function requestHead(bytes: string): RequestHead {
  return onlyHead(decodeRequests(bytes)) as RequestHead;
}

/** The first response head in these bytes, which must be all there and well formed. */
export function responseHead(bytes: string, method = "GET"): ResponseHead {
  return onlyHead(decodeResponses(bytes, { methods: [method] })) as ResponseHead;
}

/** How the body of the request in these bytes ends, or the code of the error. */
export function framingOf(events: readonly Event[]): Framing | string {
  const [first] = events;
  if ("head" in first) return first.head.framing;
  if ("error" in first) return first.error;
  throw new Error(`expected a head or an error: ${JSON.stringify(events)}`);
}

/** The error that ended these events, as `status code`; fails when there is none. */
export function errorOf(events: readonly Event[]): string {
  const last = events.at(-1);
  if (last === undefined || !("error" in last)) {
    throw new Error(`expected an error: ${JSON.stringify(events)}`);
  }
  return `${last.status} ${last.error}`;
}

/** Events in a line each, short enough to compare in a table: `POST /a`, `200`, `body abc`. */
export function summary(events: readonly Event[]): string[] {
  return events.map((event) => {
    if ("head" in event) {
      const { head } = event;
      return "method" in head ? `${head.method} ${head.target}` : `${head.status}`;
    }
    if ("body" in event) return `body ${event.body}`;
    return "end" in event ? "end" : `error ${event.error}`;
  });
}

function onlyHead(events: readonly Event[]): RequestHead | ResponseHead {
  const [first] = events;
  assert(first !== undefined && "head" in first, `expected a head: ${JSON.stringify(events)}`);
  return first.head;
}

/** Stands behind what was committed, as what an earlier read left there would. */
const STALE = latin1Bytes(';="\r\n0: ');

/** One decoder with what came out of it so far. */
export class Driver {
  readonly decoder: RequestDecoder | ResponseDecoder;
  readonly events: Event[] = [];
  /** How often the decoder was asked for something. */
  calls = 0;
  readonly #options: FeedOptions;
  #messages = 0;
  #fed = 0;
  #inBody = false;
  /** No more bytes mean anything: it failed, or another protocol begins. */
  #over = false;

  constructor(decoder: RequestDecoder | ResponseDecoder, options: FeedOptions = {}) {
    this.decoder = decoder;
    this.#options = options;
    this.#expectNext();
  }

  /** Feeds all of it, ends the connection as the options say, and gives the events. */
  run(bytes: string | Uint8Array): Event[] {
    const input = typeof bytes === "string" ? latin1Bytes(bytes) : bytes;
    const sizes = this.#options.pieces ?? [];
    for (let at = 0, turn = 0; at < input.length && !this.#over; turn++) {
      const size = sizes.length === 0 ? input.length : Math.max(1, sizes[turn % sizes.length]);
      this.feed(input.subarray(at, at + size));
      at += size;
    }
    const { ending = "open" } = this.#options;
    if (ending !== "open" && !this.#over) this.end(ending === "clean");
    return this.events;
  }

  /** Feeds a piece, in as many reads as the decoder's buffer has room for. */
  feed(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.#over;) {
      const room = this.decoder.input.space();
      assert(room.length > 0, "space() gave no room");
      const count = Math.min(room.length, piece.length - at);
      room.set(piece.subarray(at, at + count));
      for (let behind = count; behind < Math.min(room.length, count + STALE.length); behind++) {
        room[behind] = STALE[(behind + this.#fed) % STALE.length];
      }
      this.decoder.input.commit(count);
      this.#fed += count;
      at += count;
      this.#guard(() => this.#drain());
    }
  }

  /** Ends the connection. */
  end(clean: boolean): void {
    this.#guard(() => {
      this.decoder.endOfInput(clean);
      this.#drain();
    });
  }

  #drain(): void {
    for (;;) {
      this.calls++;
      // A head, its end, a piece of a body or a wait takes a byte each, or a whole read.
      assert(this.calls <= 4 * this.#fed + 4, "the decoder runs in circles");
      const answer = this.#inBody ? this.decoder.nextBody() : this.decoder.nextHead();
      if (answer === NEED_DATA) return;
      if (answer === END) this.#endMessage();
      else if (answer instanceof Uint8Array) this.#addBody(answer);
      else this.#addHead(answer);
      if (this.#over) return;
    }
  }

  #addHead(head: RequestHead | ResponseHead): void {
    this.events.push({ head });
    const informational = "status" in head && head.status < 200 && head.status !== 101;
    if (informational) return;
    this.#inBody = !this.decoder.done;
    if (this.decoder.done) this.#endMessage();
    if ("status" in head && head.status === 101) this.#over = true;
  }

  #addBody(piece: Uint8Array): void {
    assert(piece.length > 0, "a piece of a body is empty");
    const last = this.events.at(-1)!;
    const text = latin1Text(piece);
    if ("body" in last) this.events[this.events.length - 1] = { body: last.body + text };
    else this.events.push({ body: text });
  }

  #endMessage(): void {
    assert(this.decoder.done, "a message has ended and the decoder isn't done");
    assertEquals(this.decoder.nextBody(), END);
    this.events.push({ end: true });
    this.#inBody = false;
    this.decoder.reset();
    this.#messages++;
    this.#expectNext();
  }

  #expectNext(): void {
    if (this.decoder instanceof ResponseDecoder) {
      this.decoder.expect(this.#options.methods?.[this.#messages] ?? "GET");
    }
  }

  /** Writes an error down, and sees that a decoder that failed stays failed. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.events.push({ error: error.code, status: error.status });
      this.#over = true;
      for (const again of [() => this.decoder.nextHead(), () => this.decoder.nextBody()]) {
        assertEquals(assertThrows(again, ProtocolError).code, "failed_before");
      }
    }
  }
}
