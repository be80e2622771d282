/**
 * The words shared by every version of HTTP: the header map, the heads of requests and responses,
 * body framing, and status codes. Nothing here knows how a version writes them down.
 *
 * @module
 */

export { HeaderMap } from "./header_map.ts";
export type { Framing, RequestHead, ResponseHead } from "./message.ts";
export { reasonPhrase } from "./status.ts";
