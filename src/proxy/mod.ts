/**
 * What happens to an accepted connection: requests are routed and forwarded one exchange at a time,
 * or bytes are carried both ways. The incoming side is never changed; what goes out is new.
 *
 * @module
 */

export type { Filter, FilterSession } from "./filter.ts";
export { HttpFilter, type HttpFilterOptions } from "./http_filter.ts";
export { TcpFilter, type TcpFilterOptions } from "./tcp_filter.ts";
