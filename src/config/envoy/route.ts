/**
 * Routes in Envoy's form.
 *
 * @module
 */

import type { ClusterNames } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import type {
  HttpFilterConfig,
  RouteConfig,
  RouteMatchConfig,
  VirtualHostConfig,
} from "../model.ts";
import { quote } from "../problem.ts";
import {
  parseDomain,
  parseHeaderName,
  parsePath,
  parsePrefix,
  parseRewrite,
} from "../request_match.ts";
import { FIELDS } from "./fields.ts";
import { readRouteUpgrades, type UpgradeMap } from "./upgrade_configs.ts";

const ROUTE_TIMEOUT_MS = 15_000; // Envoy's default; 0 turns it off

/** What routes need to know of the rest of the file. */
export interface RoutesContext {
  readonly clusters: ClusterNames;
  /** The HTTP filter's. */
  readonly upgrades: UpgradeMap;
}

/** (Envoy: `RouteConfiguration`) */
export function readRouteConfiguration(
  field: Cursor,
  context: RoutesContext,
): Pick<HttpFilterConfig, "virtualHosts" | "ignorePortInHost"> {
  const domains = new Set<string>();
  return field.record(FIELDS.RouteConfiguration, (fields) => {
    fields.take("name").text();
    return {
      ignorePortInHost: fields.take("ignore_port_in_host_matching").boolean(false),
      virtualHosts: fields.take("virtual_hosts").items().map((item) =>
        readVirtualHost(item, domains, context)
      ),
    };
  });
}

/** `taken` are the domains of the virtual hosts before it. (Envoy: `VirtualHost`) */
function readVirtualHost(
  field: Cursor,
  taken: Set<string>,
  context: RoutesContext,
): VirtualHostConfig {
  return field.record(FIELDS.VirtualHost, (fields) => {
    const domainsField = fields.need("domains");
    const domains = domainsField.items().map((item) => {
      const domain = item.parsed(parseDomain, "");
      if (domain !== "" && taken.has(domain)) {
        item.fail(
          domain === "*"
            ? 'a second virtual host for "*"; only one may take every host'
            : `the domain ${quote(domain)} is given twice`,
        );
      }
      taken.add(domain);
      return domain;
    });
    if (domainsField.kind === "list" && domains.length === 0) {
      domainsField.fail("expected a domain, found none");
    }
    return {
      name: fields.need("name").name(),
      domains,
      routes: fields.take("routes").items().map((item) => readRoute(item, context)),
    };
  });
}

/** (Envoy: `Route`) */
function readRoute(field: Cursor, context: RoutesContext): RouteConfig {
  return field.record(FIELDS.Route, (fields) => {
    fields.take("name").text();
    const match = readMatch(fields.need("match"));
    const hasOther = fields.has(
      "redirect",
      "direct_response",
      "filter_action",
      "non_forwarding_action",
    );
    const action = hasOther ? fields.take("route") : fields.need("route");
    return { match, ...readAction(action, context) };
  });
}

/** (Envoy: `RouteAction`) */
function readAction(
  field: Cursor,
  { clusters, upgrades }: RoutesContext,
): Omit<RouteConfig, "match"> {
  return field.record(FIELDS.RouteAction, (fields) => {
    const hasOther = fields.has(
      "cluster_header",
      "weighted_clusters",
      "cluster_specifier_plugin",
      "inline_cluster_specifier_plugin",
    );
    const cluster = hasOther ? fields.take("cluster") : fields.need("cluster");
    return {
      cluster: clusters.read(cluster, "http"),
      timeoutMs: fields.take("timeout").duration(ROUTE_TIMEOUT_MS),
      timeoutCovers: "response",
      prefixRewrite: fields.take("prefix_rewrite").parsed(parseEnvoyRewrite, null),
      clientSans: null,
      maxBodyBytes: 0,
      upgrades: readRouteUpgrades(fields.take("upgrade_configs"), upgrades),
    };
  });
}

/** Empty is proto3's way of saying that there is none. */
function parseEnvoyRewrite(text: string): Reading<string | null> {
  return text === "" ? { value: null } : parseRewrite(text);
}

/** (Envoy: `RouteMatch`) */
function readMatch(field: Cursor): RouteMatchConfig {
  return field.record(FIELDS.RouteMatch, (fields) => ({
    path: readPath(field, fields),
    headers: readHeaders(fields.take("headers")),
  }));
}

function readPath(field: Cursor, fields: Fields): RouteMatchConfig["path"] {
  const prefix = fields.take("prefix");
  const path = fields.take("path");
  const hasOther = fields.has(
    "safe_regex",
    "connect_matcher",
    "path_separated_prefix",
    "path_match_policy",
  );
  if (prefix.given && path.given) path.failAtName('cannot stand beside "prefix"');
  if (field.kind === "map" && !prefix.given && !path.given && !hasOther) {
    field.failAtName('missing field "prefix" or "path"');
  }
  return path.given
    ? { kind: "path", value: path.parsed(parsePath, "/") }
    : { kind: "prefix", value: prefix.parsed(parsePrefix, "/") };
}

function readHeaders(field: Cursor): RouteMatchConfig["headers"] {
  const names = new Set<string>();
  return field.items().map((item) => {
    const header = readHeader(item);
    if (header.name !== "" && names.has(header.name)) {
      item.fail(`the header ${quote(header.name)} is given twice`);
    }
    names.add(header.name);
    return header;
  });
}

/** (Envoy: `HeaderMatcher`; only exact matches, both the old and the new way to write them) */
function readHeader(field: Cursor): { name: string; exact: string } {
  return field.record(FIELDS.HeaderMatcher, (fields) => {
    const name = fields.need("name").parsed(parseHeaderName, "");
    const exactMatch = fields.take("exact_match");
    const stringMatch = fields.take("string_match");
    if (exactMatch.given && stringMatch.given) {
      stringMatch.failAtName('cannot stand beside "exact_match"');
    }
    const isOther = fields.has(
      "safe_regex_match",
      "range_match",
      "present_match",
      "prefix_match",
      "suffix_match",
      "contains_match",
    );
    if (field.kind === "map" && !exactMatch.given && !stringMatch.given && !isOther) {
      field.failAtName("a header without a match, which means present, is not supported");
    }
    if (exactMatch.given) return { name, exact: exactMatch.text() };
    return {
      name,
      exact: stringMatch.record(FIELDS.StringMatcher, (match) => {
        const isOtherMatch = match.has("prefix", "suffix", "safe_regex", "contains", "custom");
        return (isOtherMatch ? match.take("exact") : match.need("exact")).text();
      }),
    };
  });
}
