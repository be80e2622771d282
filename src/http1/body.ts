/**
 * What every body decoder answers.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { InputBuffer } from "./input_buffer.ts";

/** The buffer holds too little to go on: read more. */
export const NEED_DATA: unique symbol = Symbol("need data");
/** The body has ended. */
export const END: unique symbol = Symbol("end of body");

/** Takes one body out of the bytes that come. */
export interface BodyDecoder {
  /**
   * The next piece of the body, never empty, as a view that is valid until the buffer's next
   * `space()`; or `NEED_DATA`, or `END`. Fails with a ProtocolError.
   */
  next(input: InputBuffer): Uint8Array | typeof NEED_DATA | typeof END;
  /**
   * Tells that no more bytes will come; `clean` is false when the stream may have been cut by
   * somebody on the way. Fails when the body isn't complete.
   */
  endOfInput(clean: boolean): void;
}

/** The error for a body that the connection's end cut short. */
export function truncatedBody(missing: string): ProtocolError {
  return new ProtocolError("truncated_body", `Cannot read body: found its end before ${missing}`);
}
