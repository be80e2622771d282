/**
 * The model → native YAML, for `genkan adapt`. Only what differs from a default is written.
 *
 * @module
 */

import { stringify } from "yaml";
import { showAddress } from "../runtime/mod.ts";
import { isName } from "./address.ts";
import { DNS_REFRESH_MS } from "./checks.ts";
import { chainsOf, takesAll } from "./filter_chain_match.ts";
import type {
  CertificateConfig,
  CircuitBreakersConfig,
  ClusterConfig,
  Config,
  FilterChainConfig,
  FilterChainMatchConfig,
  HttpFilterConfig,
  ListenerConfig,
  TcpFilterConfig,
} from "./model.ts";
import { DEFAULT_CONNECT_TIMEOUT_MS } from "./native/cluster.ts";
import { CIRCUIT_BREAKERS, HTTP_TIMEOUTS } from "./native/defaults.ts";
import { PROTOCOLS } from "./native/filter_chains.ts";
import { printHttp } from "./print_http.ts";
import { printDownstreamTls, printUpstreamTls } from "./print_tls.ts";
import { durationUnless, type Mapping, onOff, unless } from "./print_values.ts";
import { findShortChains, type ShortChains } from "./short_chains.ts";

/**
 * Prints a configuration in the native form. Loading it from the current folder gives the same
 * model, except for what has no effect and is left out: the name of a filter chain that takes all,
 * that of the one virtual host for `*`, and with it whether the port in Host counts. A private key
 * that was given inline is printed.
 */
export function printNative(config: Config): string {
  const isQuiet = config.listeners.flatMap(chainsOf).every(({ filter }) => !filter.accessLog);
  const body: Mapping = {
    admin: config.admin === null ? undefined : showAddress(config.admin),
    access_log: isQuiet ? "off" : undefined,
    // Maps, because an object would move names such as "8443" to the front.
    listeners: new Map(
      config.listeners.map((listener) => [listener.name, printListener(listener, isQuiet)]),
    ),
    clusters: new Map(
      config.clusters.map((cluster) => [cluster.name, printCluster(cluster)]),
    ),
  };
  const yaml = stringify(body, { lineWidth: 0, aliasDuplicateObjects: false });
  return `${comment(config)}${yaml}`;
}

function comment(config: Config): string {
  const lines = [`Adapted from ${config.file.replace(/[\r\n]/g, " ")}.`];
  if (certificatesOf(config).some(({ key }) => key.path === null)) {
    lines.push("Holds a private key: let nobody else read it (chmod 600).");
  }
  if (pathsOf(config).some((path) => !path.startsWith("/"))) {
    lines.push("Paths are relative to the folder of this file: keep it where genkan was started.");
  }
  return lines.map((line) => `# ${line}\n`).join("");
}

/** Those that genkan shows: on listeners, and towards clusters. */
function certificatesOf({ listeners, clusters }: Config): CertificateConfig[] {
  return [
    ...listeners.flatMap(chainsOf).flatMap(({ tls }) => tls?.certificates ?? []),
    ...clusters.flatMap(({ tls }) => tls?.certificate ?? []),
  ];
}

function pathsOf(config: Config): string[] {
  const pems = [
    ...certificatesOf(config).flatMap(({ chain, key }) => [chain, key]),
    ...config.listeners.flatMap(chainsOf).flatMap(({ tls }) => tls?.clientCertificate ?? [])
      .flatMap(({ ca, crl }) => [ca, crl]),
    ...config.clusters.map(({ tls }) => tls?.ca ?? null),
  ];
  return pems.flatMap((pem) => pem === null || pem.path === null ? [] : [pem.path]);
}

function printListener(listener: ListenerConfig, isQuiet: boolean): Mapping {
  const { name, filterChains, proxyProtocol } = listener;
  const needsInspection = filterChains.some(({ match }) => !takesAll(match));
  const short = findShortChains(listener);
  return {
    address: showAddress(listener.address),
    max_connections: unless(0, listener.maxConnections),
    proxy_protocol: proxyProtocol ?? undefined,
    inspect_tls: needsInspection === listener.inspectTls ? undefined : onOff(listener.inspectTls),
    ...(short === null
      ? printLongChains(listener, isQuiet)
      : printShortChains(short, name, isQuiet)),
  };
}

function printShortChains(
  { served, passed }: ShortChains,
  name: string,
  isQuiet: boolean,
): Mapping {
  const { filter } = [...served, ...passed][0];
  const entries = served.flatMap(({ match, tls }) =>
    tls === null ? [] : { host: printHosts(match), ...printDownstreamTls(tls, filter.kind) }
  );
  const isOne = entries.length === 1 && passed.length === 0;
  return {
    tls: isOne ? entries[0] : entries.length === 0 ? undefined : entries,
    ...printFilter(filter, name, isQuiet),
    ...(passed.length > 0 && {
      tcp: passed.map(({ match, filter }) => ({
        host: printHosts(match),
        cluster: filter.kind === "tcp" ? filter.cluster : undefined,
      })),
    }),
  };
}

function printLongChains(
  { name, filterChains, defaultFilterChain }: ListenerConfig,
  isQuiet: boolean,
): Mapping {
  const print = (chain: FilterChainConfig) => ({
    name: unless("", chain.name),
    ...printMatch(chain.match),
    tls: chain.tls === null ? undefined : printDownstreamTls(chain.tls, chain.filter.kind),
    ...printFilter(chain.filter, name, isQuiet),
  });
  return {
    chains: filterChains.length === 0 ? undefined : filterChains.map(print),
    default_chain: defaultFilterChain === null ? undefined : print(defaultFilterChain),
  };
}

function printMatch(match: FilterChainMatchConfig): Mapping {
  const { transportProtocol, applicationProtocols } = match;
  const protocol = Object.keys(PROTOCOLS).find((word) => PROTOCOLS[word] === transportProtocol);
  return {
    host: printHosts(match),
    protocol,
    client_alpn: applicationProtocols.length === 0 ? undefined : applicationProtocols,
  };
}

/** What becomes of a connection; `name` is the listener's. */
function printFilter(
  filter: FilterChainConfig["filter"],
  name: string,
  isQuiet: boolean,
): Mapping {
  return {
    stat_prefix: unless(name, filter.statPrefix),
    access_log: filter.accessLog || isQuiet ? undefined : "off",
    idle_timeout: durationUnless(HTTP_TIMEOUTS.idleMs, idleTimeoutOf(filter)),
    ...(filter.kind === "tcp" ? { tcp: filter.cluster } : printHttp(filter)),
  };
}

function printHosts({ serverNames }: FilterChainMatchConfig): string | string[] | undefined {
  return serverNames.length > 1 ? serverNames : serverNames[0];
}

function idleTimeoutOf(filter: HttpFilterConfig | TcpFilterConfig): number {
  return filter.kind === "http" ? filter.timeouts.idleMs : filter.idleTimeoutMs;
}

function printCluster(cluster: ClusterConfig): Mapping {
  const hosts = cluster.endpoints.map(({ address }) => address.host);
  const inferred = !hosts.some(isName) ? "static" : "strict_dns";
  return {
    endpoints: cluster.endpoints.map(({ address, weight }) =>
      weight === 1 ? showAddress(address) : { address: showAddress(address), weight }
    ),
    discovery: unless(inferred, cluster.discovery),
    dns_lookup_family: unless("v4_preferred", cluster.dnsLookupFamily ?? "v4_preferred"),
    dns_refresh_rate: durationUnless(DNS_REFRESH_MS, cluster.dnsRefreshMs ?? DNS_REFRESH_MS),
    connect_timeout: durationUnless(DEFAULT_CONNECT_TIMEOUT_MS, cluster.connectTimeoutMs),
    ...printCircuitBreakers(cluster.circuitBreakers),
    proxy_protocol: cluster.proxyProtocol ?? undefined,
    tls: cluster.tls === null ? undefined : printUpstreamTls(cluster.tls, hosts),
  };
}

function printCircuitBreakers(breakers: CircuitBreakersConfig): Mapping {
  return {
    max_connections: unless(CIRCUIT_BREAKERS.maxConnections, breakers.maxConnections),
    max_pending_requests: unless(CIRCUIT_BREAKERS.maxPendingRequests, breakers.maxPendingRequests),
    max_requests: unless(CIRCUIT_BREAKERS.maxRequests, breakers.maxRequests),
    max_retries: unless(CIRCUIT_BREAKERS.maxRetries, breakers.maxRetries),
  };
}
