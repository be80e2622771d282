/**
 * Envoy bootstrap configurations, as short as tests need them. They are written as JSON, which is
 * YAML as well.
 *
 * @module
 */

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [name: string]: Json;
};
/** An object's fields. */
export type Fields = Readonly<Record<string, Json>>;

const TYPES = "type.googleapis.com/envoy.extensions";
const TLS = `${TYPES}.transport_sockets.tls.v3`;

/** A whole file. */
export function bootstrap(listeners: readonly Json[], clusters: readonly Json[]): string {
  return JSON.stringify({ static_resources: { listeners, clusters } }, null, 2);
}

/** The file with an admin on a free port. */
export function withAdmin(file: string): string {
  return JSON.stringify({ ...JSON.parse(file), admin: { address: socketAddress(0) } });
}

/** A listener on a free port with one filter; `tls` are fields of its `common_tls_context`. */
export function listener(name: string, filter: Json, tls: Fields | null = null): Json {
  return listenerOf(name, [
    chain(filter, tls === null ? {} : { tls: { common_tls_context: tls } }),
  ]);
}

/** A listener on a free port with these filter chains; `more` are other fields of it. */
export function listenerOf(name: string, chains: readonly Json[], more: Fields = {}): Json {
  return { name, address: socketAddress(0), filter_chains: chains, ...more };
}

/** A filter chain with one filter; `match` is its match, `tls` are fields of its `DownstreamTlsContext`. */
export function chain(filter: Json, options: { match?: Fields; tls?: Fields } = {}): Json {
  const { match, tls } = options;
  return {
    ...(match === undefined ? {} : { filter_chain_match: match }),
    filters: [filter],
    ...(tls === undefined ? {} : {
      transport_socket: {
        name: "envoy.transport_sockets.tls",
        typed_config: { "@type": `${TLS}.DownstreamTlsContext`, ...tls },
      },
    }),
  };
}

/** The field of a listener that has it look at what its clients say first. */
export const INSPECTED: Fields = {
  listener_filters: [{
    name: "envoy.filters.listener.tls_inspector",
    typed_config: { "@type": `${TYPES}.filters.listener.tls_inspector.v3.TlsInspector` },
  }],
};

/** The field of `common_tls_context` with the test's certificate, by file name. */
export const OWN_CERTIFICATE: Fields = {
  tls_certificates: [{
    certificate_chain: { filename: "localhost.pem" },
    private_key: { filename: "localhost-key.pem" },
  }],
};

/** An HTTP filter with these virtual hosts; `more` are other fields of it. */
export function http(virtualHosts: readonly Json[], more: Fields = {}): Json {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "ingress",
      route_config: { name: "routes", virtual_hosts: virtualHosts },
      http_filters: [{
        name: "envoy.filters.http.router",
        typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router` },
      }],
      ...more,
    },
  };
}

/** An HTTP filter that leads everything to one cluster. */
export function httpTo(cluster: string, more: Fields = {}): Json {
  const routes = [{ match: { prefix: "/" }, route: { cluster } }];
  return http([{ name: "all", domains: ["*"], routes }], more);
}

/** The field of an HTTP filter that turns the access log on. */
export const STDOUT_LOG: Fields = {
  access_log: [{
    name: "envoy.access_loggers.stdout",
    typed_config: { "@type": `${TYPES}.access_loggers.stream.v3.StdoutAccessLog` },
  }],
};

/** A TCP filter. */
export function tcpTo(cluster: string): Json {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: "raw",
      cluster,
    },
  };
}

/** A cluster of one endpoint on this machine; `tls` are fields of its `UpstreamTlsContext`. */
export function cluster(name: string, port: number, tls: Fields | null = null): Json {
  return {
    name,
    type: "STATIC",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(port) } }] }],
    },
    ...(tls === null ? {} : {
      transport_socket: {
        name: "envoy.transport_sockets.tls",
        typed_config: { "@type": `${TLS}.UpstreamTlsContext`, ...tls },
      },
    }),
  };
}

function socketAddress(port: number): Json {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
