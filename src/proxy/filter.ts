/**
 * What a listener hands an accepted connection to.
 *
 * @module
 */

import type { Conn } from "../runtime/mod.ts";

/** The terminal filter of a filter chain, live. */
export interface Filter {
  /** Takes a connection whose handshake is done, and owns it from now on. */
  open(conn: Conn, options: { tls: boolean }): FilterSession;
  /**
   * Takes a connection that speaks plain HTTP on a port for TLS, to tell the client so. Absent where
   * such a connection can only be closed.
   */
  openPlain?(conn: Conn): FilterSession;
}

/** One connection in a filter's hands. */
export interface FilterSession {
  /** Serves it to its end. Rejects only for a mistake in genkan itself. */
  run(): Promise<void>;
  /** Lets what runs finish, and ends the connection behind it. */
  drain(): void;
  /** Ends it at once. */
  close(): void;
}
