/**
 * The configuration model in the JSON form of Envoy's v3 messages, with every default written out.
 *
 * What the native front end has and Envoy hasn't is shown as what comes closest: forwarding headers
 * that are replaced as `use_remote_address`, a timeout up to the response's head as a route's
 * `timeout`, bytes of a head as the KiB that they begin. For the limits on targets and bodies, for
 * hops and for what errors tell, for a route's `client_sans` and for who may send a PROXY protocol
 * header Envoy has no words, and they aren't shown.
 *
 * @module
 */

import type {
  CircuitBreakersConfig,
  ClientCertHeaderConfig,
  ClusterConfig,
  FilterChainConfig,
  HttpFilterConfig,
  ListenerConfig,
  RouteConfig,
  TcpFilterConfig,
} from "../config/model.ts";
import { isUnixPath, type SocketAddress } from "../runtime/mod.ts";
import { downstreamTlsJson, upstreamTransportJson } from "./envoy_tls_json.ts";
import { extension, type Json } from "./envoy_extension.ts";

/** Envoy's `config.core.v3.Address`. */
export function addressJson({ host, port }: SocketAddress): Json {
  if (isUnixPath(host)) return { pipe: { path: host } };
  return { socket_address: { address: host, port_value: port } };
}

/** Envoy's `config.listener.v3.Listener`. */
export function listenerJson(listener: ListenerConfig): Json {
  const { name, address, filterChains, defaultFilterChain } = listener;
  const filters = listenerFiltersJson(listener);
  return {
    name,
    address: addressJson(address),
    ...(filters.length > 0 && { listener_filters: filters }),
    filter_chains: filterChains.map((chain) => filterChainJson(listener, chain)),
    ...(defaultFilterChain !== null && {
      default_filter_chain: filterChainJson(listener, defaultFilterChain),
    }),
  };
}

function listenerFiltersJson({ inspectTls, proxyProtocol }: ListenerConfig): Json[] {
  return [
    ...(proxyProtocol === null ? [] : [
      extension(
        "envoy.filters.listener.proxy_protocol",
        "filters.listener.proxy_protocol.v3.ProxyProtocol",
        {},
      ),
    ]),
    ...(inspectTls
      ? [
        extension(
          "envoy.filters.listener.tls_inspector",
          "filters.listener.tls_inspector.v3.TlsInspector",
          {},
        ),
      ]
      : []),
  ];
}

/** Envoy's `config.cluster.v3.Cluster`. */
export function clusterJson(cluster: ClusterConfig): Json {
  return {
    name: cluster.name,
    type: cluster.discovery.toUpperCase(),
    connect_timeout: duration(cluster.connectTimeoutMs),
    lb_policy: cluster.loadBalancing.toUpperCase(),
    circuit_breakers: { thresholds: [thresholdsJson(cluster.circuitBreakers)] },
    ...(cluster.dnsLookupFamily && { dns_lookup_family: cluster.dnsLookupFamily.toUpperCase() }),
    load_assignment: {
      cluster_name: cluster.name,
      endpoints: [{
        lb_endpoints: cluster.endpoints.map(({ address, weight }) => ({
          endpoint: { address: addressJson(address) },
          load_balancing_weight: weight,
        })),
      }],
    },
    ...upstreamTransportJson(cluster),
  };
}

function thresholdsJson(breakers: CircuitBreakersConfig): Json {
  return {
    priority: "DEFAULT",
    max_connections: breakers.maxConnections,
    max_pending_requests: breakers.maxPendingRequests,
    max_requests: breakers.maxRequests,
    max_retries: breakers.maxRetries,
  };
}

/** Envoy's `config.route.v3.RouteConfiguration`. */
export function routeConfigurationJson(name: string, filter: HttpFilterConfig): Json {
  return {
    name,
    ...(filter.ignorePortInHost && { ignore_port_in_host_matching: true }),
    virtual_hosts: filter.virtualHosts.map(({ name, domains, routes }) => ({
      name,
      domains,
      routes: routes.map(routeJson),
    })),
  };
}

function routeJson({ match, cluster, timeoutMs, prefixRewrite, upgrades }: RouteConfig): Json {
  return {
    match: {
      [match.path.kind]: match.path.value,
      ...(match.headers.length > 0 && {
        headers: match.headers.map(({ name, exact }) => ({ name, string_match: { exact } })),
      }),
    },
    route: {
      cluster,
      timeout: duration(timeoutMs),
      ...(prefixRewrite !== null && { prefix_rewrite: prefixRewrite }),
      ...(upgrades.length > 0 && {
        upgrade_configs: upgrades.map((type) => ({ upgrade_type: type, enabled: true })),
      }),
    },
  };
}

function filterChainJson(listener: ListenerConfig, chain: FilterChainConfig): Json {
  const { name, maxConnections } = listener;
  const { filter, tls } = chain;
  return {
    ...(chain.name !== "" && { name: chain.name }),
    ...matchJson(chain.match),
    filters: [
      ...(maxConnections > 0 ? [connectionLimitJson(filter.statPrefix, maxConnections)] : []),
      filter.kind === "http" ? httpJson(name, filter) : tcpJson(filter),
    ],
    ...(tls !== null && { transport_socket: downstreamTlsJson(tls) }),
  };
}

function matchJson(match: FilterChainConfig["match"]): Json {
  const { serverNames, transportProtocol, applicationProtocols } = match;
  const criteria = {
    ...(serverNames.length > 0 && { server_names: serverNames }),
    ...(transportProtocol !== null && { transport_protocol: transportProtocol }),
    ...(applicationProtocols.length > 0 && { application_protocols: applicationProtocols }),
  };
  return Object.keys(criteria).length === 0 ? {} : { filter_chain_match: criteria };
}

function connectionLimitJson(statPrefix: string, maxConnections: number): Json {
  return extension(
    "envoy.filters.network.connection_limit",
    "filters.network.connection_limit.v3.ConnectionLimit",
    { stat_prefix: statPrefix, max_connections: maxConnections },
  );
}

function httpJson(listener: string, filter: HttpFilterConfig): Json {
  const { limits, timeouts } = filter;
  return extension(
    "envoy.filters.network.http_connection_manager",
    "filters.network.http_connection_manager.v3.HttpConnectionManager",
    {
      stat_prefix: filter.statPrefix,
      codec_type: "HTTP1",
      use_remote_address: filter.forwarding.mode !== "keep",
      max_request_headers_kb: Math.ceil(limits.headBytes / 1024),
      request_headers_timeout: duration(timeouts.headMs),
      request_timeout: duration(timeouts.requestMs),
      stream_idle_timeout: duration(timeouts.streamIdleMs),
      common_http_protocol_options: {
        idle_timeout: duration(timeouts.idleMs),
        max_headers_count: limits.headFields,
        max_requests_per_connection: limits.requestsPerConnection,
      },
      http_protocol_options: {
        accept_http_10: filter.acceptHttp10,
        ...(filter.defaultHostForHttp10 !== null &&
          { default_host_for_http_10: filter.defaultHostForHttp10 }),
      },
      ...clientCertHeaderJson(filter.clientCertHeader),
      route_config: routeConfigurationJson(listener, filter),
      http_filters: [
        extension("envoy.filters.http.router", "filters.http.router.v3.Router", {}),
      ],
      ...accessLogJson(filter.accessLog),
    },
  );
}

/** Nothing for Envoy's default, which is to drop the header. */
function clientCertHeaderJson({ mode, details }: ClientCertHeaderConfig): Json {
  if (mode === "sanitize") return {};
  const told = Object.entries(details).filter(([, isTold]) => isTold);
  return {
    forward_client_cert_details: mode.toUpperCase(),
    ...(told.length > 0 && { set_current_client_cert_details: Object.fromEntries(told) }),
  };
}

function tcpJson(filter: TcpFilterConfig): Json {
  return extension("envoy.filters.network.tcp_proxy", "filters.network.tcp_proxy.v3.TcpProxy", {
    stat_prefix: filter.statPrefix,
    cluster: filter.cluster,
    idle_timeout: duration(filter.idleTimeoutMs),
    ...accessLogJson(filter.accessLog),
  });
}

function accessLogJson(on: boolean): Json {
  const stdout = extension(
    "envoy.access_loggers.stdout",
    "access_loggers.stream.v3.StdoutAccessLog",
    {},
  );
  return on ? { access_log: [stdout] } : {};
}

/** Protobuf's JSON form of a duration: `15s`, `0.250s`. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}
