/**
 * Listeners in Envoy's form, down to the terminal filter.
 *
 * @module
 */

import { showAddress } from "../../runtime/mod.ts";
import type { CertificateLoader } from "../certificates.ts";
import type { ClusterNames, TakenAddresses } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { FilterChainConfig, ListenerConfig } from "../model.ts";
import { ANY } from "../native/defaults.ts";
import { quote } from "../problem.ts";
import { readSocketAddress } from "./address.ts";
import { CONNECTION_LIMIT, type ConnectionLimit } from "./connection_limit.ts";
import { FIELDS } from "./fields.ts";
import { httpConnectionManager } from "./http_connection_manager.ts";
import { tcpProxy } from "./tcp_proxy.ts";
import { readDownstreamTls } from "./tls.ts";
import { readExtension } from "./typed_config.ts";

/** What a listener needs to know of the rest of the file. */
export interface ListenerContext {
  readonly certificates: CertificateLoader;
  readonly clusters: ClusterNames;
  readonly addresses: TakenAddresses;
  /** The listeners' names so far. */
  readonly names: Set<string>;
}

/** (Envoy: `Listener`) */
export function readListener(field: Cursor, context: ListenerContext): ListenerConfig {
  return field.record(FIELDS.Listener, (fields) => {
    const addressField = fields.need("address");
    const address = readSocketAddress(addressField, "listen");
    const nameField = fields.take("name");
    // An empty name is proto3's way of saying that there is none.
    const given = nameField.text();
    if (given !== "" && context.names.has(given)) {
      nameField.fail(`listener ${quote(given)} is given twice`);
    }
    const name = given || freeName(showAddress(address), context.names);
    context.names.add(name);
    context.addresses.take(addressField, address, `listener ${quote(name)}`);
    const chains = readFilterChains(fields, context);
    // The limit is the listener's own here, and the listener has one chain.
    return {
      name,
      address,
      maxConnections: chains[0]?.maxConnections ?? 0,
      inspectTls: false,
      proxyProtocol: null,
      filterChains: chains.map(({ name, match, tls, filter }) => ({ name, match, tls, filter })),
      defaultFilterChain: null,
    };
  });
}

/** Two listeners without a name may both want any free port. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = taken.size + 1; taken.has(free); count++) free = `${name}#${count}`;
  return free;
}

/** A chain with the connections that it takes at a time; 0 for no limit. */
interface LimitedChain extends FilterChainConfig, Pick<ListenerConfig, "maxConnections"> {}

function readFilterChains(fields: Fields, context: ListenerContext): LimitedChain[] {
  const field = fields.need("filter_chains");
  const chains = field.items();
  if (field.kind === "list" && chains.length === 0) {
    field.fail("expected a filter chain, found none");
  }
  chains[1]?.fail("a second filter chain is not supported");
  return chains.map((chain) => readFilterChain(chain, context));
}

/** (Envoy: `FilterChain`) */
function readFilterChain(field: Cursor, context: ListenerContext): LimitedChain {
  return field.record(FIELDS.FilterChain, (fields) => {
    fields.take("name").text();
    // An empty match takes everything, which is what genkan does.
    fields.take("filter_chain_match").record(FIELDS.FilterChainMatch, () => {});
    const { filter, maxConnections } = readFilters(fields.need("filters"), context);
    const tls = readDownstreamTls(fields.take("transport_socket"), {
      ...context,
      kind: filter.kind,
    });
    return { name: "", match: ANY, tls, filter, maxConnections };
  });
}

/** A terminal filter, and before it connection limits, of which the lowest counts. */
function readFilters(
  field: Cursor,
  context: ListenerContext,
): Pick<LimitedChain, "filter" | "maxConnections"> {
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
