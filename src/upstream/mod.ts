/**
 * Where requests and connections go: clusters with their endpoints, the choice among them, the
 * pools of idle connections, and how names become addresses.
 *
 * @module
 */

export { breakerTallies, type CircuitBreaker, type CircuitBreakers } from "./circuit_breakers.ts";
export { Cluster, type ClusterOptions } from "./cluster.ts";
export type { ClusterStats } from "./cluster_stats.ts";
export type { EndpointPlace, Ends } from "./dialer.ts";
export { Endpoint } from "./endpoint.ts";
export type { WaitOptions } from "./waiting_line.ts";
