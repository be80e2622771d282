/**
 * How a worker ends, by the address at whose sight it does.
 *
 * @module
 */

/** For listeners and for endpoints. */
export const ENDS = {
  /** An error that nobody catches. */
  throws: "127.0.0.61",
  /** A promise that nobody looks at fails. */
  rejects: "127.0.0.62",
  /** It never has time again. */
  loops: "127.0.0.63",
} as const;

/** What an error says that ends a worker. */
export const LAST_WORDS = "Cannot go on: found a mistake";
