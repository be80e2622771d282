/**
 * Filter chains in the native form. The short one: `tls` and `tcp` are lists whose entries have a
 * `host`, and all that ends TLS goes the listener's way. The long one, `chains`, says anything that
 * Envoy can: `genkan adapt` uses it where the short one can't say the same.
 *
 * @module
 */

import { parseServerPattern } from "../address.ts";
import type { Cursor, Fields } from "../cursor.ts";
import { findSameFilledMatch, showSameMatch } from "../filter_chain_match.ts";
import type { DownstreamTlsConfig, FilterChainConfig, FilterChainMatchConfig } from "../model.ts";
import { quote } from "../problem.ts";
import { ANY } from "./defaults.ts";
import { HTTP_FIELDS, type HttpContext } from "./http_filter.ts";
import { readFilter, readKind, readTcp, readTcpOptions } from "./terminal_filter.ts";
import { readDownstreamTls, type TlsContext } from "./tls.ts";

/** What chains need to know of the rest of the file. */
export type ChainsContext = TlsContext & Omit<HttpContext, "asksForCertificates">;

/** The chains of a listener. */
export interface Chains {
  readonly filterChains: FilterChainConfig[];
  readonly defaultFilterChain: FilterChainConfig | null;
}

/** Reads all that says what becomes of a listener's connections. */
export function readChains(
  name: string,
  field: Cursor,
  fields: Fields,
  context: ChainsContext,
): Chains {
  return fields.has("chains", "default_chain")
    ? readLongChains(name, fields, context)
    : { filterChains: readShortChains(name, field, fields, context), defaultFilterChain: null };
}

/** A chain that is still without its filter, and where it is told of. */
interface Entry {
  readonly field: Cursor;
  readonly serverNames: string[];
  readonly tls: DownstreamTlsConfig;
}

function readShortChains(
  name: string,
  field: Cursor,
  fields: Fields,
  context: ChainsContext,
): FilterChainConfig[] {
  const tcp = fields.take("tcp");
  const isPassing = tcp.kind === "list";
  const hasHttp = fields.has("routes", "virtual_hosts");
  const kind = isPassing ? "http" : readKind(field, fields);
  const tlsField = fields.take("tls");
  const entries = readEntries(tlsField, { ...context, kind });
  const asksForCertificates = entries.some(({ tls }) => tls.clientCertificate !== null);
  const inner = { ...context, kind, asksForCertificates };
  const passed = isPassing ? tcp.items().map((item) => readPassed(name, item, fields, inner)) : [];
  if (isPassing && passed.length === 0) tcp.fail("expected where to pass bytes to, found none");
  if (isPassing && hasHttp && fields.has("routes") && fields.has("virtual_hosts")) {
    fields.take("virtual_hosts").failAtName('cannot stand beside "routes"');
  }
  const chains: FilterChainConfig[] = [];
  if (!isPassing || hasHttp) {
    const filter = readFilter(name, fields, inner);
    // Where others are passed on, TLS that nobody ends here isn't taken for HTTP.
    const plain: FilterChainMatchConfig = isPassing
      ? { ...ANY, transportProtocol: "raw_buffer" }
      : ANY;
    if (tlsField.given) {
      for (const { serverNames, tls } of entries) {
        chains.push({ name: "", match: { ...ANY, serverNames }, tls, filter });
      }
    } else chains.push({ name: "", match: plain, tls: null, filter });
  } else if (tlsField.given) {
    tlsField.failAtName('missing field "routes" for what ends its TLS here');
  }
  checkSame([...entries.map(({ field }) => field), ...passed.map(({ field }) => field)], [
    ...entries.map(({ serverNames }) => serverNames),
    ...passed.map(({ chain }) => chain.match.serverNames),
  ]);
  return [...chains, ...passed.map(({ chain }) => chain)];
}

function readEntries(
  field: Cursor,
  context: ChainsContext & { readonly kind: "http" | "tcp" },
): Entry[] {
  if (!field.given) return [];
  const items = field.kind === "list" ? field.items() : [field];
  if (items.length === 0) field.fail("expected an entry, found none");
  return items.map((item) =>
    item.record([], (fields) => ({
      field: fields.has("host") ? fields.take("host") : item,
      serverNames: readHosts(fields.take("host")),
      tls: readDownstreamTls(item, fields, context),
    }))
  );
}

/** An entry of a `tcp` list: TLS for its host, or all that nothing else takes, is passed on. */
function readPassed(
  name: string,
  item: Cursor,
  listener: Fields,
  context: HttpContext,
): { field: Cursor; chain: FilterChainConfig } {
  return item.record([], (fields) => {
    const host = fields.take("host");
    const match = { ...ANY, serverNames: readHosts(host) };
    const inner = { ...context, cluster: fields.need("cluster") };
    const filter = listener.has("routes", "virtual_hosts")
      ? readTcpOptions(name, listener, inner)
      : readTcp(name, listener, inner);
    return { field: host.given ? host : item, chain: { name: "", match, tls: null, filter } };
  });
}

/** One name, or a list of them. */
function readHosts(field: Cursor): string[] {
  const items = field.kind === "list" ? field.items() : [field];
  if (!field.given) return [];
  if (items.length === 0) field.fail("expected a host, found none");
  return items.length === 0 ? [""] : items.map((item) => item.parsed(parseServerPattern, ""));
}

function checkSame(fields: readonly Cursor[], serverNames: readonly string[][]): void {
  const same = findSameFilledMatch(serverNames.map((names) => ({ ...ANY, serverNames: names })));
  if (same === null) return;
  fields[same.second].fail(
    same.serverName === null
      ? 'a second entry without "host", which takes all that no other one takes'
      : `${quote(same.serverName)} is given twice`,
  );
}

const OWN_FIELDS = [
  "tls",
  "tcp",
  "stat_prefix",
  "access_log",
  "idle_timeout",
  ...HTTP_FIELDS,
];

function readLongChains(name: string, fields: Fields, context: ChainsContext): Chains {
  for (const own of OWN_FIELDS) {
    const field = fields.take(own);
    if (field.given) field.failAtName('belongs to each of the "chains" here');
  }
  const listField = fields.take("chains");
  const rest = fields.take("default_chain");
  const items = listField.items();
  if (listField.kind === "list" && items.length === 0 && !rest.given) {
    listField.fail("expected a chain, found none");
  }
  const filterChains = items.map((item) => readChain(name, item, { ...context, hasMatch: true }));
  const same = findSameFilledMatch(filterChains.map(({ match }) => match));
  if (same !== null) items[same.second].failAtName(showSameMatch(same));
  return {
    filterChains,
    defaultFilterChain: rest.given ? readChain(name, rest, { ...context, hasMatch: false }) : null,
  };
}

/** The words of `protocol`. */
export const PROTOCOLS: Readonly<
  Record<string, NonNullable<FilterChainMatchConfig["transportProtocol"]>>
> = { tls: "tls", plain: "raw_buffer" };

function readChain(
  name: string,
  field: Cursor,
  context: ChainsContext & { readonly hasMatch: boolean },
): FilterChainConfig {
  return field.record([], (fields) => {
    const kind = readKind(field, fields);
    const tlsField = fields.take("tls");
    const tls = tlsField.given
      ? tlsField.record([], (inner) => readDownstreamTls(tlsField, inner, { ...context, kind }))
      : null;
    const asksForCertificates = (tls?.clientCertificate ?? null) !== null;
    return {
      name: fields.take("name").text(),
      match: context.hasMatch ? readMatch(fields) : ANY,
      tls,
      filter: readFilter(name, fields, { ...context, kind, asksForCertificates }),
    };
  });
}

function readMatch(fields: Fields): FilterChainMatchConfig {
  return {
    serverNames: readHosts(fields.take("host")),
    transportProtocol: fields.take("protocol")
      .choice<FilterChainMatchConfig["transportProtocol"]>(PROTOCOLS, null),
    applicationProtocols: fields.take("client_alpn").items()
      .map((item) => item.filled("a protocol")),
  };
}
