/**
 * What becomes of a connection, in the native form: `routes` or `virtual_hosts` for HTTP, `tcp` for
 * bytes.
 *
 * @module
 */

import type { Cursor, Fields } from "../cursor.ts";
import type { HttpFilterConfig, TcpFilterConfig } from "../model.ts";
import { HTTP_TIMEOUTS } from "./defaults.ts";
import { HTTP_FIELDS, type HttpContext, readHttp } from "./http_filter.ts";

/** Exactly one of the three says what is done. `field` is what has the fields. */
export function readKind(field: Cursor, fields: Fields): "http" | "tcp" {
  const given = ["routes", "virtual_hosts", "tcp"].filter((name) => fields.has(name));
  if (given.length === 0 && field.kind === "map") {
    field.failAtName('missing field "routes" for HTTP, or "tcp" to pass bytes on');
  }
  for (const other of given.slice(1)) {
    fields.take(other).failAtName(`cannot stand beside "${given[0]}": a listener does one of them`);
  }
  return given[0] === "tcp" ? "tcp" : "http";
}

/** Reads the fields that belong to the kind; `name` is the listener's. */
export function readFilter(
  name: string,
  fields: Fields,
  context: HttpContext & { readonly kind: "http" | "tcp" },
): HttpFilterConfig | TcpFilterConfig {
  return context.kind === "http"
    ? readHttp(name, fields, context)
    : readTcp(name, fields, { ...context, cluster: fields.take("tcp") });
}

/** Reads what a TCP filter is told beside the field with its cluster. */
export function readTcp(
  name: string,
  fields: Fields,
  context: HttpContext & { readonly cluster: Cursor },
): TcpFilterConfig {
  for (const http of HTTP_FIELDS) {
    const field = fields.take(http);
    if (field.given) field.failAtName('is for HTTP; this listener has "tcp"');
  }
  return readTcpOptions(name, fields, context);
}

/** As `readTcp`, where HTTP is spoken on the same listener. */
export function readTcpOptions(
  name: string,
  fields: Fields,
  context: HttpContext & { readonly cluster: Cursor },
): TcpFilterConfig {
  return {
    kind: "tcp",
    statPrefix: fields.take("stat_prefix").name(name),
    cluster: context.clusters.read(context.cluster, "tcp"),
    idleTimeoutMs: fields.take("idle_timeout").duration(HTTP_TIMEOUTS.idleMs),
    accessLog: fields.take("access_log").boolean(context.accessLog),
  };
}
