/**
 * A filter chain with what serves it.
 *
 * @module
 */

import type {
  Config,
  FilterChainConfig,
  HttpFilterConfig,
  TcpFilterConfig,
} from "../config/model.ts";
import type { AccessLog, Log, Stats } from "../observe/mod.ts";
import { type Filter, HttpFilter, TcpFilter } from "../proxy/mod.ts";
import type { Network } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import { keepRoutes } from "./same.ts";
import { TlsTerminator } from "./tls_terminator.ts";

/** What a chain works with. */
export interface LiveChainOptions {
  readonly network: Network;
  readonly wheel: TimerWheel;
  readonly stats: Stats;
  readonly log: Log;
  readonly accessLog: AccessLog;
  /** Which form the configuration has. */
  readonly form: Config["frontEnd"];
}

/** A filter chain as a listener sees it. */
export interface Chain {
  /** As configured now. */
  readonly config: FilterChainConfig;
  /** Ends TLS; null on a plain one. */
  readonly tls: TlsTerminator | null;
  /** What connections are handed to. */
  readonly filter: Filter;
  /** Whether each connection is to end behind its next response. */
  discourage(on: boolean): void;
}

/** The name of the cluster that bytes are passed on to; null where requests have routes. */
export function targetOf({ config: { filter } }: Chain): string | null {
  return filter.kind === "tcp" ? filter.cluster : null;
}

/** One filter chain, live. */
export class LiveChain implements Chain {
  readonly tls: TlsTerminator | null;
  readonly filter: Filter;
  #config: FilterChainConfig;
  readonly #discourage: (on: boolean) => void;
  readonly #update: (config: FilterChainConfig, clusters: ReadonlyMap<string, Cluster>) => void;

  /** `clusters` has every cluster that it names. */
  constructor(
    config: FilterChainConfig,
    clusters: ReadonlyMap<string, Cluster>,
    options: LiveChainOptions,
  ) {
    this.#config = config;
    this.tls = config.tls && new TlsTerminator(config.tls);
    const { filter } = config;
    if (filter.kind === "http") {
      const http = new HttpFilter(filter, { ...options, clusters });
      this.filter = http;
      this.#discourage = (on) => http.discourages = on;
      this.#update = (next, clusters) => {
        http.update({ config: next.filter as HttpFilterConfig, clusters });
      };
    } else {
      const tcp = new TcpFilter(filter, { ...options, cluster: clusters.get(filter.cluster)! });
      this.filter = tcp;
      this.#discourage = () => {}; // Bytes that pass through have no response to end behind.
      this.#update = ({ filter }, clusters) => {
        const config = filter as TcpFilterConfig;
        tcp.update({ config, cluster: clusters.get(config.cluster)! });
      };
    }
  }

  /** Routes that no update has touched are the same objects as before. */
  get config(): FilterChainConfig {
    return this.#config;
  }

  discourage(on: boolean): void {
    this.#discourage(on);
  }

  /** Goes on with another configuration, which `goesOn` has found to be alike. */
  update(config: FilterChainConfig, clusters: ReadonlyMap<string, Cluster>): void {
    const { filter } = this.#config;
    this.#config = filter.kind === "http" && config.filter.kind === "http"
      ? { ...config, filter: keepRoutes(filter, config.filter) }
      : config;
    if (config.tls !== null) this.tls!.use(config.tls);
    this.#update(this.#config, clusters);
  }
}
