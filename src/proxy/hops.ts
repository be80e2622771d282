/**
 * How often a request went through genkan. A proxy that is its own upstream, by a mistake in a file
 * or in the DNS, would send a request round until something breaks; counting ends it.
 *
 * @module
 */

import type { HeaderMap } from "../http/mod.ts";

/** Holds the count; written by each genkan on the way. */
export const HOPS = "x-genkan-hops";

/**
 * The count that a request came with; 0 without one. Whoever makes one up only harms himself, so what
 * can't be read is taken for the largest.
 */
export function hopsOf(headers: HeaderMap): number {
  const value = headers.joined(HOPS);
  if (value === null) return 0;
  return /^[0-9]{1,4}$/.test(value) ? Number(value) : Infinity;
}
