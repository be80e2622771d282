/**
 * Heads and framing.
 *
 * @module
 */

import type { HeaderMap } from "./header_map.ts";

/** How the end of a body is told (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly size: number }
  | { readonly kind: "chunked" }
  /** Until the connection ends; responses only. */
  | { readonly kind: "eof" };

/** What a request says before its body. */
export interface RequestHead {
  /** A token; case counts. */
  readonly method: string;
  /** The target as it was sent: origin-form, absolute-form or `*`. */
  readonly target: string;
  /** The path and query of the target, beginning with `/`; `*` for asterisk-form. */
  readonly path: string;
  /**
   * Host and port asked for: the target's in absolute-form, else the Host field's. Empty in HTTP/1.0
   * without either.
   */
  readonly authority: string;
  /** The minor version: 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1;
  /** All fields, Host among them. */
  readonly headers: HeaderMap;
  /** How the body ends. */
  readonly framing: Framing;
}

/** What a response says before its body. */
export interface ResponseHead {
  /** 100 to 599. */
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  /** The minor version: 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1;
  /** All fields. */
  readonly headers: HeaderMap;
  /** How the body ends. */
  readonly framing: Framing;
}
