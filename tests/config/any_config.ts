/**
 * Any model that the native form can say, for properties.
 *
 * @module
 */

import fc from "fast-check";
import { isName } from "../../src/config/address.ts";
import { CIPHERS } from "../../src/config/ciphers.ts";
import { setsClientCert } from "../../src/config/client_cert_header.ts";
import type {
  CertificateConfig,
  CircuitBreakersConfig,
  ClientCertHeaderConfig,
  ClientCertificateConfig,
  ClusterConfig,
  Config,
  DownstreamTlsConfig,
  FilterChainConfig,
  FilterChainMatchConfig,
  ForwardingConfig,
  HttpFilterConfig,
  HttpLimitsConfig,
  ListenerConfig,
  PemSource,
  RouteConfig,
  SanMatcherConfig,
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
import { isUnixPath, type TlsVersion } from "../../src/runtime/mod.ts";

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

const anySan = oneOf<SanMatcherConfig>(
  { kind: "dns", value: "a.test" },
  { kind: "uri", value: "spiffe://test/A" },
  { kind: "email", value: "A@test" },
  { kind: "ip", value: "10.0.0.1" },
  { kind: "ip", value: "2001:db8::1" },
);
const someSans = fc.array(anySan, { minLength: 1, maxLength: 3 });
const anySans = fc.oneof(oneOf<SanMatcherConfig[]>([]), someSans);

/** Cipher suites, where TLS 1.2 is spoken. */
function withCiphers(versions: Versions): fc.Arbitrary<Versions & { ciphers: string[] }> {
  const ciphers = versions.minVersion === "TLSv1.3"
    ? oneOf<string[]>([])
    : fc.subarray([...CIPHERS], { maxLength: 3 });
  return ciphers.map((ciphers) => ({ ...versions, ciphers }));
}

const anyClientCertHeader = fc.record({
  mode: oneOf<ClientCertHeaderConfig["mode"]>(
    "sanitize",
    "forward_only",
    "append_forward",
    "sanitize_set",
    "always_forward_only",
  ),
  details: fc.record({
    subject: fc.boolean(),
    cert: fc.boolean(),
    chain: fc.boolean(),
    dns: fc.boolean(),
    uri: fc.boolean(),
  }),
}).map(({ mode, details }): ClientCertHeaderConfig =>
  setsClientCert(mode) ? { mode, details } : { ...NO_CLIENT_CERT_HEADER, mode }
);

function anyRoute(
  clusters: readonly string[],
  asksForCertificates: boolean,
): fc.Arbitrary<RouteConfig> {
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
    clientSans: asksForCertificates ? fc.option(someSans, { nil: null }) : fc.constant(null),
    maxBodyBytes: fc.oneof(oneOf(0, 1024, 10 * 2 ** 20, 3 * 2 ** 30), fc.nat()),
    upgrades: oneOf<string[]>(["websocket"], [], ["websocket", "irc/6.9"], ["tls/1.0"]),
  });
}

function anyVirtualHosts(
  ...context: Parameters<typeof anyRoute>
): fc.Arbitrary<VirtualHostConfig[]> {
  const domains = ["*", "a.test", "b.test:8443", "*.test", "a.*"];
  const host = (domain: string) =>
    fc.record<VirtualHostConfig>({
      name: anyName,
      domains: fc.constant([domain]),
      routes: fc.array(anyRoute(...context), { maxLength: 3 }),
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

function anyHttp(...context: Parameters<typeof anyRoute>): fc.Arbitrary<HttpFilterConfig> {
  return fc.record({
    kind: fc.constant("http" as const),
    statPrefix: anyName,
    clientCertHeader: anyClientCertHeader,
    forwarding: fc.record<ForwardingConfig>({ mode: oneOf("replace", "append", "keep") }),
    ignorePortInHost: fc.constant(false),
    virtualHosts: anyVirtualHosts(...context),
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

function pair(files: Files, name: string): CertificateConfig {
  return { chain: pem(files, `certs/${name}.pem`), key: pem(files, `certs/${name}-key.pem`) };
}

function anyDownstreamTls(files: Files): fc.Arbitrary<DownstreamTlsConfig> {
  const clientCertificate = fc.record({
    required: fc.boolean(),
    ca: fc.constant(pem(files, "certs/ca.pem")),
    crl: oneOf(null, pem(files, "certs/crl.pem")),
    sans: anySans,
  }).map((client): ClientCertificateConfig => ({
    ...client,
    required: client.required || client.sans.length > 0,
  }));
  return fc.record({
    certificates: fc.subarray([pair(files, "app"), pair(files, "domain2")], { minLength: 1 }),
    clientCertificate: fc.option(clientCertificate, { nil: null }),
    alpn: oneOf<string[]>([], ["http/1.1"], ["http/1.1", "http/1.0"]),
    versions: anyVersions.chain(withCiphers),
  }).map(({ versions, ...rest }) => ({ ...rest, ...versions }));
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

function anyUpstreamTls(files: Files): fc.Arbitrary<UpstreamTlsConfig> {
  return fc.record({
    serverName: oneOf(null, "a.internal", "other.test"),
    verifyName: oneOf(null, "c.internal", "10.0.0.9"),
    verify: oneOf<UpstreamTlsConfig["verify"]>("full", "chain", "none"),
    ca: oneOf(null, pem(files, "certs/ca.pem")),
    alpn: oneOf<string[]>([], ["http/1.1"]),
    certificate: oneOf(null, pair(files, "client")),
    sans: anySans,
    versions: anyVersions.chain(withCiphers),
  })
    .filter(({ verify, sans }) => verify !== "none" || sans.length === 0)
    .filter(({ verify, ca }) => verify !== "none" || ca === null)
    .filter(({ verify, verifyName }) => verify === "full" || verifyName === null)
    .map(({ versions, ...rest }) => ({ ...rest, ...versions }));
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
  ).map(({ dnsLookupFamily, wantsDns, ...rest }): ClusterConfig => {
    const hasNames = rest.endpoints.some(({ address }) => isName(address.host));
    return {
      name,
      discovery: hasNames || wantsDns ? "strict_dns" : "static",
      ...(hasNames ? { dnsLookupFamily } : {}),
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
