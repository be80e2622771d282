/**
 * The one configuration model that both front ends produce and everything else reads. Types only:
 * every default is filled in by the front end, so nobody who reads the model knows about defaults.
 * Words are Envoy's where Envoy has one.
 *
 * @module
 */

import type { SocketAddress, TlsVersion } from "../runtime/mod.ts";

/** A whole configuration. */
export interface Config {
  /** Which front end it was read by; `command` for what `genkan FROM TO` stands for. */
  frontEnd: "native" | "envoy" | "command";
  /** The file it was read from, as the user named it. */
  file: string;
  /** Where the admin listens; null for none. (Envoy: `admin.address`) */
  admin: SocketAddress | null;
  /** In the order of the file; names are unique. */
  listeners: ListenerConfig[];
  /** In the order of the file; names are unique. */
  clusters: ClusterConfig[];
}

/** One listening address. (Envoy: `Listener`) */
export interface ListenerConfig {
  /** Unique; for an unnamed Envoy listener its address, `0.0.0.0:10000`. */
  name: string;
  /** Where it listens. */
  address: SocketAddress;
  /** Connections at a time; one more is closed at once. 0 for no limit. */
  maxConnections: number;
  /**
   * What a client says first is looked at, so that chains can be chosen by its server name and its
   * protocols; without it they match by neither. (Envoy: `tls_inspector`)
   */
  inspectTls: boolean;
  /** Who may say in a PROXY protocol header where a connection came from; null doesn't look for one. */
  proxyProtocol: ProxyProtocolConfig | null;
  /** At least one, unless there is a default one; no two match alike. */
  filterChains: FilterChainConfig[];
  /** Takes what no other chain matches; null closes it. (Envoy: `default_filter_chain`) */
  defaultFilterChain: FilterChainConfig | null;
}

/** (Envoy: the listener filter `proxy_protocol`) */
export interface ProxyProtocolConfig {
  /**
   * Networks such as `10.0.0.0/8`, from which a header must come; connections from elsewhere must have
   * none. Everybody for Envoy's form, which has no such list.
   */
  trusted: string[];
}

/**
 * Which connections a filter chain takes. What is empty or null takes all.
 * (Envoy: `FilterChainMatch`)
 */
export interface FilterChainMatchConfig {
  /** `app.test` or `*.app.test`, lower case. */
  serverNames: string[];
  /** What the client speaks; null for either. */
  transportProtocol: "tls" | "raw_buffer" | null;
  /** Of those that the client offers (RFC 7301). */
  applicationProtocols: string[];
}

/** What happens to a connection that matched. (Envoy: `FilterChain`) */
export interface FilterChainConfig {
  /** For the log; may be empty. */
  name: string;
  /** Which connections it takes. */
  match: FilterChainMatchConfig;
  /** Terminates TLS; null for plain. (Envoy: `transport_socket` with `DownstreamTlsContext`) */
  tls: DownstreamTlsConfig | null;
  /** The terminal filter. */
  filter: HttpFilterConfig | TcpFilterConfig;
}

/** PEM text and where it came from. */
export interface PemSource {
  /** The path it was read from, or null when it was given inline. */
  path: string | null;
  /** The PEM text itself. Never printed when it holds a key. */
  pem: string;
}

/** One certificate with its key. */
export interface CertificateConfig {
  /** The leaf and its intermediates. */
  chain: PemSource;
  /** The leaf's key. */
  key: PemSource;
}

/** TLS on a listener. (Envoy: `DownstreamTlsContext`) */
export interface DownstreamTlsConfig {
  /** At least one; the one for the name that a client asks for is shown, else the first. */
  certificates: CertificateConfig[];
  /** Asked of clients; null doesn't ask. */
  clientCertificate: ClientCertificateConfig | null;
  /** Cipher suites of TLS 1.2, OpenSSL's names; empty for the runtime's. (Envoy: `cipher_suites`) */
  ciphers: string[];
  /** Offered protocols; empty offers none. (Envoy: `alpn_protocols`) */
  alpn: string[];
  /** Null for the runtime's, which is TLS 1.2. */
  minVersion: TlsVersion | null;
  /** Null for the runtime's, which is TLS 1.3. */
  maxVersion: TlsVersion | null;
}

/** Which client certificates are taken. (Envoy: `CertificateValidationContext`) */
export interface ClientCertificateConfig {
  /** False lets a client come without; what it shows is verified all the same. */
  required: boolean;
  /** Whose certificates are trusted. */
  ca: PemSource;
  /** Certificates that are no longer trusted; null for none. (Envoy: `crl`) */
  crl: PemSource | null;
  /** One of these must be among the certificate's names; empty for any. */
  sans: SanMatcherConfig[];
}

/** A subject alternative name (RFC 5280 §4.2.1.6), compared as a whole. */
export interface SanMatcherConfig {
  /** What kind of name. A `dns` name in the certificate may begin with `*.`, for one label. */
  kind: "dns" | "uri" | "email" | "ip";
  /** The name: lower case for `dns`. */
  value: string;
}

/** HTTP/1.1 in, HTTP/1.1 out. (Envoy: `HttpConnectionManager`) */
export interface HttpFilterConfig {
  /** Tells it from a TCP filter. */
  kind: "http";
  /** The name in `http.<prefix>.` stats. */
  statPrefix: string;
  /** What becomes of forwarding headers. */
  forwarding: ForwardingConfig;
  /** What becomes of `x-forwarded-client-cert`. */
  clientCertHeader: ClientCertHeaderConfig;
  /**
   * Hosts are compared without their port: in the native form unless `ignore_host_port` is off,
   * since a browser names any port but the default one; in Envoy's with
   * `ignore_port_in_host_matching`.
   */
  ignorePortInHost: boolean;
  /** Domains are unique over all of them, lower case. */
  virtualHosts: VirtualHostConfig[];
  /** One access log line a request on stdout. */
  accessLog: boolean;
  /** HTTP/1.0 is served, not answered 426. (Envoy: `accept_http_10`) */
  acceptHttp10: boolean;
  /** The Host of a request in HTTP/1.0 that names none; null to answer it 400. */
  defaultHostForHttp10: string | null;
  /** How much a client may send. */
  limits: HttpLimitsConfig;
  /** How long things may take. */
  timeouts: HttpTimeoutsConfig;
  /**
   * Whom a 502, 503 or 504 of genkan's own tells the cause, the endpoint and the likely fix:
   * `short`: nobody (Envoy). `loopback`: clients on this machine (native). `detailed`: everybody.
   */
  errors: "short" | "loopback" | "detailed";
  /**
   * A request that went through genkan so many times is answered 508; 0 neither counts nor looks
   * (Envoy).
   */
  maxHops: number;
}

/** How much a client may send. */
export interface HttpLimitsConfig {
  /** Bytes of a head, its start line included; then 431. (Envoy: `max_request_headers_kb`) */
  headBytes: number;
  /** Fields of a head or of a trailer section; then 431. (Envoy: `max_headers_count`) */
  headFields: number;
  /** Bytes of a request's target; then 414. 0 leaves it to `headBytes` (Envoy). */
  targetBytes: number;
  /**
   * Requests of a connection, behind which it is closed; 0 for no limit.
   * (Envoy: `max_requests_per_connection`)
   */
  requestsPerConnection: number;
  /**
   * Bytes a second that a request's body must come with after its first 20 s, time in which the
   * upstream holds it back not counted; then 408. 0 for no limit (Envoy).
   */
  minBodyRate: number;
}

/** Milliseconds; 0 for no limit. */
export interface HttpTimeoutsConfig {
  /** For a request's head to arrive; then 408. (Envoy: `request_headers_timeout`) */
  headMs: number;
  /** For the whole of a request to arrive; then 408. (Envoy: `request_timeout`) */
  requestMs: number;
  /** Between requests. (Envoy: `common_http_protocol_options.idle_timeout`) */
  idleMs: number;
  /**
   * Without a byte of the request or the response, or either way once upgraded; then 408 or 504.
   * (Envoy: `stream_idle_timeout`)
   */
  streamIdleMs: number;
}

/** What an upstream is told of the client's certificate. */
export interface ClientCertHeaderConfig {
  /**
   * `sanitize`: nothing, and what the client sent is dropped. `forward_only`: what a client with a
   * certificate sent. `append_forward`: that, and its certificate. `sanitize_set`: its certificate
   * alone. `always_forward_only`: whatever was sent. (Envoy: `forward_client_cert_details`)
   */
  mode: "sanitize" | "forward_only" | "append_forward" | "sanitize_set" | "always_forward_only";
  /** What is told beside its hash and our own URI. (Envoy: `set_current_client_cert_details`) */
  details: { subject: boolean; cert: boolean; chain: boolean; dns: boolean; uri: boolean };
}

/** What a client may say of where a request came from. */
export interface ForwardingConfig {
  /**
   * `replace`: client-sent x-forwarded-* are dropped and written anew (native).
   * `append`: the peer is appended to x-forwarded-for, x-forwarded-proto is overwritten, and
   * x-envoy-external-address is set (Envoy: `use_remote_address: true`).
   * `keep`: x-forwarded-for is untouched, x-forwarded-proto set only when missing (Envoy's default).
   */
  mode: "replace" | "append" | "keep";
}

/** The routes for some hosts. (Envoy: `VirtualHost`) */
export interface VirtualHostConfig {
  /** For people; need not be unique. */
  name: string;
  /**
   * `*`, `host`, `*.suffix` or `prefix.*`, lower case. The star may stand beside any character
   * (`*-x.test`). A port counts (`app.test:8443`) unless `ignorePortInHost`.
   */
  domains: string[];
  /** First match wins. */
  routes: RouteConfig[];
}

/** Where a matching request goes. (Envoy: `Route` with a `RouteAction`) */
export interface RouteConfig {
  /** What the request must look like. */
  match: RouteMatchConfig;
  /** The cluster's name; it exists. */
  cluster: string;
  /** Milliseconds from the end of the request to what `timeoutCovers` names; 0 for no limit. */
  timeoutMs: number;
  /**
   * `head`: until the response begins, so that downloads and event streams may take their time
   * (native). `response`: until it has ended (Envoy).
   */
  timeoutCovers: "head" | "response";
  /** Replaces the matched prefix (or the whole path of a `path` match); null keeps the path. */
  prefixRewrite: string | null;
  /**
   * One of these must be among the names of the client's certificate, or the answer is 403; null asks
   * for none.
   */
  clientSans: SanMatcherConfig[] | null;
  /** Bytes of a request's body; then 413. 0 for no limit. */
  maxBodyBytes: number;
  /**
   * Protocols that a request may be upgraded to, lower case; any other is answered 403.
   * (Envoy: `upgrade_configs`, the route's over the filter's)
   */
  upgrades: string[];
}

/** A condition on a request. (Envoy: `RouteMatch`) */
export interface RouteMatchConfig {
  /** `prefix` compares the path's start, `path` the whole of it without the query; case counts. */
  path: { kind: "prefix" | "path"; value: string };
  /** All must hold: the header (lower case) is there and its value is exactly this. */
  headers: { name: string; exact: string }[];
}

/** Bytes in, bytes out. (Envoy: `TcpProxy`) */
export interface TcpFilterConfig {
  /** Tells it from an HTTP filter. */
  kind: "tcp";
  /** The name in `tcp.<prefix>.` stats. */
  statPrefix: string;
  /** The cluster's name; it exists. */
  cluster: string;
  /** Milliseconds without a byte either way; 0 for no limit. */
  idleTimeoutMs: number;
  /** One access log line a connection on stdout. */
  accessLog: boolean;
}

/** Some endpoints that do the same. (Envoy: `Cluster`) */
export interface ClusterConfig {
  /** Unique. */
  name: string;
  /**
   * `static`: endpoints are IP addresses. `strict_dns`: every address of every name is an
   * endpoint. `logical_dns`: the first address of the one name, for new connections.
   */
  discovery: "static" | "strict_dns" | "logical_dns";
  /**
   * Which of a name's addresses count. `v4_preferred`: IPv4 when there is any, else IPv6 (native).
   * `auto`: the other way round (Envoy). `all`: both. `v4_only`, `v6_only`: that family. Absent where
   * no endpoint is a name; otherwise absent means `v4_preferred`. (Envoy: `dns_lookup_family`)
   */
  dnsLookupFamily?: "all" | "auto" | "v4_preferred" | "v4_only" | "v6_only";
  /**
   * Milliseconds between an answer about the names and the next question; more than 1. Absent means
   * 5000, and where no endpoint is a name nothing is asked. (Envoy: `dns_refresh_rate`)
   */
  dnsRefreshMs?: number;
  /** May be empty: then every request gets `no healthy upstream`. */
  endpoints: EndpointConfig[];
  /** The only one for now. */
  loadBalancing: "round_robin";
  /** Milliseconds to connect, the TLS handshake included. */
  connectTimeoutMs: number;
  /** What it takes at a time; more is answered 503. */
  circuitBreakers: CircuitBreakersConfig;
  /**
   * Tells an endpoint where a connection came from, before all else; null doesn't.
   * (Envoy: `ProxyProtocolUpstreamTransport`)
   */
  proxyProtocol: "v1" | "v2" | null;
  /** Originates TLS; null for plain. (Envoy: `transport_socket` with `UpstreamTlsContext`) */
  tls: UpstreamTlsConfig | null;
}

/** At a time, over all endpoints. (Envoy: `CircuitBreakers.Thresholds`, priority `DEFAULT`) */
export interface CircuitBreakersConfig {
  /** Connections. A request that finds no free one waits for one; a TCP connection is closed. */
  maxConnections: number;
  /** Requests that wait for a connection. */
  maxPendingRequests: number;
  /** Requests. */
  maxRequests: number;
  /** Requests that are sent once more. */
  maxRetries: number;
}

/** One place to send requests to. (Envoy: `LbEndpoint`) */
export interface EndpointConfig {
  /** An IP address or a host name, and a port from 1. */
  address: SocketAddress;
  /** 1 or more. (Envoy: `load_balancing_weight`) */
  weight: number;
}

/** TLS towards an endpoint. (Envoy: `UpstreamTlsContext`) */
export interface UpstreamTlsConfig {
  /** The name that is sent as SNI; null for none. (Envoy: `sni`) */
  serverName: string | null;
  /**
   * With `full`, the name that the certificate must have; null for `serverName`, and without that
   * for the endpoint's own name or address.
   */
  verifyName: string | null;
  /** `full`: chain and name. `chain`: chain only. `none`: nothing, which is warned of. */
  verify: "full" | "chain" | "none";
  /** Trusted certificates; null for the system's roots. (Envoy: `trusted_ca`) */
  ca: PemSource | null;
  /** What we show when we are asked; null for nothing. (Envoy: `tls_certificates`) */
  certificate: CertificateConfig | null;
  /**
   * One of these must be among the certificate's names; empty asks for what `verify` says alone.
   * (Envoy: `match_typed_subject_alt_names`)
   */
  sans: SanMatcherConfig[];
  /** Cipher suites of TLS 1.2, OpenSSL's names; empty for the runtime's. (Envoy: `cipher_suites`) */
  ciphers: string[];
  /** Offered protocols; empty offers none. (Envoy: `alpn_protocols`) */
  alpn: string[];
  /** Null for the runtime's. */
  minVersion: TlsVersion | null;
  /** Null for the runtime's. */
  maxVersion: TlsVersion | null;
}
