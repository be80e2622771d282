/**
 * A listener in the native form.
 *
 * @module
 */

import { parseListenAddress } from "../address.ts";
import type { ClusterNames, TakenAddresses } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type {
  ForwardingConfig,
  HttpFilterConfig,
  ListenerConfig,
  TcpFilterConfig,
} from "../model.ts";
import { quote } from "../problem.ts";
import { HTTP_LIMITS, HTTP_TIMEOUTS, MAX_HOPS } from "./defaults.ts";
import { readRoutes, readVirtualHosts } from "./routes.ts";
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
    return { name, address, maxConnections: 0, filterChains: [{ tls, filter }] };
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

const FORWARDING: Readonly<Record<string, ForwardingConfig["mode"]>> = {
  replace: "replace",
  append: "append",
  keep: "keep",
};

function readHttp(name: string, fields: Fields, context: ListenerContext): HttpFilterConfig {
  fields.take("tcp");
  const ignorePort = fields.take("ignore_host_port").boolean(true);
  const routes = fields.take("routes");
  const virtualHosts = fields.take("virtual_hosts");
  return {
    kind: "http",
    statPrefix: fields.take("stat_prefix").name(name),
    forwarding: {
      mode: fields.take("forwarding").choice<ForwardingConfig["mode"]>(FORWARDING, "replace"),
    },
    virtualHosts: virtualHosts.given
      ? readVirtualHosts(virtualHosts, { ...context, ignorePort })
      : readRoutes(routes, { ...context, ignorePort }),
    ignorePortInHost: ignorePort,
    accessLog: fields.take("access_log").boolean(context.accessLog),
    acceptHttp10: false,
    defaultHostForHttp10: null,
    limits: HTTP_LIMITS,
    timeouts: {
      ...HTTP_TIMEOUTS,
      headMs: fields.take("head_timeout").duration(HTTP_TIMEOUTS.headMs),
      idleMs: fields.take("idle_timeout").duration(HTTP_TIMEOUTS.idleMs),
    },
    errors: "loopback",
    maxHops: MAX_HOPS,
  };
}

function readTcp(name: string, fields: Fields, context: ListenerContext): TcpFilterConfig {
  for (
    const http of ["routes", "virtual_hosts", "forwarding", "head_timeout", "ignore_host_port"]
  ) {
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
