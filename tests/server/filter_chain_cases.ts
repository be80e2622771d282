/**
 * Listeners with several filter chains, and who gets which. A real Envoy is asked the same.
 *
 * @module
 */

import type { FilterChainMatchConfig } from "../../src/config/model.ts";

/** Who comes: the name and the protocols of its ClientHello, or `plain` for one that speaks no TLS. */
export type Caller = "plain" | {
  readonly serverName?: string;
  readonly alpn?: readonly string[];
};

/** A listener's chains by name, and the name of the chain that each caller gets. */
export interface FilterChainCase {
  readonly name: string;
  readonly chains: Readonly<Record<string, Partial<FilterChainMatchConfig>>>;
  readonly hasDefault?: boolean;
  /** The chain's name, `default`, or null when the connection is closed. */
  readonly callers: readonly (readonly [caller: Caller, chain: string | null])[];
}

const sni = (serverName: string, ...alpn: string[]): Caller =>
  alpn.length === 0 ? { serverName } : { serverName, alpn };

/** Each rule of the look-up. */
export const FILTER_CHAIN_CASES: readonly FilterChainCase[] = [
  {
    name: "exact before the longest wildcard before any name",
    chains: {
      www: { serverNames: ["www.example.com"] },
      example: { serverNames: ["*.example.com"] },
      com: { serverNames: ["*.com"] },
      any: {},
    },
    callers: [
      [sni("www.example.com"), "www"],
      [sni("WWW.Example.COM"), "www"],
      [sni("api.example.com"), "example"],
      [sni("a.b.example.com"), "example"],
      [sni("example.com"), "com"],
      [sni("other.com"), "com"],
      [sni("com"), "any"],
      [sni("example.org"), "any"],
      [{}, "any"],
      ["plain", "any"],
    ],
  },
  {
    name: "names at the edge",
    chains: {
      exact: { serverNames: ["example.com"] },
      dotted: { serverNames: ["dotted.test."] },
      wild: { serverNames: ["*.example.com"] },
      leading: { serverNames: [".lead.test"] },
      upper: { serverNames: ["*.UPPER.test", "EXACT.test"] },
    },
    callers: [
      [sni("example.com."), null],
      [sni("www.example.com."), null],
      [sni("dotted.test."), "dotted"],
      [sni("dotted.test"), null],
      [sni(".example.com"), "wild"],
      [sni("..example.com"), "wild"],
      [sni("a.lead.test"), "leading"],
      [sni("lead.test"), null],
      [sni("a.upper.test"), "upper"],
      [sni("exact.test"), "upper"],
      [sni("127.0.0.1"), null],
      [sni("*.example.com"), "wild"],
    ],
  },
  {
    name: "a trailing dot and a wildcard that has one",
    chains: { dotted: { serverNames: ["*.example.com."] }, any: {} },
    callers: [
      [sni("www.example.com."), "dotted"],
      [sni("www.example.com"), "any"],
      [sni("com."), "any"],
    ],
  },
  {
    name: "a wildcard of nothing",
    chains: { dot: { serverNames: ["*."] }, any: {} },
    callers: [[sni("com."), "any"], [sni("a.com."), "any"], [sni("."), "dot"]],
  },
  {
    name: "no way back from a server name",
    chains: {
      www: { serverNames: ["www.example.com"], applicationProtocols: ["h2"] },
      example: { serverNames: ["*.example.com"] },
      any: {},
    },
    hasDefault: true,
    callers: [
      [sni("www.example.com", "h2"), "www"],
      [sni("www.example.com", "http/1.1"), "default"],
      [sni("www.example.com"), "default"],
      [sni("api.example.com", "http/1.1"), "example"],
      [sni("other.test"), "any"],
    ],
  },
  {
    name: "no way back, and no default",
    chains: {
      www: { serverNames: ["www.example.com"], applicationProtocols: ["h2"] },
      any: {},
    },
    callers: [
      [sni("www.example.com", "http/1.1"), null],
      [sni("other.test", "http/1.1"), "any"],
    ],
  },
  {
    name: "no way back from a transport protocol",
    chains: {
      h2: { transportProtocol: "tls", applicationProtocols: ["h2"] },
      any: {},
    },
    hasDefault: true,
    callers: [
      [sni("a.test", "h2"), "h2"],
      [sni("a.test", "http/1.1"), "default"],
      [{}, "default"],
      ["plain", "any"],
    ],
  },
  {
    name: "transport protocols",
    chains: {
      tls: { transportProtocol: "tls" },
      raw: { transportProtocol: "raw_buffer" },
    },
    callers: [[{}, "tls"], [sni("a.test"), "tls"], ["plain", "raw"]],
  },
  {
    name: "a name of which only plain connections are taken",
    chains: {
      raw: { serverNames: ["a.test"], transportProtocol: "raw_buffer" },
      tls: { transportProtocol: "tls" },
    },
    callers: [[sni("a.test"), null], [sni("b.test"), "tls"], ["plain", null]],
  },
  {
    name: "the client's first protocol that a chain is for",
    chains: {
      h2: { applicationProtocols: ["h2"] },
      http1: { applicationProtocols: ["http/1.1", "http/1.0"] },
      any: {},
    },
    callers: [
      [{ alpn: ["h2", "http/1.1"] }, "h2"],
      [{ alpn: ["http/1.1", "h2"] }, "http1"],
      [{ alpn: ["spdy/3", "http/1.0", "h2"] }, "http1"],
      [{ alpn: ["H2"] }, "any"],
      [{ alpn: ["spdy/3"] }, "any"],
      [{}, "any"],
      ["plain", "any"],
    ],
  },
  {
    name: "chains for names only",
    chains: { a: { serverNames: ["a.test", "b.test"] }, c: { serverNames: ["c.test"] } },
    hasDefault: true,
    callers: [
      [sni("b.test"), "a"],
      [sni("c.test"), "c"],
      [sni("d.test"), "default"],
      [{}, "default"],
      ["plain", "default"],
    ],
  },
  {
    name: "an empty name is any name",
    chains: { any: { serverNames: [""] }, a: { serverNames: ["a.test"] } },
    callers: [[{}, "any"], [sni("b.test"), "any"], [sni("a.test"), "a"]],
  },
];

/** Chains that no listener may have together, and those that it may. */
export const CHAIN_CONFLICTS: readonly {
  readonly name: string;
  readonly chains: readonly Partial<FilterChainMatchConfig>[];
  readonly wrong: "same match" | "partial wildcard" | null;
}[] = [
  { name: "two for all", chains: [{}, {}], wrong: "same match" },
  {
    name: "the same name in other letters",
    chains: [{ serverNames: ["a.test"] }, { serverNames: ["b.test", "A.test"] }],
    wrong: "same match",
  },
  {
    name: "a name twice in one chain",
    chains: [{ serverNames: ["a.test", "a.test"] }],
    wrong: "same match",
  },
  {
    name: "a protocol twice in one chain",
    chains: [{ applicationProtocols: ["h2", "h2"] }],
    wrong: "same match",
  },
  {
    name: "a protocol in two chains",
    chains: [{ applicationProtocols: ["h2", "a"] }, { applicationProtocols: ["a"] }],
    wrong: "same match",
  },
  {
    name: "a wildcard in its two spellings",
    chains: [{ serverNames: ["*.a.test"] }, { serverNames: [".a.test"] }],
    wrong: "same match",
  },
  {
    name: "no name and the empty name",
    chains: [{}, { serverNames: [""] }],
    wrong: "same match",
  },
  {
    name: "a name and its wildcard",
    chains: [{ serverNames: ["a.test"] }, { serverNames: ["*.a.test", "*.test"] }, {}],
    wrong: null,
  },
  {
    name: "a name of either transport protocol",
    chains: [
      { serverNames: ["a.test"], transportProtocol: "tls" },
      { serverNames: ["a.test"], transportProtocol: "raw_buffer" },
      { serverNames: ["a.test"] },
    ],
    wrong: null,
  },
  {
    name: "a protocol in letters of another case",
    chains: [{ applicationProtocols: ["h2"] }, { applicationProtocols: ["H2"] }],
    wrong: null,
  },
  { name: "an asterisk alone", chains: [{ serverNames: ["*"] }], wrong: "partial wildcard" },
  { name: "part of a label", chains: [{ serverNames: ["w*.a.test"] }], wrong: "partial wildcard" },
  { name: "a label inside", chains: [{ serverNames: ["a.*.test"] }], wrong: "partial wildcard" },
  { name: "an end", chains: [{ serverNames: ["a.*"] }], wrong: "partial wildcard" },
  { name: "two asterisks", chains: [{ serverNames: ["*.*.test"] }], wrong: null },
];

/** A whole match from what a case says of it. */
export function wholeMatch(match: Partial<FilterChainMatchConfig>): FilterChainMatchConfig {
  return { serverNames: [], transportProtocol: null, applicationProtocols: [], ...match };
}
