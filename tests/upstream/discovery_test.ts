import type { ClusterConfig } from "../../src/config/model.ts";
import { showAddress } from "../../src/runtime/mod.ts";
import { discover, needsResolver } from "../../src/upstream/discovery.ts";
import { assertEquals } from "../assert.ts";
import { clusterOf, FakeNetwork } from "./fake_network.ts";

/** The places found, each as `host:port*weight name` with `|` between addresses. */
async function found(
  endpoints: readonly string[],
  options: Partial<ClusterConfig> & { names?: Record<string, string[]> } = {},
): Promise<{ places: string[]; failed: string[]; resolved: string[] }> {
  const { names = {}, ...config } = options;
  const network = new FakeNetwork();
  network.names = names;
  const { places, failures } = await discover(clusterOf(endpoints, config), network);
  return {
    places: places.flat().map(({ addresses, hostname, weight }) =>
      `${addresses.map(showAddress).join("|")}*${weight} ${hostname}`.trim()
    ),
    failed: failures.map(({ name }) => name),
    resolved: network.resolved,
  };
}

const TWO = { "two.test": ["10.0.0.1", "2001:db8::1", "10.0.0.2", "2001:db8::2"] };

Deno.test("An IP address is taken as it is", async () => {
  assertEquals(await found(["10.0.0.5:80", "[2001:db8::5]:443*3"]), {
    places: ["10.0.0.5:80*1", "[2001:db8::5]:443*3"],
    failed: [],
    resolved: [],
  });
});

Deno.test("localhost stands for both loopback families, whatever a resolver says", async () => {
  for (const name of ["localhost", "LocalHost", "app.localhost"]) {
    const { places, resolved } = await found([`${name}:3000`], { names: { [name]: ["10.9.9.9"] } });
    assertEquals(places, [`127.0.0.1:3000|[::1]:3000*1 ${name}`]);
    assertEquals(resolved, []);
  }
  const only = async (dnsLookupFamily: "v4_only" | "v6_only") =>
    (await found(["localhost:1"], { dnsLookupFamily })).places;
  assertEquals(await only("v4_only"), ["127.0.0.1:1*1 localhost"]);
  assertEquals(await only("v6_only"), ["[::1]:1*1 localhost"]);
});

Deno.test("strict_dns makes an endpoint of every address, logical_dns of the first", async () => {
  const strict = await found(["two.test:80*2"], { names: TWO });
  assertEquals(strict.places, [
    "10.0.0.1:80*2 two.test",
    "[2001:db8::1]:80*2 two.test",
    "10.0.0.2:80*2 two.test",
    "[2001:db8::2]:80*2 two.test",
  ]);
  const logical = await found(["two.test:80"], { names: TWO, discovery: "logical_dns" });
  assertEquals(logical.places, ["10.0.0.1:80*1 two.test"]);
});

Deno.test("dns_lookup_family tells which addresses of a name count", async () => {
  const v4 = ["10.0.0.1:80*1 two.test", "10.0.0.2:80*1 two.test"];
  const v6 = ["[2001:db8::1]:80*1 two.test", "[2001:db8::2]:80*1 two.test"];
  for (
    const [dnsLookupFamily, expected] of [
      ["v4_preferred", v4],
      ["v4_only", v4],
      ["auto", v6],
      ["v6_only", v6],
    ] as const
  ) {
    const { places } = await found(["two.test:80"], { names: TWO, dnsLookupFamily });
    assertEquals(places, expected, dnsLookupFamily);
  }
});

Deno.test("A preferred family gives way to the other one, an only one doesn't", async () => {
  const names = { "v4.test": ["10.0.0.1"], "v6.test": ["2001:db8::1"] };
  for (
    const [name, dnsLookupFamily, expected] of [
      ["v6.test", "v4_preferred", "[2001:db8::1]:80*1 v6.test"],
      ["v4.test", "auto", "10.0.0.1:80*1 v4.test"],
      ["v6.test", "v4_only", null],
      ["v4.test", "v6_only", null],
    ] as const
  ) {
    const { places, failed } = await found([`${name}:80`], { names, dnsLookupFamily });
    assertEquals(places, expected === null ? [] : [expected], dnsLookupFamily);
    assertEquals(failed, expected === null ? [name] : [], dnsLookupFamily);
  }
});

Deno.test("An address that the resolver repeats is one endpoint", async () => {
  const names = { "app.test": ["10.0.0.1", "10.0.0.2", "10.0.0.1"] };
  const { places } = await found(["app.test:80"], { names });
  assertEquals(places, ["10.0.0.1:80*1 app.test", "10.0.0.2:80*1 app.test"]);
});

Deno.test("A name that doesn't resolve is told, and hides no other", async () => {
  const { places, failed } = await found(["gone.test:80", "10.0.0.5:80", "lost.test:80"]);
  assertEquals(places, ["10.0.0.5:80*1"]);
  assertEquals(failed.sort(), ["gone.test", "lost.test"]);
});

Deno.test("Only names can change, and localhost never does", () => {
  const needs = (...endpoints: string[]) => needsResolver(clusterOf(endpoints));
  assertEquals(needs("10.0.0.1:80", "[::1]:80", "localhost:80", "a.localhost:80"), false);
  assertEquals(needs("10.0.0.1:80", "app.test:80"), true);
});
