/**
 * The configuration that `genkan FROM TO…` stands for. It is a native one, with the native form's
 * defaults, except for what a developer's server would stumble over.
 *
 * @module
 */

import type {
  CertificateConfig,
  ClusterConfig,
  Config,
  FilterChainConfig,
  HttpFilterConfig,
  TcpFilterConfig,
  UpstreamTlsConfig,
} from "../../config/model.ts";
import {
  ANY,
  CIRCUIT_BREAKERS,
  HTTP_LIMITS,
  HTTP_TIMEOUTS,
  MAX_HOPS,
  NO_CLIENT_CERT_HEADER,
  UPGRADES,
} from "../../config/native/defaults.ts";
import { isIpAddress, type SocketAddress } from "../../runtime/mod.ts";
import { type FrontAddress, type FrontAddresses, readsHttp, showUrl } from "./address.ts";

const NAME = "front";
const CONNECT_TIMEOUT_MS = 5_000;

/** What the addresses alone don't say. */
export interface FrontSettings {
  /** Where FROM is bound; see `bindAddresses`. At least one. */
  readonly listen: readonly SocketAddress[];
  /** Shown by an https or tls FROM; null for a plain one. */
  readonly certificate: CertificateConfig | null;
  /** Towards an https or tls TO; null for a plain one. */
  readonly upstreamTls: UpstreamTlsConfig | null;
  readonly accessLog: boolean;
}

/** Builds the configuration. */
export function frontConfig(
  { from, to }: FrontAddresses,
  { listen, certificate, upstreamTls, accessLog }: FrontSettings,
): Config {
  const filter = readsHttp(from.scheme) ? httpFilter(accessLog) : tcpFilter(accessLog);
  const tls = certificate === null ? null : {
    certificates: [certificate],
    clientCertificate: null,
    ciphers: [],
    alpn: readsHttp(from.scheme) ? ["http/1.1"] : [],
    minVersion: null,
    maxVersion: null,
  };
  const filterChains: FilterChainConfig[] = [{ name: "", match: ANY, tls, filter }];
  return {
    frontEnd: "command",
    file: `genkan ${showUrl(from)} ${to.map(showUrl).join(" ")}`,
    admin: null,
    listeners: listen.map((address, at) => ({
      name: at === 0 ? NAME : `${NAME}-${at + 1}`,
      address,
      maxConnections: 0,
      inspectTls: false,
      proxyProtocol: null,
      filterChains,
      defaultFilterChain: null,
    })),
    clusters: [cluster(to, upstreamTls)],
  };
}

/**
 * Where FROM is bound: an IP address as it is; `localhost` on both loopback addresses, because a
 * browser tries either; and any other name on loopback too, since it stands for this machine. With
 * port 0 the two addresses would get different ports, so only the first one is taken.
 */
export function bindAddresses(from: FrontAddress, hasIpv6: boolean): SocketAddress[] {
  const { host, port } = from;
  if (isIpAddress(host)) return [{ host, port }];
  const both = hasIpv6 && port !== 0;
  return [{ host: "127.0.0.1", port }, ...(both ? [{ host: "::1", port }] : [])];
}

/**
 * The names that FROM's certificate is good for. An address that stands for every interface has no
 * name of its own. Addresses are left out beside a name: see `IssueOptions`.
 */
export function certificateNames({ host }: FrontAddress): string[] {
  return [host === "0.0.0.0" || host === "::" ? "localhost" : host];
}

function httpFilter(accessLog: boolean): HttpFilterConfig {
  return {
    kind: "http",
    statPrefix: NAME,
    forwarding: { mode: "replace" },
    clientCertHeader: NO_CLIENT_CERT_HEADER,
    ignorePortInHost: true,
    virtualHosts: [{
      name: NAME,
      domains: ["*"],
      routes: [{
        match: { path: { kind: "prefix", value: "/" }, headers: [] },
        cluster: NAME,
        // A first build, or a breakpoint, takes its time.
        timeoutMs: 0,
        timeoutCovers: "head",
        prefixRewrite: null,
        clientSans: null,
        maxBodyBytes: 0,
        upgrades: [...UPGRADES],
      }],
    }],
    accessLog,
    acceptHttp10: true,
    defaultHostForHttp10: null,
    limits: HTTP_LIMITS,
    timeouts: HTTP_TIMEOUTS,
    errors: "loopback",
    maxHops: MAX_HOPS,
  };
}

function tcpFilter(accessLog: boolean): TcpFilterConfig {
  return {
    kind: "tcp",
    statPrefix: NAME,
    cluster: NAME,
    idleTimeoutMs: HTTP_TIMEOUTS.idleMs,
    accessLog,
  };
}

function cluster(to: readonly FrontAddress[], tls: UpstreamTlsConfig | null): ClusterConfig {
  const isStatic = to.every(({ host }) => isIpAddress(host));
  return {
    name: NAME,
    discovery: isStatic ? "static" : "strict_dns",
    ...(isStatic ? {} : { dnsLookupFamily: "v4_preferred" }),
    endpoints: to.map(({ host, port }) => ({ address: { host, port }, weight: 1 })),
    loadBalancing: "round_robin",
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    circuitBreakers: CIRCUIT_BREAKERS,
    proxyProtocol: null,
    tls,
  };
}
