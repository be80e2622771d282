/**
 * HTTP/1.1 without I/O (RFC 9112): a decoder for each side, an encoder, and the buffers between them
 * and a connection. Bytes in, events out; nothing here waits, and nothing here guesses.
 *
 * @module
 */

export { END, NEED_DATA } from "./body.ts";
export { type ConnectionOptions, parseConnection, persists } from "./connection_header.ts";
export { type Decoder, RequestDecoder, ResponseDecoder } from "./decoder.ts";
export {
  CHUNK_END,
  encodeChunkStart,
  encodeRequestHead,
  encodeResponseHead,
  LAST_CHUNK,
  type RequestToEncode,
  type ResponseToEncode,
} from "./encoder.ts";
export { NO_BODY } from "./framing.ts";
export { InputBuffer } from "./input_buffer.ts";
export { OutputBuffer } from "./output_buffer.ts";
