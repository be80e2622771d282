import { parseFrontAddresses } from "../../../src/cli/front/address.ts";
import { bindAddresses, certificateNames, frontConfig } from "../../../src/cli/front/config.ts";
import type { Config, UpstreamTlsConfig } from "../../../src/config/model.ts";
import { assertEquals } from "../../assert.ts";

const CERTIFICATE = { chain: { path: "a.pem", pem: "A" }, key: { path: "k.pem", pem: "K" } };
const VERIFIED: UpstreamTlsConfig = {
  serverName: "localhost",
  verifyName: null,
  certificate: null,
  sans: [],
  ciphers: [],
  verify: "full",
  ca: null,
  alpn: [],
  minVersion: null,
  maxVersion: null,
};

/** The configuration of a command line, with TLS where its schemes ask for it. */
function configFor(from: string, ...to: string[]): Config {
  const addresses = parseFrontAddresses(from, to);
  const isTls = (scheme: string) => scheme === "https" || scheme === "tls";
  return frontConfig(addresses, {
    listen: bindAddresses(addresses.from, true),
    certificate: isTls(addresses.from.scheme) ? CERTIFICATE : null,
    upstreamTls: isTls(addresses.to[0].scheme) ? VERIFIED : null,
    accessLog: true,
  });
}

/** What a configuration comes to: TLS in, filter, TLS out. */
function modeOf({ listeners: [{ filterChains: [chain] }], clusters: [cluster] }: Config): string {
  return [
    chain.tls === null ? "plain" : "tls",
    chain.filter.kind,
    cluster.tls === null ? "plain" : "tls",
  ].join(" ");
}

const MODES: readonly [from: string, to: string, mode: string][] = [
  ["https://localhost:1", "http://localhost:2", "tls http plain"],
  ["https://localhost:1", "https://localhost:2", "tls http tls"],
  ["http://localhost:1", "https://localhost:2", "plain http tls"],
  ["http://localhost:1", "http://localhost:2", "plain http plain"],
  ["tcp://localhost:1", "tcp://localhost:2", "plain tcp plain"],
  ["tls://localhost:1", "tcp://localhost:2", "tls tcp plain"],
  ["tcp://localhost:1", "tls://localhost:2", "plain tcp tls"],
];

for (const [from, to, mode] of MODES) {
  Deno.test(`${from} ${to} is ${mode}`, () => assertEquals(modeOf(configFor(from, to)), mode));
}

Deno.test("Every TO is an endpoint, and a name among them asks for DNS", () => {
  const { clusters: [cluster] } = configFor("http://localhost:1", "10.0.0.1:2", "app.test:3");
  assertEquals(cluster.endpoints, [
    { address: { host: "10.0.0.1", port: 2 }, weight: 1 },
    { address: { host: "app.test", port: 3 }, weight: 1 },
  ]);
  assertEquals(cluster.discovery, "strict_dns");
  assertEquals(configFor("http://localhost:1", "10.0.0.1:2").clusters[0].discovery, "static");
});

Deno.test("localhost and names are bound on both loopback addresses, an address as it is", () => {
  const bound = (from: string, hasIpv6 = true) => {
    const { from: address } = parseFrontAddresses(from, ["9"]);
    return bindAddresses(address, hasIpv6).map(({ host, port }) => `${host} ${port}`);
  };
  assertEquals(bound("https://localhost:8443"), ["127.0.0.1 8443", "::1 8443"]);
  assertEquals(bound("https://app.test:8443"), ["127.0.0.1 8443", "::1 8443"]);
  assertEquals(bound("https://localhost:8443", false), ["127.0.0.1 8443"]);
  assertEquals(bound("https://localhost:0"), ["127.0.0.1 0"]);
  assertEquals(bound("https://0.0.0.0:443"), ["0.0.0.0 443"]);
  assertEquals(bound("https://[::1]:443"), ["::1 443"]);
});

Deno.test("The two listeners of a front have names of their own", () => {
  const { listeners } = configFor("https://localhost:8443", "3000");
  assertEquals(listeners.map(({ name }) => name), ["front", "front-2"]);
});

Deno.test("A certificate is for FROM's host, or for localhost when FROM is every address", () => {
  const names = (from: string) => certificateNames(parseFrontAddresses(from, ["9"]).from);
  assertEquals(names("https://app.test"), ["app.test"]);
  assertEquals(names("https://localhost"), ["localhost"]);
  assertEquals(names("https://10.0.0.7"), ["10.0.0.7"]);
  assertEquals(names("https://0.0.0.0"), ["localhost"]);
});
