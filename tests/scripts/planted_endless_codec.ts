/**
 * A codec with a bug for the fuzzer to find: it never returns from a response that begins with a
 * blank.
 *
 * @module
 */

import { RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";

class EndlessDecoder extends ResponseDecoder {
  override nextHead(): ReturnType<ResponseDecoder["nextHead"]> {
    while (this.input.length > 0 && this.input.bytes[this.input.start] === 0x20);
    return super.nextHead();
  }
}

export const requestDecoder = (): RequestDecoder => new RequestDecoder();
export const responseDecoder = (): ResponseDecoder => new EndlessDecoder();
