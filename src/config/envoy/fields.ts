/**
 * The names of all fields of the messages that this front end reads, from Envoy 1.40's own
 * descriptors. They tell a field that genkan doesn't support from one that nobody knows.
 *
 * @module
 */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The names of each message's fields. */
export const FIELDS = {
  // envoy.config.bootstrap.v3.Bootstrap
  Bootstrap: words(`
    node node_context_params static_resources dynamic_resources cluster_manager hds_config
    flags_path stats_sinks deferred_stat_options stats_config stats_flush_interval
    stats_flush_on_admin stats_eviction_interval watchdog watchdogs tracing layered_runtime
    admin overload_manager enable_dispatcher_stats header_prefix stats_server_version_override
    use_tcp_for_dns_lookups dns_resolution_config typed_dns_resolver_config bootstrap_extensions
    fatal_actions config_sources default_config_source default_socket_interface
    certificate_provider_instances inline_headers perf_tracing_file_path default_regex_engine
    xds_delegate_extension xds_config_tracker_extension listener_manager application_log_config
    grpc_async_client_manager_config memory_allocator_manager enable_worker_cpu_affinity
  `),
  // envoy.config.bootstrap.v3.Bootstrap.StaticResources
  StaticResources: words(`
    listeners clusters secrets
  `),
  // envoy.config.bootstrap.v3.Admin
  Admin: words(`
    access_log access_log_path profile_path address socket_options ignore_global_conn_limit
    allow_paths
  `),
  // envoy.config.core.v3.Address
  Address: words(`
    socket_address pipe envoy_internal_address
  `),
  // envoy.config.core.v3.SocketAddress
  SocketAddress: words(`
    protocol address port_value named_port resolver_name ipv4_compat network_namespace_filepath
  `),
  // envoy.config.core.v3.Pipe
  Pipe: words(`
    path mode
  `),
  // envoy.config.core.v3.DataSource
  DataSource: words(`
    filename inline_bytes inline_string environment_variable watched_directory
  `),
  // envoy.config.core.v3.TransportSocket
  TransportSocket: words(`
    name typed_config
  `),
  // envoy.config.core.v3.ProxyProtocolConfig
  ProxyProtocolConfig: words(`
    version pass_through_tlvs added_tlvs
  `),
  // envoy.config.core.v3.HttpProtocolOptions
  HttpProtocolOptions: words(`
    idle_timeout max_connection_duration max_connection_duration_jitter max_headers_count
    max_response_headers_kb max_stream_duration headers_with_underscores_action
    max_requests_per_connection
  `),
  // envoy.config.core.v3.Http1ProtocolOptions
  Http1ProtocolOptions: words(`
    allow_absolute_url accept_http_10 default_host_for_http_10 header_key_format enable_trailers
    allow_chunked_length override_stream_error_on_invalid_http_message send_fully_qualified_url
    use_balsa_parser allow_custom_methods ignore_http_11_upgrade
  `),
  // envoy.config.listener.v3.Listener
  Listener: words(`
    name address additional_addresses stat_prefix stats_matcher filter_chains fcds_config
    filter_chain_matcher use_original_dst default_filter_chain per_connection_buffer_limit_bytes
    per_connection_buffer_high_watermark_timeout metadata deprecated_v1 drain_type
    listener_filters listener_filters_timeout continue_on_listener_filters_timeout transparent
    freebind socket_options tcp_fast_open_queue_length traffic_direction udp_listener_config
    api_listener connection_balance_config reuse_port enable_reuse_port access_log
    tcp_backlog_size max_connections_to_accept_per_socket_event bind_to_port internal_listener
    enable_mptcp ignore_global_conn_limit bypass_overload_manager tcp_keepalive
  `),
  // envoy.config.listener.v3.ListenerFilter
  ListenerFilter: words(`
    name typed_config config_discovery filter_disabled
  `),
  // envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector
  TlsInspector: words(`
    enable_ja3_fingerprinting enable_ja4_fingerprinting initial_read_buffer_size
    close_connection_on_client_hello_parsing_errors max_client_hello_size
  `),
  // envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol
  ProxyProtocol: words(`
    rules allow_requests_without_proxy_protocol pass_through_tlvs disallowed_versions stat_prefix
    tlv_location
  `),
  // envoy.config.listener.v3.FilterChain
  FilterChain: words(`
    filter_chain_match filters use_proxy_proto metadata transport_socket
    transport_socket_connect_timeout name
  `),
  // envoy.config.listener.v3.FilterChainMatch
  FilterChainMatch: words(`
    destination_port prefix_ranges address_suffix suffix_len direct_source_prefix_ranges
    source_type source_prefix_ranges source_ports server_names transport_protocol
    application_protocols
  `),
  // envoy.config.listener.v3.Filter
  Filter: words(`
    name typed_config config_discovery
  `),
  // envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
  HttpConnectionManager: words(`
    codec_type stat_prefix rds route_config scoped_routes http_filters add_user_agent tracing
    common_http_protocol_options http1_safe_max_connection_duration http_protocol_options
    http2_protocol_options http3_protocol_options server_name server_header_transformation
    scheme_header_transformation max_request_headers_kb stream_idle_timeout stream_flush_timeout
    request_timeout request_headers_timeout drain_timeout drain_timeout_jitter
    delayed_close_timeout access_log access_log_flush_interval flush_access_log_on_new_request
    access_log_options use_remote_address xff_num_trusted_hops original_ip_detection_extensions
    early_header_mutation_extensions internal_address_config skip_xff_append via
    generate_request_id preserve_external_request_id always_set_request_id_in_response
    forward_client_cert_details set_current_client_cert_details forward_client_cert_matcher
    proxy_100_continue represent_ipv4_remote_address_as_ipv4_mapped_ipv6 upgrade_configs
    normalize_path merge_slashes path_with_escaped_slashes_action request_id_extension
    local_reply_config strip_matching_host_port strip_any_host_port
    stream_error_on_invalid_http_message path_normalization_options strip_trailing_host_dot
    proxy_status_config typed_header_validation_config append_x_forwarded_port
    append_local_overload add_proxy_protocol_connection_state forward_proto_config
    record_route_resolution_stats
  `),
  // envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
  //   .SetCurrentClientCertDetails
  SetCurrentClientCertDetails: words(`
    subject cert chain dns uri issuer format
  `),
  // envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig
  FilterUpgradeConfig: words(`
    upgrade_type filters enabled
  `),
  // envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter
  HttpFilter: words(`
    name typed_config config_discovery is_optional disabled
  `),
  // envoy.extensions.filters.http.router.v3.Router
  Router: words(`
    dynamic_stats start_child_span upstream_log upstream_log_options suppress_envoy_headers
    strict_check_headers respect_expected_rq_timeout suppress_grpc_request_failure_code_stats
    upstream_http_filters reject_connect_request_early_data
  `),
  // envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit
  ConnectionLimit: words(`
    stat_prefix max_connections delay runtime_enabled
  `),
  // envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
  TcpProxy: words(`
    stat_prefix cluster weighted_clusters on_demand metadata_match idle_timeout
    downstream_idle_timeout upstream_idle_timeout access_log max_connect_attempts
    backoff_options hash_policy tunneling_config max_downstream_connection_duration
    max_downstream_connection_duration_jitter_percentage access_log_flush_interval
    flush_access_log_on_connected access_log_options proxy_protocol_tlvs
    proxy_protocol_tlv_merge_policy upstream_connect_mode max_early_data_bytes check_drain_close
  `),
  // envoy.config.accesslog.v3.AccessLog
  AccessLog: words(`
    name filter typed_config
  `),
  // envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
  StdoutAccessLog: words(`
    log_format
  `),
  // envoy.config.route.v3.RouteConfiguration
  RouteConfiguration: words(`
    name virtual_hosts vhds internal_only_headers response_headers_to_add
    response_headers_to_remove request_headers_to_add request_headers_to_remove
    most_specific_header_mutations_wins validate_clusters max_direct_response_body_size_bytes
    cluster_specifier_plugins request_mirror_policies ignore_port_in_host_matching vhost_header
    ignore_path_parameters_in_path_matching typed_per_filter_config metadata route_specifiers
  `),
  // envoy.config.route.v3.VirtualHost
  VirtualHost: words(`
    name domains routes matcher require_tls virtual_clusters rate_limits request_headers_to_add
    request_headers_to_remove response_headers_to_add response_headers_to_remove cors
    typed_per_filter_config include_request_attempt_count include_attempt_count_in_response
    retry_policy retry_policy_typed_config hedge_policy include_is_timeout_retry_header
    per_request_buffer_limit_bytes request_body_buffer_limit request_mirror_policies metadata
    route_specifiers
  `),
  // envoy.config.route.v3.Route
  Route: words(`
    name match route redirect direct_response filter_action non_forwarding_action metadata
    decorator typed_per_filter_config request_headers_to_add request_headers_to_remove
    response_headers_to_add response_headers_to_remove tracing per_request_buffer_limit_bytes
    stat_prefix request_body_buffer_limit route_specifiers
  `),
  // envoy.config.route.v3.RouteMatch
  RouteMatch: words(`
    prefix path safe_regex connect_matcher path_separated_prefix path_match_policy
    case_sensitive runtime_fraction headers query_parameters cookies grpc tls_context
    dynamic_metadata filter_state
  `),
  // envoy.config.route.v3.HeaderMatcher
  HeaderMatcher: words(`
    name exact_match safe_regex_match range_match present_match prefix_match suffix_match
    contains_match string_match invert_match treat_missing_header_as_empty
  `),
  // envoy.type.matcher.v3.StringMatcher
  StringMatcher: words(`
    exact prefix suffix safe_regex contains custom ignore_case
  `),
  // envoy.config.route.v3.RouteAction
  RouteAction: words(`
    cluster cluster_header weighted_clusters cluster_specifier_plugin
    inline_cluster_specifier_plugin cluster_not_found_response_code metadata_match
    prefix_rewrite regex_rewrite path_rewrite_policy path_rewrite host_rewrite_literal
    auto_host_rewrite host_rewrite_header host_rewrite_path_regex host_rewrite
    append_x_forwarded_host timeout idle_timeout flush_timeout early_data_policy retry_policy
    retry_policy_typed_config request_mirror_policies priority rate_limits
    include_vh_rate_limits hash_policy cors max_grpc_timeout grpc_timeout_offset upgrade_configs
    internal_redirect_policy internal_redirect_action max_internal_redirects hedge_policy
    max_stream_duration
  `),
  // envoy.config.route.v3.RouteAction.UpgradeConfig
  RouteUpgradeConfig: words(`
    upgrade_type enabled connect_config
  `),
  // envoy.config.cluster.v3.Cluster
  Cluster: words(`
    transport_socket_matches transport_socket_matcher name alt_stat_name stats_matcher type
    cluster_type eds_cluster_config connect_timeout per_connection_buffer_limit_bytes
    per_connection_buffer_high_watermark_timeout lb_policy load_assignment health_checks
    max_requests_per_connection circuit_breakers upstream_http_protocol_options
    common_http_protocol_options http_protocol_options http2_protocol_options
    typed_extension_protocol_options dns_refresh_rate dns_jitter dns_failure_refresh_rate
    respect_dns_ttl dns_lookup_family dns_resolvers use_tcp_for_dns_lookups
    dns_resolution_config typed_dns_resolver_config wait_for_warm_on_init outlier_detection
    cleanup_interval upstream_bind_config lb_subset_config ring_hash_lb_config maglev_lb_config
    original_dst_lb_config least_request_lb_config round_robin_lb_config common_lb_config
    transport_socket metadata protocol_selection upstream_connection_options
    close_connections_on_host_health_failure ignore_health_on_host_removal filters
    load_balancing_policy lrs_server lrs_report_endpoint_metrics track_timeout_budgets
    upstream_config track_cluster_stats preconnect_policy
    connection_pool_per_downstream_connection queuing_policies
  `),
  // envoy.config.cluster.v3.CircuitBreakers
  CircuitBreakers: words(`
    thresholds per_host_thresholds
  `),
  // envoy.config.cluster.v3.CircuitBreakers.Thresholds
  Thresholds: words(`
    priority max_connections max_pending_requests max_requests max_retries retry_budget
    track_remaining max_connection_pools
  `),
  // envoy.config.endpoint.v3.ClusterLoadAssignment
  ClusterLoadAssignment: words(`
    cluster_name endpoints named_endpoints policy
  `),
  // envoy.config.endpoint.v3.LocalityLbEndpoints
  LocalityLbEndpoints: words(`
    locality metadata lb_endpoints load_balancer_endpoints leds_cluster_locality_config
    load_balancing_weight priority proximity
  `),
  // envoy.config.endpoint.v3.LbEndpoint
  LbEndpoint: words(`
    endpoint endpoint_name health_status metadata load_balancing_weight
  `),
  // envoy.config.endpoint.v3.Endpoint
  Endpoint: words(`
    address health_check_config hostname additional_addresses observability_name
  `),
  // envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
  DownstreamTlsContext: words(`
    common_tls_context require_client_certificate require_sni session_ticket_keys
    session_ticket_keys_sds_secret_config disable_stateless_session_resumption
    disable_stateful_session_resumption session_timeout ocsp_staple_policy
    full_scan_certs_on_sni_mismatch prefer_client_ciphers
  `),
  // envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
  UpstreamTlsContext: words(`
    common_tls_context sni auto_host_sni auto_sni_san_validation allow_renegotiation
    max_session_keys enforce_rsa_key_usage
  `),
  // envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport
  ProxyProtocolUpstreamTransport: words(`
    config transport_socket allow_unspecified_address tlv_as_pool_key
  `),
  // envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer
  RawBuffer: [],
  // envoy.extensions.transport_sockets.tls.v3.CommonTlsContext
  CommonTlsContext: words(`
    tls_params tls_certificates tls_certificate_sds_secret_configs
    tls_certificate_provider_instance custom_tls_certificate_selector
    tls_certificate_certificate_provider tls_certificate_certificate_provider_instance
    validation_context validation_context_sds_secret_config combined_validation_context
    validation_context_certificate_provider validation_context_certificate_provider_instance
    alpn_protocols custom_handshaker key_log
  `),
  // envoy.extensions.transport_sockets.tls.v3.TlsParameters
  TlsParameters: words(`
    tls_minimum_protocol_version tls_maximum_protocol_version cipher_suites ecdh_curves
    signature_algorithms compliance_policies
  `),
  // envoy.extensions.transport_sockets.tls.v3.TlsCertificate
  TlsCertificate: words(`
    certificate_chain private_key pkcs12 watched_directory private_key_provider password
    ocsp_staple signed_certificate_timestamp tls_params
  `),
  // envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext
  CertificateValidationContext: words(`
    trusted_ca ca_certificate_provider_instance system_root_certs watched_directory
    verify_certificate_spki verify_certificate_hash match_typed_subject_alt_names
    match_subject_alt_names require_signed_certificate_timestamp crl allow_expired_certificate
    trust_chain_verification custom_validator_config only_verify_leaf_cert_crl max_verify_depth
    suppress_client_ca_list
  `),
  // envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher
  SubjectAltNameMatcher: words(`
    san_type matcher oid
  `),
} as const;

/** A message of Envoy's, by its short name. */
export type EnvoyMessage = keyof typeof FIELDS;
