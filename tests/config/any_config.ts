/**
 * Any model that the native form can say, for properties.
 *
 * @module
 */

import fc from "fast-check";
import type {
  CircuitBreakersConfig,
  ClusterConfig,
  Config,
  DownstreamTlsConfig,
  ForwardingConfig,
  HttpFilterConfig,
  HttpLimitsConfig,
  ListenerConfig,
  PemSource,
  RouteConfig,
  TcpFilterConfig,
  UpstreamTlsConfig,
  VirtualHostConfig,
} from "../../src/config/model.ts";
import {
  ANY,
  CIRCUIT_BREAKERS,
  HTTP_LIMITS,
  NO_CLIENT_CERT_HEADER,
} from "../../src/config/native/defaults.ts";
import { isIpAddress, type TlsVersion } from "../../src/runtime/mod.ts";

type Files = ReadonlyMap<string, string>;

interface Versions {
  minVersion: TlsVersion | null;
  maxVersion: TlsVersion | null;
}

/** One of the values; unlike `fc.constantFrom` it leaves their type as wide as it is. */
function oneOf<T>(...values: T[]): fc.Arbitrary<T> {
  return fc.nat(values.length - 1).map((index) => values[index]);
}

function pem(files: Files, path: string): PemSource {
  return { path, pem: files.get(path)! };
}

const anyName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_.-]{0,12}$/),
  oneOf("true", "null", "1.5", "off", "~", "a: b", "#x", "0.0.0.0:443", " x ", "日本", "__proto__"),
);
const anyMilliseconds = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_073_600_000 }));
const anyIp = oneOf("127.0.0.1", "0.0.0.0", "::1", "2001:db8::1");
const anyVersions = oneOf<Versions>(
  { minVersion: null, maxVersion: null },
  { minVersion: "TLSv1.2", maxVersion: "TLSv1.3" },
  { minVersion: "TLSv1.3", maxVersion: null },
  { minVersion: null, maxVersion: "TLSv1.2" },
);

function anyRoute(clusters: readonly string[]): fc.Arbitrary<RouteConfig> {
  return fc.record({
    match: fc.record({
      path: fc.oneof(
        fc.record({ kind: fc.constant("prefix" as const), value: oneOf("", "/", "/a", "/a/") }),
        fc.record({ kind: fc.constant("path" as const), value: oneOf("/", "/a", "/a/") }),
      ),
      headers: fc.uniqueArray(
        fc.record({ name: oneOf("x-a", "1"), exact: fc.string({ maxLength: 5 }) }),
        { selector: ({ name }) => name, maxLength: 2 },
      ),
    }),
    cluster: oneOf(...clusters),
    timeoutMs: anyMilliseconds,
    timeoutCovers: oneOf<RouteConfig["timeoutCovers"]>("head", "response"),
    prefixRewrite: oneOf(null, "/", "/b?c"),
    clientSans: fc.constant(null),
    maxBodyBytes: fc.oneof(oneOf(0, 1024, 10 * 2 ** 20, 3 * 2 ** 30), fc.nat()),
    upgrades: oneOf<string[]>(["websocket"], [], ["websocket", "irc/6.9"], ["tls/1.0"]),
  });
}

function anyVirtualHosts(clusters: readonly string[]): fc.Arbitrary<VirtualHostConfig[]> {
  const domains = ["*", "a.test", "b.test:8443", "*.test", "a.*"];
  const host = (domain: string) =>
    fc.record<VirtualHostConfig>({
      name: anyName,
      domains: fc.constant([domain]),
      routes: fc.array(anyRoute(clusters), { maxLength: 3 }),
    });
  return fc.shuffledSubarray(domains).chain((own) => fc.tuple(...own.map(host)));
}

/** Sizes that units go into evenly, and any others. */
function anySize(min: number, max: number): fc.Arbitrary<number> {
  const even = fc.integer({ min: Math.ceil(min / 1024), max: max / 1024 }).map((kib) => kib * 1024);
  return fc.oneof(even, fc.integer({ min, max }));
}

const anyCount = fc.oneof(fc.nat(10), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

const anyLimits = fc.record<HttpLimitsConfig>({
  headBytes: anySize(1024, 8192 * 1024),
  headFields: fc.integer({ min: 1, max: 1000 }),
  targetBytes: anySize(0, 8192 * 1024),
  requestsPerConnection: anyCount,
  minBodyRate: anySize(0, 2 ** 30),
});

const anyCircuitBreakers = fc.record<CircuitBreakersConfig>({
  maxConnections: anyCount,
  maxPendingRequests: anyCount,
  maxRequests: anyCount,
  maxRetries: anyCount,
});

const anyHttp10 = oneOf<Pick<HttpFilterConfig, "acceptHttp10" | "defaultHostForHttp10">>(
  { acceptHttp10: false, defaultHostForHttp10: null },
  { acceptHttp10: true, defaultHostForHttp10: null },
  { acceptHttp10: true, defaultHostForHttp10: "app.test:8080" },
  { acceptHttp10: true, defaultHostForHttp10: "[::1]" },
);

function anyHttp(clusters: readonly string[]): fc.Arbitrary<HttpFilterConfig> {
  return fc.record({
    kind: fc.constant("http" as const),
    statPrefix: anyName,
    clientCertHeader: fc.constant(NO_CLIENT_CERT_HEADER),
    forwarding: fc.record<ForwardingConfig>({ mode: oneOf("replace", "append", "keep") }),
    ignorePortInHost: fc.constant(false),
    virtualHosts: anyVirtualHosts(clusters),
    accessLog: fc.boolean(),
    http10: anyHttp10,
    limits: fc.oneof(fc.constant(HTTP_LIMITS), anyLimits),
    timeouts: fc.record({
      headMs: anyMilliseconds,
      requestMs: anyMilliseconds,
      idleMs: anyMilliseconds,
      streamIdleMs: anyMilliseconds,
    }),
    errors: oneOf<HttpFilterConfig["errors"]>("short", "loopback", "detailed"),
    maxHops: oneOf(0, 1, 10, 100),
  }).map(({ http10, ...rest }) => ({ ...rest, ...http10 }));
}

function anyTcp(clusters: readonly string[]): fc.Arbitrary<TcpFilterConfig> {
  return fc.record<TcpFilterConfig>({
    kind: fc.constant("tcp"),
    statPrefix: anyName,
    cluster: oneOf(...clusters),
    idleTimeoutMs: anyMilliseconds,
    accessLog: fc.boolean(),
  });
}

function anyListener(
  name: string,
  clusters: readonly string[],
  files: Files,
): fc.Arbitrary<ListenerConfig> {
  const certificate = {
    chain: pem(files, "certs/app.pem"),
    key: pem(files, "certs/app-key.pem"),
  };
  const tls = fc.tuple(oneOf<string[]>([], ["http/1.1"], ["http/1.1", "http/1.0"]), anyVersions)
    .map(([alpn, versions]): DownstreamTlsConfig => ({
      certificates: [certificate],
      clientCertificate: null,
      ciphers: [],
      alpn,
      ...versions,
    }));
  return fc.tuple(
    anyIp,
    fc.option(tls, { nil: null }),
    fc.oneof(anyHttp(clusters), anyTcp(clusters)),
    anyCount,
  ).map(([host, tls, filter, maxConnections]) => ({
    name,
    address: { host, port: 0 },
    maxConnections,
    inspectTls: false,
    proxyProtocol: null,
    filterChains: [{ name: "", match: ANY, tls, filter }],
    defaultFilterChain: null,
  }));
}

function anyUpstreamTls(files: Files): fc.Arbitrary<UpstreamTlsConfig> {
  return fc.record({
    serverName: oneOf(null, "a.internal", "other.test"),
    verifyName: oneOf(null, "c.internal", "10.0.0.9"),
    verify: oneOf<UpstreamTlsConfig["verify"]>("full", "chain", "none"),
    ca: oneOf(null, pem(files, "certs/ca.pem")),
    alpn: oneOf<string[]>([], ["http/1.1"]),
    versions: anyVersions,
  })
    .filter(({ verify, ca }) => verify !== "none" || ca === null)
    .filter(({ verify, verifyName }) => verify === "full" || verifyName === null)
    .map(({ versions, ...rest }) => ({
      ...rest,
      certificate: null,
      sans: [],
      ciphers: [],
      ...versions,
    }));
}

function anyCluster(name: string, files: Files): fc.Arbitrary<ClusterConfig> {
  const endpoint = fc.record({
    address: fc.record({
      host: oneOf("10.0.0.1", "::1", "a.internal", "b.internal"),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
    weight: oneOf(1, 1, 7),
  });
  return fc.record({
    endpoints: fc.array(endpoint, { maxLength: 3 }),
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
    tls: fc.option(anyUpstreamTls(files), { nil: null }),
  }).map(({ dnsLookupFamily, wantsDns, ...rest }): ClusterConfig => {
    const hasNames = rest.endpoints.some(({ address }) => !isIpAddress(address.host));
    return {
      name,
      discovery: hasNames || wantsDns ? "strict_dns" : "static",
      ...(hasNames ? { dnsLookupFamily } : {}),
      proxyProtocol: null,
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
