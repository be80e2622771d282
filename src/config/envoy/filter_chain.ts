/**
 * Filter chains in Envoy's form: which connections each takes, and what becomes of them.
 *
 * @module
 */

import { parseServerPattern } from "../address.ts";
import type { Cursor } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import { findSameFilledMatch, showSameMatch, takesAll } from "../filter_chain_match.ts";
import type { FilterChainConfig, FilterChainMatchConfig } from "../model.ts";
import { CONNECTION_LIMIT, type ConnectionLimit } from "./connection_limit.ts";
import { FIELDS } from "./fields.ts";
import { httpConnectionManager } from "./http_connection_manager.ts";
import type { ResourceContext } from "./resource_context.ts";
import { tcpProxy } from "./tcp_proxy.ts";
import { readDownstreamTls } from "./tls.ts";
import { readExtension } from "./typed_config.ts";

/** A chain with the connections that it takes at a time; 0 for no limit. */
export interface LimitedChain {
  readonly chain: FilterChainConfig;
  readonly maxConnections: number;
}

/** What the listener says that concerns all of its chains. */
export interface ChainsContext extends ResourceContext {
  readonly inspectTls: boolean;
}

/** The chains of a listener, and what takes the rest. (Envoy: `filter_chains`) */
export function readFilterChains(
  fields: { readonly chains: Cursor; readonly rest: Cursor },
  context: ChainsContext,
): { chains: LimitedChain[]; rest: LimitedChain | null } {
  const items = fields.chains.items();
  if (fields.chains.kind === "list" && items.length === 0 && !fields.rest.given) {
    fields.chains.fail("expected a filter chain, found none");
  }
  const chains = items.map((item) => readFilterChain(item, context));
  const same = findSameFilledMatch(chains.map(({ chain }) => chain.match));
  if (same !== null) {
    items[same.second].peek("filter_chain_match").failAtName(showSameMatch(same));
  }
  const rest = fields.rest.given ? readFilterChain(fields.rest, context) : null;
  if (rest !== null && !takesAll(rest.chain.match)) {
    fields.rest.peek("filter_chain_match")
      .failAtName("has no effect in the default filter chain; remove it");
  }
  return { chains, rest };
}

/** (Envoy: `FilterChain`) */
function readFilterChain(field: Cursor, context: ChainsContext): LimitedChain {
  return field.record(FIELDS.FilterChain, (fields) => {
    const name = fields.take("name").text();
    const match = readMatch(fields.take("filter_chain_match"), context);
    const { filter, maxConnections } = readFilters(fields.need("filters"), context);
    const tls = readDownstreamTls(fields.take("transport_socket"), {
      ...context,
      kind: filter.kind,
    });
    return { chain: { name, match, tls, filter }, maxConnections };
  });
}

/** (Envoy: `FilterChainMatch`; names and protocols only) */
function readMatch(field: Cursor, { inspectTls }: ChainsContext): FilterChainMatchConfig {
  return field.record(FIELDS.FilterChainMatch, (fields) => {
    const names = fields.take("server_names");
    const transport = fields.take("transport_protocol");
    const applications = fields.take("application_protocols");
    const match: FilterChainMatchConfig = {
      serverNames: names.items().map((item) => item.parsed(parseServerName, "")),
      transportProtocol: transport.parsed(parseTransport, null),
      applicationProtocols: applications.items().map((item) => item.filled("a protocol")),
    };
    if (!inspectTls) {
      if (match.serverNames.length > 0) warnOfBlindness(names);
      if (match.transportProtocol === "tls") warnOfBlindness(transport);
      if (match.applicationProtocols.length > 0) warnOfBlindness(applications);
    }
    return match;
  });
}

/** `.suffix` is the same as `*.suffix`. */
function parseServerName(text: string): Reading<string> {
  return parseServerPattern(text.startsWith(".") ? `*${text}` : text);
}

function warnOfBlindness(field: Cursor): void {
  field.warn(
    "never matches: nothing looks at what a client says first; add the listener filter " +
      "tls_inspector",
  );
}

/** Its case counts, and empty is proto3's way of saying that there is none. */
function parseTransport(text: string): Reading<FilterChainMatchConfig["transportProtocol"]> {
  if (text === "") return { value: null };
  return text === "tls" || text === "raw_buffer"
    ? { value: text }
    : { expected: "tls or raw_buffer" };
}

/** A terminal filter, and before it connection limits, of which the lowest counts. */
function readFilters(
  field: Cursor,
  context: ChainsContext,
): { filter: FilterChainConfig["filter"]; maxConnections: number } {
  const extensions = [
    httpConnectionManager(context.clusters),
    tcpProxy(context.clusters),
    CONNECTION_LIMIT,
  ];
  const items = field.items();
  if (field.kind === "list" && items.length === 0) field.fail("expected a filter, found none");
  let filter = NO_FILTER, maxConnections = 0;
  for (const [index, item] of items.entries()) {
    const isLast = index === items.length - 1;
    item.record(FIELDS.Filter, (fields) => {
      fields.need("name").name();
      const found = readExtension<FilterChainConfig["filter"] | ConnectionLimit>(
        fields,
        extensions,
      );
      if (found === null) return;
      if (found.kind !== "connection_limit") {
        if (!isLast) item.fail("a terminal filter must be the last of its chain");
        filter = found;
        return;
      }
      if (isLast && filter === NO_FILTER) {
        item.fail("a terminal filter must follow: HTTP or TCP");
      }
      maxConnections = Math.min(found.maxConnections, maxConnections || found.maxConnections);
    });
  }
  return { filter, maxConnections };
}

// Never seen outside: a configuration without a filter is thrown away.
const NO_FILTER: FilterChainConfig["filter"] = {
  kind: "tcp",
  statPrefix: "",
  cluster: "",
  idleTimeoutMs: 0,
  accessLog: false,
};
