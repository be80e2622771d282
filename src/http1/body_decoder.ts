/**
 * Takes a body out of an input buffer, one piece at a time. A decoder is a closed union of the four
 * ways a body can end; `createBodyDecoder` picks by framing.
 *
 * @module
 */

import type { Framing } from "../http/mod.ts";
import { type BodyDecoder, END, NEED_DATA, truncatedBody } from "./body.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { HeadLimits } from "./head_scanner.ts";
import type { InputBuffer } from "./input_buffer.ts";

/** A decoder for one body, whose trailer section keeps to `limits`. */
export function createBodyDecoder(framing: Framing, limits: HeadLimits): BodyDecoder {
  switch (framing.kind) {
    case "none":
      return EMPTY;
    case "length":
      return framing.size === 0 ? EMPTY : new LengthDecoder(framing.size);
    case "chunked":
      return new ChunkedDecoder(limits);
    case "eof":
      return new EofDecoder();
  }
}

const EMPTY: BodyDecoder = { next: () => END, endOfInput: () => {} };

class LengthDecoder implements BodyDecoder {
  #left: number;

  constructor(size: number) {
    this.#left = size;
  }

  next(input: InputBuffer): Uint8Array | typeof NEED_DATA | typeof END {
    if (this.#left === 0) return END;
    if (input.length === 0) return NEED_DATA;
    const size = Math.min(this.#left, input.length);
    const piece = input.bytes.subarray(input.start, input.start + size);
    input.start += size;
    this.#left -= size;
    return piece;
  }

  endOfInput(): void {
    if (this.#left > 0) throw truncatedBody(`the last ${this.#left} bytes`);
  }
}

class EofDecoder implements BodyDecoder {
  #ended = false;

  next(input: InputBuffer): Uint8Array | typeof NEED_DATA | typeof END {
    if (input.length === 0) return this.#ended ? END : NEED_DATA;
    const piece = input.bytes.subarray(input.start, input.end);
    input.start = input.end;
    return piece;
  }

  endOfInput(clean: boolean): void {
    if (!clean) throw truncatedBody("close_notify");
    this.#ended = true;
  }
}
