/**
 * A filter chain with what serves it.
 *
 * @module
 */

import type { FilterChainConfig } from "../config/model.ts";
import type { Filter } from "../proxy/mod.ts";
import type { TlsTerminator } from "./tls_terminator.ts";

/** One filter chain, live. */
export interface LiveChain {
  readonly config: FilterChainConfig;
  readonly filter: Filter;
  /** Ends TLS; null on a plain one. */
  readonly tls: TlsTerminator | null;
}
