/**
 * A listener in the native form.
 *
 * @module
 */

import { parseListenAddress } from "../address.ts";
import { type ClusterNames, MAX_COUNT, type TakenAddresses } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { ListenerConfig, TcpFilterConfig } from "../model.ts";
import { quote } from "../problem.ts";
import { ANY, HTTP_TIMEOUTS } from "./defaults.ts";
import { HTTP_FIELDS, readHttp } from "./http_filter.ts";
import { readDownstreamTls, type TlsContext } from "./tls.ts";

/** What a listener needs to know of the rest of the file. */
export interface ListenerContext extends TlsContext {
  readonly clusters: ClusterNames;
  readonly addresses: TakenAddresses;
  /** The file's own `access_log`. */
  readonly accessLog: boolean;
}

/** Reads `listeners.<name>`. */
export function readListener(
  name: string,
  field: Cursor,
  context: ListenerContext,
): ListenerConfig {
  if (name === "") field.failAtName("expected a name, found none");
  return field.record([], (fields) => {
    const addressField = fields.need("address");
    const address = addressField.parsed(parseListenAddress, { host: "127.0.0.1", port: 0 });
    context.addresses.take(addressField, address, `listener ${quote(name)}`);
    const kind = readKind(field, fields);
    const tls = readDownstreamTls(fields.take("tls"), { ...context, kind });
    const filter = kind === "http"
      ? readHttp(name, fields, context)
      : readTcp(name, fields, context);
    const maxConnections = fields.take("max_connections").integer(0, MAX_COUNT, 0);
    return {
      name,
      address,
      maxConnections,
      inspectTls: false,
      proxyProtocol: null,
      filterChains: [{ name: "", match: ANY, tls, filter }],
      defaultFilterChain: null,
    };
  });
}

/** Exactly one of the three says what the listener does. */
function readKind(field: Cursor, fields: Fields): "http" | "tcp" {
  const given = ["routes", "virtual_hosts", "tcp"].filter((name) => fields.has(name));
  if (given.length === 0 && field.kind === "map") {
    field.failAtName('missing field "routes" for HTTP, or "tcp" to pass bytes on');
  }
  for (const other of given.slice(1)) {
    fields.take(other).failAtName(`cannot stand beside "${given[0]}": a listener does one of them`);
  }
  return given[0] === "tcp" ? "tcp" : "http";
}

function readTcp(name: string, fields: Fields, context: ListenerContext): TcpFilterConfig {
  for (const http of HTTP_FIELDS) {
    const field = fields.take(http);
    if (field.given) field.failAtName('is for HTTP; this listener has "tcp"');
  }
  return {
    kind: "tcp",
    statPrefix: fields.take("stat_prefix").name(name),
    cluster: context.clusters.read(fields.take("tcp"), "tcp"),
    idleTimeoutMs: fields.take("idle_timeout").duration(HTTP_TIMEOUTS.idleMs),
    accessLog: fields.take("access_log").boolean(context.accessLog),
  };
}
