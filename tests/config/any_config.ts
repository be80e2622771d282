/**
 * Any model that the native form can say, for properties.
 *
 * @module
 */

import fc from "fast-check";
import { isName } from "../../src/config/address.ts";
import type {
  CircuitBreakersConfig,
  ClusterConfig,
  Config,
  FilterChainConfig,
  FilterChainMatchConfig,
  ListenerConfig,
  TcpFilterConfig,
} from "../../src/config/model.ts";
import { ANY, CIRCUIT_BREAKERS } from "../../src/config/native/defaults.ts";
import { isUnixPath } from "../../src/runtime/mod.ts";
import { anyHttp } from "./any_http.ts";
import { anyDownstreamTls, anyUpstreamTls, type Files } from "./any_tls.ts";
import { anyCount, anyIp, anyMilliseconds, anyName, oneOf } from "./any_value.ts";

const anyCircuitBreakers = fc.record<CircuitBreakersConfig>({
  maxConnections: anyCount,
  maxPendingRequests: anyCount,
  maxRequests: anyCount,
  maxRetries: anyCount,
});

function anyTcp(clusters: readonly string[]): fc.Arbitrary<TcpFilterConfig> {
  return fc.record<TcpFilterConfig>({
    kind: fc.constant("tcp"),
    statPrefix: anyName,
    cluster: oneOf(...clusters),
    idleTimeoutMs: anyMilliseconds,
    accessLog: fc.boolean(),
  });
}

function anyChain(
  match: FilterChainMatchConfig,
  clusters: readonly string[],
  files: Files,
): fc.Arbitrary<FilterChainConfig> {
  return fc.option(anyDownstreamTls(files), { nil: null }).chain((tls) =>
    fc.record<FilterChainConfig>({
      name: oneOf("", "named"),
      match: fc.constant(match),
      tls: fc.constant(tls),
      filter: fc.oneof(
        anyHttp(clusters, (tls?.clientCertificate ?? null) !== null),
        anyTcp(clusters),
      ),
    })
  );
}

/** No two of them overlap. */
const MATCHES: readonly FilterChainMatchConfig[] = [
  ANY,
  { ...ANY, serverNames: ["a.test", "*.b.test"] },
  { ...ANY, serverNames: ["c.test"], transportProtocol: "tls", applicationProtocols: ["h2"] },
  { ...ANY, transportProtocol: "tls" },
  { ...ANY, transportProtocol: "raw_buffer" },
  { ...ANY, transportProtocol: "tls", applicationProtocols: ["h2", "a/b"] },
];

/** Names that end their TLS in one and the same filter, and others that are passed on. */
function anyShortChains(
  clusters: readonly string[],
  files: Files,
): fc.Arbitrary<FilterChainConfig[]> {
  const names = (...lists: string[][]) =>
    fc.subarray(lists.map((serverNames): FilterChainMatchConfig => ({ ...ANY, serverNames })));
  return fc.record({
    filter: anyHttp(clusters, true),
    ended: names(["a.test", "*.b.test"], ["c.test"], []),
    tls: anyDownstreamTls(files),
    passed: names(["d.test"], ["*.test", "e.test"]),
    cluster: oneOf(...clusters),
  }).map(({ filter, ended, tls, passed, cluster }) => {
    const { statPrefix, accessLog, timeouts: { idleMs: idleTimeoutMs } } = filter;
    const tcp: TcpFilterConfig = { kind: "tcp", statPrefix, cluster, idleTimeoutMs, accessLog };
    const plain: FilterChainMatchConfig = { ...ANY, transportProtocol: "raw_buffer" };
    return [
      ...(ended.length > 0
        ? ended.map((match) => ({ name: "", match, tls, filter }))
        : [{ name: "", match: plain, tls: null, filter }]),
      ...passed.map((match) => ({ name: "", match, tls: null, filter: tcp })),
    ];
  });
}

function anyListener(
  name: string,
  clusters: readonly string[],
  files: Files,
): fc.Arbitrary<ListenerConfig> {
  const chain = (match: FilterChainMatchConfig) => anyChain(match, clusters, files);
  const chains = fc.oneof(
    fc.oneof(fc.constant([ANY]), fc.shuffledSubarray([...MATCHES]))
      .chain((matches) => fc.tuple(...matches.map(chain))),
    anyShortChains(clusters, files),
  );
  return fc.record({
    address: fc.oneof(
      anyIp.map((host) => ({ host, port: 0 })),
      fc.constant({ host: `/run/${encodeURIComponent(name)}.sock`, port: 0 }),
    ),
    maxConnections: anyCount,
    inspectTls: fc.boolean(),
    proxyProtocol: oneOf(null, { trusted: ["10.0.0.0/8", "::/0"] }),
    filterChains: chains,
    defaultFilterChain: fc.option(chain(ANY), { nil: null }),
  })
    .filter(({ filterChains, defaultFilterChain }) =>
      filterChains.length > 0 || defaultFilterChain !== null
    )
    .filter(({ address, proxyProtocol }) => proxyProtocol === null || !isUnixPath(address.host))
    .map((listener) => ({ name, ...listener }));
}

const anyTcpAddress = fc.record({
  host: oneOf("10.0.0.1", "::1", "a.internal", "b.internal"),
  port: fc.integer({ min: 1, max: 65_535 }),
});

function anyCluster(name: string, files: Files): fc.Arbitrary<ClusterConfig> {
  const endpoint = fc.record({
    address: fc.oneof(
      { weight: 4, arbitrary: anyTcpAddress },
      { weight: 1, arbitrary: fc.constant({ host: "/run/a b.sock", port: 0 }) },
    ),
    weight: oneOf(1, 1, 7),
  });
  return fc.record({
    endpoints: fc.array(endpoint, { maxLength: 3 }),
    dnsRefreshMs: fc.option(fc.integer({ min: 2, max: 3_600_000 }), { nil: undefined }),
    dnsLookupFamily: oneOf<ClusterConfig["dnsLookupFamily"]>(
      "all",
      "auto",
      "v4_preferred",
      "v4_only",
      "v6_only",
    ),
    wantsDns: fc.boolean(),
    connectTimeoutMs: fc.integer({ min: 1, max: 100_000 }),
    circuitBreakers: fc.oneof(fc.constant(CIRCUIT_BREAKERS), anyCircuitBreakers),
    proxyProtocol: oneOf<ClusterConfig["proxyProtocol"]>(null, "v1", "v2"),
    tls: fc.option(anyUpstreamTls(files), { nil: null }),
  }).filter(({ endpoints, tls }) =>
    // A unix socket has no name that could be verified.
    tls?.verify !== "full" || (tls.verifyName ?? tls.serverName) !== null ||
    !endpoints.some(({ address }) => isUnixPath(address.host))
  ).map(({ dnsLookupFamily, dnsRefreshMs, wantsDns, ...rest }): ClusterConfig => {
    const hasNames = rest.endpoints.some(({ address }) => isName(address.host));
    return {
      name,
      discovery: hasNames || wantsDns ? "strict_dns" : "static",
      ...(hasNames ? { dnsLookupFamily } : {}),
      // The default is left out.
      ...(hasNames && dnsRefreshMs !== undefined && dnsRefreshMs !== 5_000 ? { dnsRefreshMs } : {}),
      loadBalancing: "round_robin",
      ...rest,
    };
  });
}

/** `files` holds the certificates that it names. */
export function anyConfig(files: Files): fc.Arbitrary<Config> {
  const names = fc.uniqueArray(anyName, { minLength: 1, maxLength: 3 });
  return fc.tuple(names, names, fc.option(anyIp, { nil: null })).chain((
    [clusters, listeners, admin],
  ) =>
    fc.record<Config>({
      frontEnd: fc.constant("native"),
      file: fc.constant("a.yaml"),
      admin: fc.constant(admin === null ? null : { host: admin, port: 9901 }),
      listeners: fc.tuple(...listeners.map((name) => anyListener(name, clusters, files))),
      clusters: fc.tuple(...clusters.map((name) => anyCluster(name, files))),
    })
  );
}
