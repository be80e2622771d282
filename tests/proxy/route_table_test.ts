import type { RouteConfig, VirtualHostConfig } from "../../src/config/model.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { rewrittenPath, RouteTable } from "../../src/proxy/route_table.ts";
import { assertEquals } from "../assert.ts";

const NO_HEADERS = new HeaderMap();

/** A route to `cluster`. */
function route(
  cluster: string,
  match: { prefix?: string; path?: string; headers?: Record<string, string> } = {},
  prefixRewrite: string | null = null,
): RouteConfig {
  const { prefix = "/", path, headers = {} } = match;
  return {
    match: {
      path: path === undefined ? { kind: "prefix", value: prefix } : { kind: "path", value: path },
      headers: Object.entries(headers).map(([name, exact]) => ({ name, exact })),
    },
    cluster,
    timeoutMs: 15_000,
    timeoutCovers: "head",
    prefixRewrite,
    clientSans: null,
    maxBodyBytes: 0,
    upgrades: [],
  };
}

/** A virtual host for these domains, whose routes lead to a cluster named like the first one. */
function host(...domains: string[]): VirtualHostConfig {
  return { name: domains[0], domains, routes: [route(domains[0])] };
}

/** The cluster that a host leads to, or null. */
function lookUp(table: RouteTable, authority: string): string | null {
  return table.match(authority, "/", NO_HEADERS)?.cluster ?? null;
}

Deno.test("A virtual host is found as Envoy does: exact, longest suffix, longest prefix, any", () => {
  const table = new RouteTable({
    ignorePortInHost: false,
    virtualHosts: [
      host("*"),
      host("app.*"),
      host("app.long.*"),
      host("*.test"),
      host("*.long.test"),
      host("*-x.test"),
      host("app.long.test", "also.test"),
    ],
  });
  for (
    const [authority, expected] of [
      ["app.long.test", "app.long.test"],
      ["also.test", "app.long.test"],
      ["other.long.test", "*.long.test"],
      ["other.test", "*.test"],
      ["a-x.test", "*-x.test"],
      ["app.long.example", "app.long.*"],
      ["app.example", "app.*"],
      ["example", "*"],
      // A star stands for something.
      [".test", "*"],
      ["app.", "*"],
      ["APP.Long.TEST", "app.long.test"],
      ["Other.TEST", "*.test"],
    ] as const
  ) {
    assertEquals(lookUp(table, authority), expected, authority);
  }
});

Deno.test("Without a host for any name, an unknown one finds none", () => {
  const table = new RouteTable({ ignorePortInHost: false, virtualHosts: [host("app.test")] });
  assertEquals(lookUp(table, "other.test"), null);
});

Deno.test("A port in Host counts, unless it is ignored", () => {
  const virtualHosts = [
    host("app.test"),
    host("app.test:8443"),
    host("*.wild.test"),
    host("[::1]"),
  ];
  const counts = new RouteTable({ ignorePortInHost: false, virtualHosts });
  const ignored = new RouteTable({ ignorePortInHost: true, virtualHosts });
  for (
    const [authority, whenCounted, whenIgnored] of [
      ["app.test", "app.test", "app.test"],
      ["app.test:8443", "app.test:8443", "app.test"],
      ["app.test:1", null, "app.test"],
      ["a.wild.test", "*.wild.test", "*.wild.test"],
      ["a.wild.test:1", null, "*.wild.test"],
      ["[::1]", "[::1]", "[::1]"],
      ["[::1]:8080", null, "[::1]"],
    ] as const
  ) {
    assertEquals(lookUp(counts, authority), whenCounted, `${authority}, counted`);
    assertEquals(lookUp(ignored, authority), whenIgnored, `${authority}, ignored`);
  }
});

Deno.test("A table with nothing but the host for any name matches every authority", () => {
  const table = new RouteTable({ ignorePortInHost: false, virtualHosts: [host("*")] });
  for (const authority of ["app.test", "app.test:1", "[::1]:80"]) {
    assertEquals(lookUp(table, authority), "*", authority);
  }
});

Deno.test("A host that matched is not left for another when none of its routes match", () => {
  const table = new RouteTable({
    ignorePortInHost: false,
    virtualHosts: [
      { name: "a", domains: ["app.test"], routes: [route("a", { prefix: "/only/" })] },
      host("*"),
    ],
  });
  assertEquals(table.match("app.test", "/else", NO_HEADERS), null);
});

Deno.test("The first route that matches is taken, by path and by every header", () => {
  const table = new RouteTable({
    ignorePortInHost: false,
    virtualHosts: [{
      name: "any",
      domains: ["*"],
      routes: [
        route("exact", { path: "/exact" }),
        route("both", { prefix: "/api", headers: { "x-version": "2", "x-kind": "a, b" } }),
        route("version", { prefix: "/api", headers: { "x-version": "2" } }),
        route("api", { prefix: "/api" }),
        route("star", { path: "*" }),
        route("never", { prefix: "/api/deep" }),
      ],
    }],
  });
  const version = HeaderMap.of(["x-version", "2"]);
  const both = HeaderMap.of(["x-version", "2"], ["x-kind", "a"], ["x-kind", "b"]);
  for (
    const [path, headers, expected] of [
      ["/exact", NO_HEADERS, "exact"],
      ["/exact?query", NO_HEADERS, "exact"],
      ["/exact/", NO_HEADERS, null],
      ["/exactly", NO_HEADERS, null],
      ["/EXACT", NO_HEADERS, null],
      ["/api", NO_HEADERS, "api"],
      ["/api/deep", NO_HEADERS, "api"],
      ["/apis", NO_HEADERS, "api"],
      ["/ap", NO_HEADERS, null],
      ["/api", HeaderMap.of(["x-version", "20"]), "api"],
      ["/api", version, "version"],
      ["/api", both, "both"],
      ["*", NO_HEADERS, "star"],
    ] as const
  ) {
    assertEquals(table.match("any.test", path, headers)?.cluster ?? null, expected, path);
  }
});

Deno.test("A prefix is rewritten and the rest with the query is kept", () => {
  for (
    const [prefix, rewrite, path, expected] of [
      ["/api/", "/", "/api/users?id=1", "/users?id=1"],
      ["/api", "/", "/api/users", "//users"], // as Envoy does
      ["/api", "/v2", "/api", "/v2"],
      ["/api", "/v2", "/api?x", "/v2?x"],
      ["/", "/in/", "/a", "/in/a"],
    ] as const
  ) {
    assertEquals(rewrittenPath(route("c", { prefix }, rewrite), path), expected);
  }
});

Deno.test("A whole path is rewritten and its query is kept", () => {
  const one = route("c", { path: "/old" }, "/new");
  assertEquals(rewrittenPath(one, "/old"), "/new");
  assertEquals(rewrittenPath(one, "/old?a=b"), "/new?a=b");
});

Deno.test("Without a rewrite the path stays", () => {
  assertEquals(rewrittenPath(route("c"), "/a"), null);
});

Deno.test("OPTIONS * goes where every path goes, and is not rewritten", () => {
  const tableOf = (...routes: RouteConfig[]) =>
    new RouteTable({
      ignorePortInHost: false,
      virtualHosts: [{ name: "any", domains: ["*"], routes }],
    });
  const below = route("api", { prefix: "/api/" });
  const table = tableOf(below, route("exact", { path: "/" }), route("all", {}, "/v1"));
  const found = table.match("a.test", "*", NO_HEADERS);
  assertEquals([found?.cluster, rewrittenPath(found!, "*")], ["all", null]);
  assertEquals(tableOf(below).match("a.test", "*", NO_HEADERS), null);
});
