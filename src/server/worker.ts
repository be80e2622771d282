/**
 * What the main thread asks of a worker, be it in another thread or in its own.
 *
 * @module
 */

import type { EndpointView } from "../admin/view.ts";
import type { Config } from "../config/model.ts";
import type { TallyShares } from "../observe/mod.ts";
import type { SocketAddress } from "../runtime/mod.ts";

/** A configuration to get ready for. */
export interface Preparation {
  readonly config: Config;
  /** Where listeners that asked for any port are bound already, by `keyOfListener`. */
  readonly bound: Bound;
  /** What is counted over all workers. */
  readonly tallies: TallyShares;
}

/** Where listeners are bound, by `keyOfListener`. */
export type Bound = ReadonlyMap<string, SocketAddress>;

/** A cluster's endpoints as one worker has them. */
export interface ClusterState {
  readonly name: string;
  readonly endpoints: readonly EndpointView[];
}

/** Serves connections. */
export interface Worker {
  /**
   * Binds what is new in a configuration and finds its endpoints, without serving any of it. Fails
   * with the ConnError of a listener that can't be bound; then nothing new stays bound.
   */
  prepare(next: Preparation): Promise<Bound>;
  /**
   * Serves what was prepared from now on. What it replaces has `drainMs` to finish, and is ended
   * then.
   */
  commit(drainMs: number): Promise<void>;
  /** Lets go of what was prepared. */
  abort(): Promise<void>;
  /** The clusters as they are now. Everything that was counted until now can be read then. */
  describe(): Promise<readonly ClusterState[]>;
  /** Whether every connection is to end behind its next response. */
  closeAfterResponse(on: boolean): Promise<void>;
  /** Stops accepting, for good; connections that are open go on. */
  stopAccepting(): Promise<void>;
  /**
   * Stops accepting, and resolves when what ran has finished; after `graceMs` that is ended. A later
   * call may shorten that.
   */
  stop(graceMs: number): Promise<void>;
  /** Resolves when it has time for it: a sign of life. */
  ping(): Promise<void>;
}
