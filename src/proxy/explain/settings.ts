/**
 * What has to be changed, in the words of the configuration that is in use. The pieces are parts of
 * sentences; names of settings are in backticks.
 *
 * @module
 */

import type { Config } from "../../config/model.ts";

/** `genkan FROM TO…`, genkan's own YAML, or Envoy's. */
export type ConfigForm = Config["frontEnd"];

/** How to say where something is set. */
export interface Settings {
  /** Where the endpoints are written. */
  readonly endpoints: string;
  /** Speak TLS to the upstream. */
  readonly useTls: string;
  /** Speak in the clear to the upstream. */
  readonly dropTls: string;
  /** Trust another CA. */
  readonly trustCa: string;
  /** Ask for another name. */
  readonly serverName: (name: string) => string;
  /** Allow other versions of TLS; null where there is no setting. */
  readonly tlsVersions: string | null;
  /** Offer other protocols; null where there is no setting. */
  readonly alpn: string | null;
  /** Wait longer for a connection; null where there is no setting. */
  readonly connectTimeout: string | null;
  /** Wait longer for an answer; null where there is no setting. */
  readonly routeTimeout: string | null;
  /** Wait longer without a byte; null where there is no setting. */
  readonly streamTimeout: string | null;
  /** Take more at a time; null where there is no setting. */
  readonly breakers: string | null;
  /** Allow more hops; null where there is no setting. */
  readonly hops: string | null;
}

/** `address` is the endpoint as it was configured, such as `localhost:3000`; `cluster` may be `NAME`. */
export function settingsOf(form: ConfigForm, cluster: string, address: string): Settings {
  switch (form) {
    case "command":
      return commandSettings(address);
    case "native":
      return nativeSettings(cluster);
    case "envoy":
      return envoySettings(cluster);
  }
}

function commandSettings(address: string): Settings {
  return {
    endpoints: "TO on genkan's command line",
    useTls: `write \`https://${address}\` for TO on genkan's command line`,
    dropTls: `write \`http://${address}\` for TO on genkan's command line`,
    trustCa: "name its file with `--ca FILE`",
    serverName: (name) => `ask for its name with \`--server-name ${name}\``,
    tlsVersions: null,
    alpn: null,
    connectTimeout: null,
    routeTimeout: null,
    streamTimeout: null,
    breakers: null,
    hops: null,
  };
}

function nativeSettings(cluster: string): Settings {
  const at = `clusters.${cluster}`;
  return {
    endpoints: `\`${at}.endpoints\``,
    useTls: `set \`tls: true\` in \`${at}\``,
    dropTls: `take \`tls\` out of \`${at}\``,
    trustCa: `name its file in \`${at}.tls.ca\``,
    serverName: (name) => `set \`server_name: ${name}\` in \`${at}.tls\``,
    tlsVersions: `\`min_version\` and \`max_version\` in \`${at}.tls\``,
    alpn: `\`${at}.tls.alpn\``,
    connectTimeout: `\`connect_timeout\` in \`${at}\``,
    routeTimeout: "the route's `timeout`",
    streamTimeout: "the listener's `stream_idle_timeout`",
    breakers: `\`${at}.circuit_breakers\``,
    hops: "the listener's `max_hops`",
  };
}

function envoySettings(cluster: string): Settings {
  const at = `the cluster \`${cluster}\``;
  return {
    endpoints: `\`load_assignment\` of ${at}`,
    useTls: `give ${at} a \`transport_socket\` with an \`UpstreamTlsContext\``,
    dropTls: `take the \`transport_socket\` out of ${at}`,
    trustCa: `name its file in \`validation_context.trusted_ca\` of ${at}`,
    serverName: (name) => `set \`sni: ${name}\` in the \`UpstreamTlsContext\` of ${at}`,
    tlsVersions: "`tls_minimum_protocol_version` and `tls_maximum_protocol_version` in the " +
      `\`tls_params\` of ${at} (without them Envoy speaks TLS 1.2 only to upstreams)`,
    alpn: `\`alpn_protocols\` of ${at}`,
    connectTimeout: `\`connect_timeout\` of ${at}`,
    routeTimeout: "the route's `timeout`",
    streamTimeout: "`stream_idle_timeout` of the `HttpConnectionManager`",
    breakers: `\`circuit_breakers\` of ${at}`,
    hops: null,
  };
}
