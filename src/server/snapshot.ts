/**
 * One configuration turned into live objects.
 *
 * @module
 */

import type { Config, FilterChainConfig } from "../config/model.ts";
import type { AccessLog, Log, Stats } from "../observe/mod.ts";
import { type Filter, HttpFilter, TcpFilter } from "../proxy/mod.ts";
import type { AcceptedConn, Host, Listener, Network } from "../runtime/mod.ts";
import type { TimerWheel } from "../session/mod.ts";
import { Cluster } from "../upstream/mod.ts";
import { CertificateWatch } from "./certificate_watch.ts";
import { looksFirst } from "./greeting.ts";
import type { LiveChain } from "./live_chain.ts";
import { LiveListener } from "./live_listener.ts";
import { pemUsers } from "./pem_users.ts";
import { TlsTerminator } from "./tls_terminator.ts";

/** What a snapshot works with. */
export interface SnapshotOptions {
  readonly network: Network & Pick<Host, "readFile">;
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
  /** Sees to certificates that change on disk. */
  readonly watch: CertificateWatch;
}

/**
 * Binds every listener and finds every endpoint, and accepts nobody yet. Fails with the ConnError of
 * the listener that can't be bound; then nothing stays bound.
 */
export async function buildSnapshot(config: Config, options: SnapshotOptions): Promise<Snapshot> {
  const clusters = new Map(config.clusters.map((cluster) => {
    return [cluster.name, new Cluster(cluster, options)];
  }));
  const bound: (Listener | Listener<AcceptedConn>)[] = [];
  try {
    for (const listener of config.listeners) {
      const { address } = listener;
      bound.push(
        looksFirst(listener)
          ? await options.network.listen(address, { inspect: true })
          : await options.network.listen(address),
      );
    }
    await Promise.all(Array.from(clusters.values(), (cluster) => cluster.start()));
  } catch (error) {
    for (const listener of bound) listener.close();
    for (const cluster of clusters.values()) cluster.close();
    throw error;
  }
  const form = config.frontEnd;
  const build = (chain: FilterChainConfig): LiveChain => ({
    config: chain,
    filter: buildFilter(chain, clusters, { ...options, form }),
    tls: chain.tls && new TlsTerminator(chain.tls),
  });
  const listeners = config.listeners.map((listener, at) => {
    const { filterChains, defaultFilterChain } = listener;
    const chains = filterChains.map(build);
    const fallback = defaultFilterChain && build(defaultFilterChain);
    const sharesRoutes = form !== "envoy";
    return new LiveListener(listener, bound[at], { ...options, chains, fallback, sharesRoutes });
  });
  const chains = listeners.flatMap(({ config: { name }, chains }) =>
    chains.map((chain) => ({ listener: name, chain }))
  );
  const { network: host, wheel, log } = options;
  const watch = new CertificateWatch(pemUsers(config, chains, clusters), { host, wheel, log });
  return { config, listeners, clusters, watch };
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
