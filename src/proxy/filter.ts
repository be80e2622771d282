/**
 * What a listener hands an accepted connection to.
 *
 * @module
 */

import type { RouteConfig } from "../config/model.ts";
import type { Conn, TlsInfo } from "../runtime/mod.ts";
import type { Cluster, Ends } from "../upstream/mod.ts";

/**
 * What is known of a connection beside its bytes. Its ends are its own, or those that a PROXY header
 * names.
 */
export interface Origin extends Ends {
  /** What the handshake settled; null on a plain connection. */
  readonly tls: TlsInfo | null;
  /** The URIs among the names of the certificate that we showed; absent is as empty. */
  readonly ownUris?: readonly string[];
  /**
   * Whether a request for that host (lower case, without a port) belongs to a filter chain that would
   * have asked its client for a certificate, as this one has not; absent where there is none.
   */
  readonly isMisdirected?: (host: string) => boolean;
}

/** The terminal filter of a filter chain, live. */
export interface Filter {
  /** Takes a connection whose handshake is done, and owns it from now on. */
  open(conn: Conn, from: Origin): FilterSession;
  /**
   * Takes a connection that speaks plain HTTP on a port for TLS, to tell the client so. Absent where
   * such a connection can only be closed.
   */
  openPlain?(conn: Conn): FilterSession;
}

/** What an exchange, or a passed-through connection, began with and keeps to its end. */
export interface Uses {
  /** Null where bytes are passed through. */
  readonly route: RouteConfig | null;
  /** Where it leads to. */
  readonly cluster: Cluster;
}

/** One connection in a filter's hands. */
export interface FilterSession {
  /**
   * What is in use right now: by the exchange that is under way, or by what it was upgraded to. Null
   * between requests, while a request's head is read, and for what is answered here.
   */
  readonly uses: Uses | null;
  /** Serves it to its end. Rejects only for a mistake in genkan itself. */
  run(): Promise<void>;
  /**
   * Lets what runs finish, and ends the connection behind it; an HTTP connection that waits for a
   * request gets a moment to send one, answered with `connection: close`. So it does when it was only
   * just opened. What has left HTTP goes on until it ends by itself or is closed.
   */
  drain(): void;
  /** Ends it at once. */
  close(): void;
}
