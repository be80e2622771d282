/**
 * Which filter chains, TLS contexts, addresses and PROXY protocol settings are taken, beside what a
 * real Envoy says of them.
 *
 * @module
 */

import { createCa, issueCertificate } from "../../src/tls/mod.ts";
import { NOW } from "./files.ts";
import { type Takers, testVerdicts } from "./verdicts.ts";

/** Where the fields stand. */
type Place =
  | "match"
  | "second match"
  | "listener filters"
  | "listener"
  | "listener address"
  | "downstream"
  | "downstream common"
  | "http"
  | "endpoint"
  | "transport"
  | "upstream common";

const EXTENSION = "type.googleapis.com/envoy.extensions";
const INSPECTOR = `{ name: i, typed_config: { "@type": ` +
  `${EXTENSION}.filters.listener.tls_inspector.v3.TlsInspector } }`;
const PROXY_FILTER = `{ name: p, typed_config: { "@type": ` +
  `${EXTENSION}.filters.listener.proxy_protocol.v3.ProxyProtocol } }`;
const TCP = `{ name: t, typed_config: { "@type": ` +
  `${EXTENSION}.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: a, cluster: a } }`;
const RAW = `{ name: r, typed_config: { "@type": ` +
  `${EXTENSION}.transport_sockets.raw_buffer.v3.RawBuffer } }`;
const proxy = (fields: string) =>
  `{ name: p, typed_config: { "@type": ` +
  `${EXTENSION}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport, ${fields} } }`;
const CERTIFICATE =
  "{ certificate_chain: { filename: app.pem }, private_key: { filename: app-key.pem } }";
const CA = "trusted_ca: { filename: ca.pem }";
const sans = (matcher: string) =>
  `validation_context: { ${CA}, match_typed_subject_alt_names: [${matcher}] }`;

const CASES: readonly (readonly [place: Place, fields: string, takers: Takers])[] = [
  ["match", "{}", "both"],
  ["match", "", "both"],
  ["match", "{ server_names: [App.test, .a.test, '*.b.test'] }", "both"],
  ["match", "{ server_names: ['*foo.test'] }", "neither"],
  ["match", "{ server_names: [a.*] }", "neither"],
  ["match", "{ server_names: ['*'] }", "neither"],
  ["match", "{ server_names: ['*.'] }", "envoy"],
  ["match", "{ server_names: ['*.*.test'] }", "envoy"],
  ["match", "{ server_names: [''] }", "envoy"],
  ["match", "{ server_names: [10.0.0.1] }", "envoy"],
  ["match", "{ server_names: [a.test, A.test] }", "neither"],
  ["match", "{ server_names: 'a.test' }", "both"],
  ["match", "{ transport_protocol: tls }", "both"],
  ["match", "{ transport_protocol: '' }", "both"],
  ["match", "{ transport_protocol: TLS }", "envoy"],
  ["match", "{ application_protocols: [h2, http/1.1] }", "both"],
  ["match", "{ application_protocols: [h2, h2] }", "neither"],
  ["match", "{ application_protocols: [''] }", "envoy"],
  ["match", "{ destination_port: 443 }", "envoy"],
  ["match", "{ source_type: SAME_IP_OR_LOOPBACK }", "envoy"],
  ["match", "{ server_name: a.test }", "neither"],
  ["second match", "{ server_names: [a.test] }", "both"],
  ["second match", "{ server_names: [c.test, B.test] }", "neither"],
  ["second match", "{ server_names: [b.test], transport_protocol: tls }", "both"],
  ["listener", "default_filter_chain: { filters: [TCP] }", "both"],
  [
    "listener",
    "default_filter_chain: { filter_chain_match: { server_names: [a.test] }, filters: [TCP] }",
    "envoy",
  ],
  ["listener filters", "[]", "both"],
  ["listener filters", INSPECTOR, "both"],
  ["listener filters", `[${PROXY_FILTER}, ${INSPECTOR}]`, "both"],
  ["listener filters", `[${INSPECTOR}, ${PROXY_FILTER}]`, "envoy"],
  ["listener filters", `[${INSPECTOR}, ${INSPECTOR}]`, "envoy"],
  ["listener filters", "[{ name: envoy.filters.listener.tls_inspector }]", "neither"],
  ["listener filters", "[{ name: tls_inspector, typed_config: {} }]", "neither"],
  ["listener address", "pipe: { path: /tmp/genkan-verdict.sock }", "both"],
  ["listener address", "pipe: { path: /tmp/genkan-verdict.sock, mode: 0 }", "both"],
  ["listener address", "pipe: { path: /tmp/genkan-verdict.sock, mode: 384 }", "envoy"],
  ["listener address", "pipe: { path: '' }", "neither"],
  ["listener address", "pipe: {}", "neither"],
  ["downstream", "require_client_certificate: true", "envoy"],
  ["downstream", "require_client_certificate: false", "both"],
  ["downstream common", "validation_context: {}", "both"],
  ["downstream common", `validation_context: { ${CA} }`, "both"],
  ["downstream common", sans("{ san_type: DNS, matcher: { exact: a.test } }"), "both"],
  ["downstream common", sans("{ san_type: uri, matcher: { exact: 'spiffe://a/b' } }"), "both"],
  ["downstream common", sans("{ san_type: DNS, matcher: { prefix: a } }"), "envoy"],
  ["downstream common", sans("{ san_type: DNS, matcher: { exact: '' } }"), "envoy"],
  ["downstream common", sans("{ san_type: IP_ADDRESS, matcher: { exact: a } }"), "envoy"],
  ["downstream common", sans("{ matcher: { exact: a } }"), "neither"],
  ["downstream common", sans("{ san_type: DNS }"), "neither"],
  [
    "downstream common",
    `validation_context: { ${CA}, match_subject_alt_names: [{ exact: a.test }] }`,
    "both",
  ],
  [
    "downstream common",
    "validation_context: { match_subject_alt_names: [{ exact: a.test }] }",
    "neither",
  ],
  [
    "downstream common",
    "validation_context: { crl: { inline_string: x } }",
    "neither",
  ],
  ["downstream common", `validation_context: { ${CA}, max_verify_depth: 3 }`, "envoy"],
  ["downstream common", "tls_params: { cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256] }", "both"],
  ["downstream common", "tls_params: { cipher_suites: [AES128-SHA, AES128-SHA] }", "envoy"],
  ["downstream common", "tls_params: { cipher_suites: ['[AES128-SHA|AES256-SHA]'] }", "envoy"],
  ["downstream common", "tls_params: { cipher_suites: [TLS_AES_128_GCM_SHA256] }", "neither"],
  ["downstream common", "tls_params: { cipher_suites: [none] }", "neither"],
  ["http", "forward_client_cert_details: SANITIZE_SET", "both"],
  ["http", "forward_client_cert_details: always_forward_only", "both"],
  ["http", "forward_client_cert_details: FORWARD", "neither"],
  ["http", "set_current_client_cert_details: { subject: true, uri: yes }", "both"],
  ["http", "set_current_client_cert_details: { cert: { value: true } }", "neither"],
  ["http", "set_current_client_cert_details: { issuer: true }", "envoy"],
  ["endpoint", "pipe: { path: /tmp/a.sock }", "both"],
  ["endpoint", "pipe: { path: a.sock }", "envoy"],
  ["endpoint", "pipe: { path: '@a' }", "envoy"],
  ["endpoint", "pipe: { path: '' }", "neither"],
  ["transport", RAW, "both"],
  ["transport", proxy(`transport_socket: ${RAW}`), "both"],
  ["transport", proxy(`config: { version: V2 }, transport_socket: ${RAW}`), "both"],
  ["transport", proxy(`config: { version: V3 }, transport_socket: ${RAW}`), "neither"],
  ["transport", proxy("config: { version: V1 }"), "neither"],
  ["transport", proxy(`transport_socket: ${proxy(`transport_socket: ${RAW}`)}`), "envoy"],
  ["upstream common", `tls_certificates: [${CERTIFICATE}]`, "both"],
  ["upstream common", `tls_certificates: [${CERTIFICATE}, ${CERTIFICATE}]`, "neither"],
  ["upstream common", sans("{ san_type: DNS, matcher: { exact: a.test } }"), "both"],
  [
    "upstream common",
    "validation_context: { match_subject_alt_names: [{ exact: a.test }] }",
    "neither",
  ],
  ["upstream common", "tls_params: { cipher_suites: AES128-SHA }", "both"],
];

function bootstrap(place: Place, fields: string): string {
  const at = (here: Place, otherwise = "") => here === place ? fields : otherwise;
  const transport = place === "transport" || place === "upstream common"
    ? `transport_socket: ${
      at(
        "transport",
        `{ name: t, typed_config: { "@type": ` +
          `${EXTENSION}.transport_sockets.tls.v3.UpstreamTlsContext, common_tls_context: { ${
            at("upstream common")
          } } } }`,
      )
    }`
    : "";
  return `static_resources:
  listeners:
    - address: { ${
    at("listener address", "socket_address: { address: 127.0.0.1, port_value: 0 }")
  } }
      listener_filters: ${at("listener filters", `[${INSPECTOR}]`)}
      ${at("listener").replace("TCP", TCP)}
      filter_chains:
        - filter_chain_match: ${at("match")}
          filters: [${TCP}]
        - filter_chain_match: { server_names: [b.test] }
          filters:
            - name: http
              typed_config:
                "@type": ${EXTENSION}.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: a
                ${at("http")}
                route_config: {}
                http_filters:
                  - name: router
                    typed_config: { "@type": ${EXTENSION}.filters.http.router.v3.Router }
          transport_socket:
            name: tls
            typed_config:
              "@type": ${EXTENSION}.transport_sockets.tls.v3.DownstreamTlsContext
              ${at("downstream")}
              common_tls_context:
                tls_certificates: [${CERTIFICATE}]
                ${at("downstream common")}
        - filter_chain_match: ${at("second match", "{ server_names: [d.test] }")}
          filters: [${TCP}]
  clusters:
    - name: a
      load_assignment:
        cluster_name: a
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    { ${at("endpoint", "socket_address: { address: 127.0.0.1, port_value: 1 }")} }
      ${transport}
`;
}

const ca = await createCa({ name: "Test CA", now: NOW });
const leaf = await issueCertificate(ca, { names: ["b.test"], now: NOW, days: 30, usage: "both" });

testVerdicts(
  "Envoy's filter chains, TLS and PROXY protocol",
  CASES.map(([place, fields, takers]) => ({
    fields: `${place}: ${fields}`,
    takers,
    text: bootstrap(place, fields),
  })),
  new Map([["ca.pem", ca.certPem], ["app.pem", leaf.certPem], ["app-key.pem", leaf.keyPem]]),
);
