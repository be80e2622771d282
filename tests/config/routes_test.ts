import fc from "fast-check";
import { groupByHost, type HostRoute } from "../../src/config/native/host_groups.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { RouteTable } from "../../src/proxy/route_table.ts";
import { assert, assertEquals } from "../assert.ts";

function route(host: string, prefix: string, cluster: string): HostRoute {
  return {
    host,
    route: {
      match: { path: { kind: "prefix", value: prefix }, headers: [] },
      cluster,
      timeoutMs: 0,
      timeoutCovers: "head",
      prefixRewrite: null,
      clientSans: null,
      maxBodyBytes: 0,
      upgrades: [],
    },
  };
}

/** What the native form promises: the first of the list. */
function firstMatch(routes: readonly HostRoute[], host: string, path: string): string | null {
  const takes = (pattern: string) =>
    pattern === "*" || pattern === host ||
    (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) &&
      host.length > pattern.length - 1);
  const found = routes.find((candidate) =>
    takes(candidate.host) && path.startsWith(candidate.route.match.path.value)
  );
  return found?.route.cluster ?? null;
}

const HOSTS = ["a.x.test", "b.x.test", "x.test", "y.test", "test", "other"];
const PATTERNS = [...HOSTS, "*.x.test", "*.test", "*"];
const PREFIXES = ["/", "/api/", "/api/v2/", "/s/"];

Deno.test("A flat list of routes is matched in its order, whatever the hosts", () => {
  const list = fc.array(
    fc.tuple(fc.constantFrom(...PATTERNS), fc.constantFrom(...PREFIXES)),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(list, (pairs) => {
      const routes = pairs.map(([host, prefix], index) => route(host, prefix, String(index)));
      const groups = groupByHost(routes);
      assert(groups !== null);
      const { virtualHosts } = groups;
      const table = new RouteTable({ ignorePortInHost: true, virtualHosts });
      for (const host of HOSTS) {
        for (const prefix of PREFIXES) {
          const path = `${prefix}x`;
          const found = table.match(host, path, new HeaderMap())?.cluster ?? null;
          assertEquals(found, firstMatch(routes, host, path), `${host}${path}`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("groupByHost() tells routes that come after one that takes everything", () => {
  const routes = [route("*", "/", "all"), route("a.test", "/", "a"), route("*", "/x/", "x")];
  assertEquals(groupByHost(routes)?.unreached, [1, 2]);
});

Deno.test("groupByHost() refuses to multiply ten thousand hosts by ten thousand routes", () => {
  const routes = Array.from({ length: 10_000 }, (_, index) => [
    route(`h${index}.test`, "/a/", "h"),
    route("*", `/p${index}/`, "p"),
  ]).flat();
  assertEquals(groupByHost(routes), null);
});
