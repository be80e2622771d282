import type {
  ClusterConfig,
  Config,
  DownstreamTlsConfig,
  FilterChainConfig,
  HttpFilterConfig,
  PemSource,
  UpstreamTlsConfig,
} from "../../src/config/model.ts";
import {
  asksTheSame,
  changesOf,
  goesOn,
  isSameCluster,
  keepRoutes,
  keyOfChain,
  keyOfListener,
} from "../../src/server/same.ts";
import { assert, assertEquals } from "../assert.ts";
import { cluster, config, http, listener, route, tcp, TIMEOUTS } from "./fixture.ts";

const pem = (path: string | null, text: string): PemSource => ({ path, pem: text });
const TLS: DownstreamTlsConfig = {
  certificates: [{ chain: pem("web.pem", "one"), key: pem("web-key.pem", "one") }],
  clientCertificate: null,
  ciphers: [],
  alpn: [],
  minVersion: null,
  maxVersion: null,
};
const MUTUAL: DownstreamTlsConfig = {
  ...TLS,
  clientCertificate: { required: true, ca: pem("ca.pem", "one"), crl: null, sans: [] },
};
const UPSTREAM_TLS: UpstreamTlsConfig = {
  serverName: "app.test",
  verifyName: null,
  verify: "full",
  ca: pem("ca.pem", "one"),
  certificate: null,
  sans: [],
  ciphers: [],
  alpn: [],
  minVersion: null,
  maxVersion: null,
};

function chain(
  filter: FilterChainConfig["filter"] = http(),
  tls: DownstreamTlsConfig | null = null,
): FilterChainConfig {
  return listener(filter, { tls }).filterChains[0];
}

/** What two chains differ by, and whether connections of the one go on under the other. */
const CHAINS: readonly (readonly [
  what: string,
  pair: readonly [FilterChainConfig, FilterChainConfig],
  goesOn: boolean,
  asksTheSame: boolean,
])[] = [
  ["in nothing", [chain(), chain()], true, true],
  ["in their routes", [chain(), chain(http({ routes: [route({ timeoutMs: 1 })] }))], true, true],
  ["in a TCP filter's cluster", [chain(tcp()), chain(tcp({ cluster: "other" }))], true, true],
  ["in a TCP filter's timeout", [chain(tcp()), chain(tcp({ idleTimeoutMs: 1 }))], false, true],
  ["in their kind of filter", [chain(tcp()), chain()], false, true],
  [
    "in their timeouts",
    [chain(), chain(http({ timeouts: { ...TIMEOUTS, idleMs: 1 } }))],
    false,
    true,
  ],
  ["in their access log", [chain(), chain(http({ accessLog: false }))], false, true],
  ["in having TLS", [chain(), chain(http(), TLS)], false, false],
  [
    "in the certificates that they show",
    [
      chain(http(), TLS),
      chain(http(), { ...TLS, certificates: [...TLS.certificates, ...TLS.certificates] }),
    ],
    true,
    true,
  ],
  [
    "in the versions of TLS",
    [chain(http(), TLS), chain(http(), { ...TLS, minVersion: "TLSv1.3" })],
    false,
    false,
  ],
  ["in asking for a certificate", [chain(http(), TLS), chain(http(), MUTUAL)], false, false],
  [
    "in what the authorities' file says",
    [
      chain(http(), MUTUAL),
      chain(http(), {
        ...MUTUAL,
        clientCertificate: { ...MUTUAL.clientCertificate!, ca: pem("ca.pem", "two") },
      }),
    ],
    true,
    true,
  ],
  [
    "in where the authorities' file is",
    [
      chain(http(), MUTUAL),
      chain(http(), {
        ...MUTUAL,
        clientCertificate: { ...MUTUAL.clientCertificate!, ca: pem("other.pem", "one") },
      }),
    ],
    false,
    false,
  ],
];

for (const [what, [one, other], lives, asks] of CHAINS) {
  Deno.test(`Of chains that differ ${what}, connections ${lives ? "go on" : "are drained"}`, () => {
    assertEquals([goesOn(one, other), goesOn(other, one)], [lives, lives]);
    assertEquals([asksTheSame(one, other), asksTheSame(other, one)], [asks, asks]);
  });
}

Deno.test("A cluster is the same with other texts in its PEM files, and with nothing else changed", () => {
  const before = cluster([1], { tls: UPSTREAM_TLS });
  const withTls = (tls: Partial<UpstreamTlsConfig>): ClusterConfig =>
    cluster([1], { tls: { ...UPSTREAM_TLS, ...tls } });
  assert(isSameCluster(before, withTls({ ca: pem("ca.pem", "two") })));
  for (
    const changed of [
      withTls({ ca: pem("other.pem", "one") }),
      withTls({ verify: "none" }),
      cluster([1]),
      cluster([2], { tls: UPSTREAM_TLS }),
      cluster([1, 2], { tls: UPSTREAM_TLS }),
      cluster([1], { tls: UPSTREAM_TLS, connectTimeoutMs: 1 }),
    ]
  ) assert(!isSameCluster(before, changed));
});

Deno.test("A listener is known by its address, or by its name where any port will do", () => {
  const key = (name: string, host: string, port: number) =>
    keyOfListener({ ...listener(http(), { name }), address: { host, port } });
  assertEquals(key("web", "127.0.0.1", 80), key("renamed", "127.0.0.1", 80));
  assertEquals(key("web", "127.0.0.1", 0), key("web", "127.0.0.1", 0));
  assertEquals(key("web", "/run/a.sock", 0), key("renamed", "/run/a.sock", 0));
  const others = [
    key("web", "127.0.0.1", 80),
    key("web", "127.0.0.1", 81),
    key("web", "127.0.0.2", 80),
    key("web", "127.0.0.1", 0),
    key("other", "127.0.0.1", 0),
    key("web", "/run/a.sock", 0),
    key("web", "/run/b.sock", 0),
  ];
  assertEquals(new Set(others).size, others.length);
});

Deno.test("A chain is known by what it matches, whatever it is called", () => {
  const one = chain();
  assertEquals(keyOfChain(one), keyOfChain({ ...chain(tcp(), TLS), name: "other" }));
  const match = { ...one.match, serverNames: ["a.test"] };
  assert(keyOfChain(one) !== keyOfChain({ ...one, match }));
});

Deno.test("Hosts and routes that are as they were stay the objects that they were", () => {
  const of = (prefixes: string[]) =>
    prefixes.map((value) => route({ match: { path: { kind: "prefix", value }, headers: [] } }));
  const filter = (hosts: Record<string, string[]>): HttpFilterConfig => ({
    ...http(),
    virtualHosts: Object.entries(hosts).map(([domain, prefixes]) => ({
      name: domain,
      domains: [domain],
      routes: of(prefixes),
    })),
  });
  const running = filter({ "a.test": ["/1", "/2"], "b.test": ["/1"], "c.test": ["/1"] });
  const next = filter({ "b.test": ["/1"], "a.test": ["/0", "/2", "/1"], "d.test": ["/1"] });
  const kept = keepRoutes(running, next);
  assertEquals(JSON.stringify(kept), JSON.stringify(next));
  const [a, b] = running.virtualHosts;
  assert(kept.virtualHosts[0] === b);
  assert(kept.virtualHosts[1].routes[1] === a.routes[1]);
  assert(kept.virtualHosts[1].routes[2] === a.routes[0]);
  assert(kept.virtualHosts[1].routes[0] === next.virtualHosts[1].routes[0]);
  // The same route of another host is another one: requests for it were never there.
  assert(kept.virtualHosts[2].routes[0] === next.virtualHosts[2].routes[0]);
});

Deno.test("Each listener and cluster is kept, changed, added or drained", () => {
  const at = (port: number, name: string, options: Partial<HttpFilterConfig> = {}) =>
    listener(http({ statPrefix: name, ...options }), { name, port });
  const named = (name: string, endpoint: number) => cluster([endpoint], { name });
  const before = config(
    [at(1, "kept"), at(2, "changed"), at(3, "before"), at(4, "moved"), at(5, "drained")],
    [named("kept", 1), named("changed", 1), named("drained", 1)],
  );
  const after = config(
    [
      at(6, "added"),
      at(7, "moved"),
      at(3, "after"),
      at(2, "changed", { maxHops: 1 }),
      at(1, "kept"),
    ],
    [named("added", 1), named("changed", 2), named("kept", 1)],
  );
  assertEquals(changesOf(before, after), {
    listeners: {
      kept: ["kept"],
      changed: ["after", "changed"],
      added: ["added", "moved"],
      drained: ["moved", "drained"],
    },
    clusters: { kept: ["kept"], changed: ["changed"], added: ["added"], drained: ["drained"] },
  });
  const none = { kept: [], changed: [], added: [], drained: [] };
  const names = ["kept", "changed", "before", "moved", "drained"];
  assertEquals(changesOf(before, before).listeners, { ...none, kept: names });
  const other: Config = { ...before, frontEnd: "envoy" };
  assertEquals(changesOf(before, other).listeners, { ...none, changed: names });
});
