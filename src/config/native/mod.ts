/**
 * The front end for genkan's own form: `listeners` and `clusters` as mappings from names, with
 * defaults that are safe at the edge. One file for each subject; this one reads the top level.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { parseAdminAddress } from "../address.ts";
import { checkAdmin, ClusterNames, TakenAddresses } from "../checks.ts";
import type { Cursor } from "../cursor.ts";
import type { Config } from "../model.ts";
import { readCluster } from "./cluster.ts";
import { readListener } from "./listener.ts";
import type { TlsContext } from "./tls.ts";

/** The fields of the top level. */
export const NATIVE_FIELDS: readonly string[] = ["admin", "access_log", "listeners", "clusters"];

/** Reads a whole configuration; `file` is its path, from which others are relative. */
export function readNative(
  root: Cursor,
  file: string,
  context: Pick<TlsContext, "certificates" | "supports">,
): Config {
  return root.record(NATIVE_FIELDS, (fields) => {
    const addresses = new TakenAddresses();
    const admin = readAdmin(fields.take("admin"), addresses);
    const accessLog = fields.take("access_log").boolean(true);
    const clusterEntries = fields.need("clusters").entries();
    const clusters = new ClusterNames(clusterEntries.map(({ name }) => name));
    const folder = folderOf(file);
    const listenersField = fields.need("listeners");
    const listeners = listenersField.entries().map(({ name, value }) =>
      readListener(name, value, { ...context, folder, clusters, addresses, accessLog })
    );
    if (listenersField.kind === "map" && listeners.length === 0) {
      listenersField.fail("expected at least one listener, found none");
    }
    return {
      frontEnd: "native",
      file,
      admin,
      listeners,
      clusters: clusterEntries.map(({ name, value }) =>
        readCluster(name, value, { ...context, folder, clusters })
      ),
    };
  });
}

function readAdmin(field: Cursor, addresses: TakenAddresses): SocketAddress | null {
  const address = field.parsed<SocketAddress | null>(parseAdminAddress, null);
  if (address === null) return null;
  checkAdmin(field, address);
  addresses.take(field, address, "the admin");
  return address;
}

function folderOf(file: string): string {
  const slash = file.lastIndexOf("/");
  return slash === -1 ? "" : file.slice(0, slash + 1);
}
