/**
 * Finding a request's route.
 *
 * @module
 */

import type { RouteConfig } from "../../src/config/model.ts";
import { HeaderMap } from "../../src/http/mod.ts";
import { RouteTable } from "../../src/proxy/route_table.ts";

function route(value: string): RouteConfig {
  return {
    match: { path: { kind: "prefix", value }, headers: [] },
    cluster: "app",
    timeoutMs: 15_000,
    timeoutCovers: "head",
    prefixRewrite: null,
    clientSans: null,
    maxBodyBytes: 0,
    upgrades: [],
  };
}

function tableOf(domains: string[], routes: RouteConfig[]): RouteTable {
  const virtualHosts = [{ name: "host", domains, routes }];
  return new RouteTable({ ignorePortInHost: false, virtualHosts });
}

const one = tableOf(["*"], [route("/")]);
const hundred = tableOf(
  ["www.example.com"],
  [...Array.from({ length: 99 }, (_, index) => route(`/service-${index}/`)), route("/")],
);
const headers = new HeaderMap();
const path = "/service-is-none-of-them?page=2";

// What is found is kept, so that the compiler can't leave the search out.
let found: RouteConfig | null = null;

Deno.bench("match the only route", () => {
  found = one.match("www.example.com", path, headers);
});
Deno.bench("match the last of 100 routes", () => {
  found = hundred.match("www.example.com", path, headers);
});

/** What was matched last. */
export function lastFound(): typeof found {
  return found;
}
