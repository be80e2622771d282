/**
 * One configuration turned into live objects.
 *
 * @module
 */

import type {
  Config,
  DownstreamTlsConfig,
  FilterChainConfig,
  ListenerConfig,
} from "../config/model.ts";
import type { AccessLog, Log, Stats } from "../observe/mod.ts";
import { type Filter, HttpFilter, TcpFilter } from "../proxy/mod.ts";
import type { Listener, ListenTls, Network } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import { Cluster } from "../upstream/mod.ts";
import { LiveListener } from "./live_listener.ts";

/** What a snapshot works with. */
export interface SnapshotOptions {
  readonly network: Network;
  readonly wheel: TimerWheel;
  readonly stats: Stats;
  readonly log: Log;
  readonly accessLog: AccessLog;
}

/** Live listeners and clusters. */
export interface Snapshot {
  readonly config: Config;
  readonly listeners: readonly LiveListener[];
  readonly clusters: ReadonlyMap<string, Cluster>;
}

/**
 * Binds every listener and finds every endpoint, and accepts nobody yet. Fails with the ConnError of
 * the listener that can't be bound; then nothing stays bound.
 */
export async function buildSnapshot(config: Config, options: SnapshotOptions): Promise<Snapshot> {
  const clusters = new Map(config.clusters.map((cluster) => {
    return [cluster.name, new Cluster(cluster, options)];
  }));
  const bound: Listener[] = [];
  try {
    for (const listener of config.listeners) {
      bound.push(await bind(listener, options.network));
    }
    await Promise.all(Array.from(clusters.values(), (cluster) => cluster.start()));
  } catch (error) {
    for (const listener of bound) listener.close();
    for (const cluster of clusters.values()) cluster.close();
    throw error;
  }
  const listeners = config.listeners.map((listener, at) => {
    const filter = buildFilter(listener.filterChains[0], clusters, {
      ...options,
      form: config.frontEnd,
    });
    return new LiveListener(listener, bound[at], { ...options, filter });
  });
  return { config, listeners, clusters };
}

async function bind(config: ListenerConfig, network: Network): Promise<Listener> {
  const { tls, filter } = config.filterChains[0];
  return await network.listen(config.address, {
    // Where bytes only pass through, nobody could answer plain HTTP.
    tls: tls === null ? null : { ...listenTls(tls), admitsPlainHttp: filter.kind === "http" },
  });
}

function listenTls(tls: DownstreamTlsConfig): ListenTls {
  const [{ chain, key }] = tls.certificates;
  return {
    certChain: chain.pem,
    privateKey: key.pem,
    alpn: tls.alpn,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
  };
}

function buildFilter(
  chain: FilterChainConfig,
  clusters: ReadonlyMap<string, Cluster>,
  options: SnapshotOptions & { form: Config["frontEnd"] },
): Filter {
  const { filter } = chain;
  switch (filter.kind) {
    case "http":
      return new HttpFilter(filter, { ...options, clusters });
    case "tcp":
      return new TcpFilter(filter, { ...options, cluster: clusters.get(filter.cluster)! });
  }
}
