/**
 * genkan's own decoders, as the fuzzer takes them.
 *
 * @module
 */

import { RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";

/** See `Codec`. */
export const requestDecoder = (): RequestDecoder => new RequestDecoder();
/** See `Codec`. */
export const responseDecoder = (): ResponseDecoder => new ResponseDecoder();
