/**
 * A configuration turned into live objects: listeners that accept, filters that serve, clusters that
 * are dialled; and their orderly end.
 *
 * @module
 */

export { type Server, type ServerOptions, startServer } from "./server.ts";
