/**
 * A codec with a bug for the fuzzer to find: a body that goes on in a new read loses a line end at
 * its beginning.
 *
 * @module
 */

import { NEED_DATA, RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";

class LossyDecoder extends RequestDecoder {
  #waited = false;

  override nextBody(): ReturnType<RequestDecoder["nextBody"]> {
    const piece = super.nextBody(), waited = this.#waited;
    this.#waited = piece === NEED_DATA;
    if (waited && piece instanceof Uint8Array && piece[0] === 0x0a) piece[0] = 0x20;
    return piece;
  }
}

export const requestDecoder = (): RequestDecoder => new LossyDecoder();
export const responseDecoder = (): ResponseDecoder => new ResponseDecoder();
