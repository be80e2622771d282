/**
 * The front end for Envoy's v3 bootstrap: its words, its defaults, its way of reading YAML. One
 * file for each subject; this one reads the top level. A field that genkan doesn't do yet is an
 * error, as is one that Envoy doesn't know either.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { checkAdmin, ClusterNames, TakenAddresses } from "../checks.ts";
import type { Cursor } from "../cursor.ts";
import type { Config } from "../model.ts";
import { quote } from "../problem.ts";
import { readIpAddress } from "./address.ts";
import { readCluster } from "./cluster.ts";
import { FIELDS } from "./fields.ts";
import { readListener } from "./listener.ts";
import type { ResourceContext } from "./resource_context.ts";

/** Reads a whole bootstrap; `file` is only kept. (Envoy: `Bootstrap`) */
export function readEnvoy(
  root: Cursor,
  file: string,
  context: Pick<ResourceContext, "certificates" | "supports">,
): Config {
  const addresses = new TakenAddresses();
  return root.record(FIELDS.Bootstrap, (fields) => {
    const admin = readAdmin(fields.take("admin"), addresses);
    const resources = fields.take("static_resources").record(FIELDS.StaticResources, (inner) => {
      const clusterFields = inner.take("clusters").items();
      const clusters = new ClusterNames(uniqueClusterNames(clusterFields));
      const names = new Set<string>();
      return {
        listeners: inner.take("listeners").items().map((field) =>
          readListener(field, { ...context, addresses, clusters, names })
        ),
        clusters: clusterFields.map((field) => readCluster(field, { ...context, clusters })),
      };
    });
    return { frontEnd: "envoy", file, admin, ...resources };
  });
}

/** (Envoy: `Admin`; without an address there is none) */
function readAdmin(field: Cursor, addresses: TakenAddresses): SocketAddress | null {
  if (!field.given) return null;
  return field.record(FIELDS.Admin, (fields) => {
    const addressField = fields.take("address");
    if (!addressField.given) return null;
    const address = readIpAddress(addressField);
    checkAdmin(addressField, address);
    addresses.take(addressField, address, "the admin");
    return address;
  });
}

function uniqueClusterNames(clusters: readonly Cursor[]): Set<string> {
  const names = new Set<string>();
  for (const cluster of clusters) {
    const field = cluster.peek("name");
    // The wrong kind of name is reported where the cluster is read.
    const name = field.kind === "scalar" ? field.text() : "";
    if (name === "") continue;
    if (names.has(name)) field.fail(`cluster ${quote(name)} is given twice`);
    names.add(name);
  }
  return names;
}
