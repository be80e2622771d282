/**
 * The configuration model in the JSON form of Envoy's v3 messages, with every default written out.
 *
 * No key leaves here: a private key is `[redacted]` whether it came from a file or inline, and of a
 * certificate's PEM only the CERTIFICATE blocks are shown, since one file may hold both.
 *
 * What the native front end has and Envoy hasn't is shown as what comes closest: forwarding headers
 * that are replaced as `use_remote_address`, a timeout up to the response's head as a route's
 * `timeout`, bytes of a head as the KiB that they begin. For the limits on targets and bodies, for
 * hops and for what errors tell Envoy has no words, and they aren't shown.
 *
 * @module
 */

import type {
  CircuitBreakersConfig,
  ClusterConfig,
  DownstreamTlsConfig,
  FilterChainConfig,
  HttpFilterConfig,
  ListenerConfig,
  PemSource,
  RouteConfig,
  TcpFilterConfig,
  UpstreamTlsConfig,
} from "../config/model.ts";
import { isIpAddress, type SocketAddress, type TlsVersion } from "../runtime/mod.ts";

type Json = Record<string, unknown>;

/** Envoy's `config.core.v3.Address`. */
export function addressJson({ host, port }: SocketAddress): Json {
  return { socket_address: { address: host, port_value: port } };
}

/** Envoy's `config.listener.v3.Listener`. */
export function listenerJson(listener: ListenerConfig): Json {
  const { name, address, filterChains } = listener;
  return {
    name,
    address: addressJson(address),
    filter_chains: filterChains.map((chain) => filterChainJson(listener, chain)),
  };
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
    ...(cluster.tls !== null && { transport_socket: upstreamTlsJson(cluster.tls) }),
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

function filterChainJson(listener: ListenerConfig, { filter, tls }: FilterChainConfig): Json {
  const { name, maxConnections } = listener;
  return {
    filters: [
      ...(maxConnections > 0 ? [connectionLimitJson(filter.statPrefix, maxConnections)] : []),
      filter.kind === "http" ? httpJson(name, filter) : tcpJson(filter),
    ],
    ...(tls !== null && { transport_socket: downstreamTlsJson(tls) }),
  };
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
      route_config: routeConfigurationJson(listener, filter),
      http_filters: [
        extension("envoy.filters.http.router", "filters.http.router.v3.Router", {}),
      ],
      ...accessLogJson(filter.accessLog),
    },
  );
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

function downstreamTlsJson(tls: DownstreamTlsConfig): Json {
  return extension(
    "envoy.transport_sockets.tls",
    "transport_sockets.tls.v3.DownstreamTlsContext",
    {
      common_tls_context: {
        ...tlsParamsJson(tls),
        tls_certificates: tls.certificates.map(({ chain, key }) => ({
          certificate_chain: certificatesJson(chain),
          private_key: key.path === null
            ? { inline_string: "[redacted]" }
            : { filename: "[redacted]" },
        })),
        ...alpnJson(tls.alpn),
      },
    },
  );
}

function upstreamTlsJson(tls: UpstreamTlsConfig): Json {
  return extension("envoy.transport_sockets.tls", "transport_sockets.tls.v3.UpstreamTlsContext", {
    common_tls_context: {
      ...tlsParamsJson(tls),
      ...(tls.verify !== "none" && { validation_context: validationJson(tls) }),
      ...alpnJson(tls.alpn),
    },
    ...(tls.serverName !== null && { sni: tls.serverName }),
  });
}

/**
 * The name check is against the server name; without one, against the address that is dialled,
 * which Envoy has no words for. The system's roots it has a word for, but doesn't implement it.
 */
function validationJson({ verify, ca, serverName, verifyName }: UpstreamTlsConfig): Json {
  const trusted = ca === null ? { system_root_certs: {} } : { trusted_ca: certificatesJson(ca) };
  const name = verifyName ?? serverName;
  if (verify !== "full" || name === null) return trusted;
  const san_type = isIpAddress(name) ? "IP_ADDRESS" : "DNS";
  return {
    ...trusted,
    match_typed_subject_alt_names: [{ san_type, matcher: { exact: name } }],
  };
}

function tlsParamsJson(
  { minVersion, maxVersion }: { minVersion: TlsVersion | null; maxVersion: TlsVersion | null },
): Json {
  if (minVersion === null && maxVersion === null) return {};
  return {
    tls_params: {
      ...(minVersion !== null && { tls_minimum_protocol_version: versionJson(minVersion) }),
      ...(maxVersion !== null && { tls_maximum_protocol_version: versionJson(maxVersion) }),
    },
  };
}

/** `TLSv1_3`. */
function versionJson(version: TlsVersion): string {
  return version.replace(".", "_");
}

function alpnJson(protocols: string[]): Json {
  return protocols.length > 0 ? { alpn_protocols: protocols } : {};
}

/** Envoy's `config.core.v3.DataSource`, with nothing in it but certificates. */
function certificatesJson({ path, pem }: PemSource): Json {
  if (path !== null) return { filename: path };
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return { inline_string: blocks.map((block) => `${block}\n`).join("") };
}

function extension(name: string, type: string, fields: Json): Json {
  return {
    name,
    typed_config: { "@type": `type.googleapis.com/envoy.extensions.${type}`, ...fields },
  };
}

/** Protobuf's JSON form of a duration: `15s`, `0.250s`. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}
