/**
 * What happens to an accepted connection: requests are routed and forwarded one exchange at a time,
 * or bytes are carried both ways. The incoming side is never changed; what goes out is new.
 *
 * @module
 */

export type { ConfigForm, Probe } from "./explain/mod.ts";
export type { Filter, FilterSession, Origin, Uses } from "./filter.ts";
export { HttpFilter, type HttpFilterOptions, type HttpFilterUpdate } from "./http_filter.ts";
export type { ResponseFlag } from "./failure.ts";
export type { HttpDate } from "./http_date.ts";
export type { HttpStats } from "./http_stats.ts";
export type { RouteTable } from "./route_table.ts";
export { TcpFilter, type TcpFilterOptions, type TcpFilterUpdate } from "./tcp_filter.ts";
