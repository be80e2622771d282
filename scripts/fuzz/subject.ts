/**
 * What is fuzzed: one input with the way it arrives, and the codec that it goes through.
 *
 * @module
 */

import type { RequestDecoder, ResponseDecoder } from "../../src/http1/mod.ts";
import type { FeedOptions } from "../../tests/http1/driver.ts";

/** Which way the bytes go. */
export type Side = "request" | "response";

/** Bytes to begin with. */
export interface Seed {
  readonly side: Side;
  /** One char a byte. */
  readonly text: string;
  /** So many bytes at the beginning are left as they are, so that what follows is read at all. */
  readonly keep: number;
}

/** Bytes, and how they arrive. */
export interface Case extends Required<FeedOptions> {
  readonly side: Side;
  /** One char a byte. */
  readonly text: string;
}

/** The decoders under test; a module of this shape is named by its URL. */
export interface Codec {
  requestDecoder(): RequestDecoder;
  responseDecoder(): ResponseDecoder;
}
