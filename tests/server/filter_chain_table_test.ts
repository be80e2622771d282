/**
 * Which filter chain a connection takes, and which chains can't stand beside one another.
 *
 * @module
 */

import { findSameMatch, isPartialWildcard } from "../../src/config/filter_chain_match.ts";
import { FilterChainTable } from "../../src/server/filter_chain_table.ts";
import { assertEquals } from "../assert.ts";
import { CHAIN_CONFLICTS, FILTER_CHAIN_CASES, wholeMatch } from "./filter_chain_cases.ts";

for (const { name, chains, hasDefault, callers } of FILTER_CHAIN_CASES) {
  Deno.test(`A filter chain is picked as Envoy does: ${name}`, () => {
    const entries = Object.entries(chains).map(([name, match]) => ({
      match: wholeMatch(match),
      value: { name },
    }));
    const table = new FilterChainTable(entries, hasDefault ? { name: "default" } : null);
    for (const [caller, chain] of callers) {
      const { serverName = null, alpn = [] } = caller === "plain" ? {} : caller;
      const found = table.match({
        serverName: serverName?.toLowerCase() ?? null,
        isTls: caller !== "plain",
        alpn,
      });
      assertEquals(found?.name ?? null, chain, JSON.stringify(caller));
    }
  });
}

for (const { name, chains, wrong } of CHAIN_CONFLICTS) {
  Deno.test(`Chains that conflict are found, and only those: ${name}`, () => {
    const matches = chains.map(wholeMatch);
    const names = matches.flatMap(({ serverNames }) => serverNames);
    assertEquals(names.some(isPartialWildcard), wrong === "partial wildcard");
    assertEquals(findSameMatch(matches) !== null, wrong === "same match");
  });
}

Deno.test("Two chains with the same match are named with what they have in common", () => {
  const a = wholeMatch({ serverNames: ["a.test", "*.b.test"], applicationProtocols: ["x", "h2"] });
  const b = wholeMatch({ serverNames: ["c.test", "*.B.test"], applicationProtocols: ["h2"] });
  assertEquals(findSameMatch([wholeMatch({}), a, b]), {
    first: 1,
    second: 2,
    serverName: "*.B.test",
    applicationProtocol: "h2",
  });
});
