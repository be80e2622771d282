/**
 * A codec with a bug for the fuzzer to find: in a head it takes a vertical tab for a blank.
 *
 * @module
 */

import { RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";
import { latin1Text } from "../http1/driver.ts";

class LaxDecoder extends RequestDecoder {
  override nextHead(): ReturnType<RequestDecoder["nextHead"]> {
    const unread = this.input.bytes.subarray(this.input.start, this.input.end);
    const [head] = latin1Text(unread).split("\r\n\r\n", 1);
    for (let at = 0; at < head.length; at++) if (unread[at] === 0x0b) unread[at] = 0x20;
    return super.nextHead();
  }
}

export const requestDecoder = (): RequestDecoder => new LaxDecoder();
export const responseDecoder = (): ResponseDecoder => new ResponseDecoder();
