/**
 * What the cases of an explanation are made from, and what they give.
 *
 * @module
 */

import type { ClusterConfig } from "../../config/model.ts";
import type { Failure } from "../failure.ts";
import type { Settings } from "./settings.ts";

/** All that is known of a failure. */
export interface Facts {
  /** What the log and the client get. */
  readonly failure: Failure;
  /** Where the request was to go; null when it came to no cluster. */
  readonly cluster: ClusterConfig | null;
  /** The endpoint as it was configured, such as `localhost:3000`. */
  readonly configured: string;
  /** The endpoint with the address that was dialled: `app.internal:443 (10.0.0.5:443)`. */
  readonly where: string;
  /** Its addresses as they were tried, such as `127.0.0.1:3000`; empty without an endpoint. */
  readonly addresses: readonly string[];
  /** How to say where something is set. */
  readonly settings: Settings;
  /** The route's timeout in milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** What probes have found. */
  readonly found: Found;
}

/** What probes have found. */
export interface Found {
  /** The other loopback address, when it accepts what this one refuses. */
  readonly otherFamily: string | null;
  /** True when the endpoint answers a TLS handshake. */
  readonly speaksTls: boolean;
  /** True when the endpoint accepts connections. */
  readonly accepts: boolean;
}

/** What is told of a failure, in sentences. Names of settings are in backticks. */
export interface Story {
  /** What is wrong, in a few words without a full stop. */
  readonly title: string;
  /** What was attempted and what was found. */
  readonly cause: string;
  /** What to do. */
  readonly fix: string;
}

/** The stories of some codes. */
export type Cases = Readonly<Record<string, (facts: Facts) => Story>>;

/** `250 ms`, `5 s`, `2 min`. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

/** A sentence that begins with a capital letter. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
