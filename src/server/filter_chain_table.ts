/**
 * Which filter chain a connection takes, as in Envoy's `FilterChainManagerImpl`: first the server
 * name decides, then the transport protocol, then the application protocol. Each step picks one
 * bucket and never comes back for another: a chain for `*.example.com` is not tried when one for
 * `www.example.com` exists, even if that one wants a protocol that the client doesn't offer.
 *
 * @module
 */

import { serverNameKey } from "../config/filter_chain_match.ts";
import type { FilterChainMatchConfig } from "../config/model.ts";

/** What is known of a connection before a chain is picked. */
export interface FilterChainQuery {
  /** The name that the client asks for, lower case; null when there is none. */
  readonly serverName: string | null;
  /** Whether it speaks TLS. */
  readonly isTls: boolean;
  /** The application protocols that it offers, its favourite first. */
  readonly alpn: readonly string[];
}

/** Chains with the same server name and transport protocol. */
interface Protocols<T> {
  readonly named: Map<string, T>;
  any: T | null;
}

/** Chains with the same server name. */
type Transports<T> = Partial<Record<"tls" | "raw_buffer" | "any", Protocols<T>>>;

/** A listener's filter chains, laid out for look-up. A match makes nothing but the ends of a name. */
export class FilterChainTable<T extends object> {
  /** By `serverNameKey`; chains for any name by the empty one. */
  readonly #names = new Map<string, Transports<T>>();
  readonly #hasWildcards: boolean;
  readonly #fallback: T | null;

  /**
   * No two matches overlap, and no wildcard is partial: `findSameMatch` and `isPartialWildcard` tell.
   * `fallback` is Envoy's `default_filter_chain`.
   */
  constructor(
    entries: readonly { readonly match: FilterChainMatchConfig; readonly value: T }[],
    fallback: T | null,
  ) {
    for (const { match, value } of entries) {
      for (const name of match.serverNames.length === 0 ? [""] : match.serverNames) {
        const key = serverNameKey(name);
        const transports = this.#names.get(key) ?? {};
        this.#names.set(key, transports);
        add(transports, match, value);
      }
    }
    this.#hasWildcards = this.#names.keys().some((key) => key.startsWith("."));
    this.#fallback = fallback;
  }

  /** The chain that takes the connection; null when none does, and then it is closed. */
  match({ serverName, isTls, alpn }: FilterChainQuery): T | null {
    const transports = this.#transports(serverName ?? "");
    const protocols = transports?.[isTls ? "tls" : "raw_buffer"] ?? transports?.any;
    if (protocols === undefined) return this.#fallback;
    if (protocols.named.size > 0) {
      for (const protocol of alpn) {
        const value = protocols.named.get(protocol);
        if (value !== undefined) return value;
      }
    }
    return protocols.any ?? this.#fallback;
  }

  #transports(name: string): Transports<T> | undefined {
    const exact = this.#names.get(name);
    if (exact !== undefined) return exact;
    if (this.#hasWildcards) {
      // Something stands before the dot, and something behind it.
      const last = name.length - 1;
      for (let dot = name.indexOf(".", 1); dot !== -1 && dot < last;) {
        const wildcard = this.#names.get(name.slice(dot));
        if (wildcard !== undefined) return wildcard;
        dot = name.indexOf(".", dot + 1);
      }
    }
    return this.#names.get("");
  }
}

function add<T>(transports: Transports<T>, match: FilterChainMatchConfig, value: T): void {
  const protocols = transports[match.transportProtocol ?? "any"] ??= {
    named: new Map(),
    any: null,
  };
  for (const protocol of match.applicationProtocols) protocols.named.set(protocol, value);
  if (match.applicationProtocols.length === 0) protocols.any = value;
}
