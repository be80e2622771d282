/**
 * A configuration turned into a running program: the main thread's side (`server.ts`), which tells
 * workers (`crew.ts`), in threads of their own or not (`thread_worker.ts`, `worker_main.ts`), what to
 * serve; and a worker's side (`data_plane.ts`): listeners that accept, filters that serve, clusters
 * that are dialled. Each configuration is prepared by every worker, and then put to use by all.
 *
 * @module
 */

export { unixPathsOf } from "./recruit.ts";
export type { Changes, ConfigChanges } from "./same.ts";
export { type Server, type ServerOptions, startServer } from "./server.ts";
