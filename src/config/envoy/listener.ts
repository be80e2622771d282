/**
 * Listeners in Envoy's form.
 *
 * @module
 */

import { showAddress } from "../../runtime/mod.ts";
import type { TakenAddresses } from "../checks.ts";
import type { Cursor } from "../cursor.ts";
import type { ListenerConfig } from "../model.ts";
import { quote } from "../problem.ts";
import { readAddress } from "./address.ts";
import { FIELDS } from "./fields.ts";
import { readFilterChains } from "./filter_chain.ts";
import { readListenerFilters } from "./listener_filters.ts";
import type { ResourceContext } from "./resource_context.ts";

/** What a listener needs to know of the rest of the file. */
export interface ListenerContext extends ResourceContext {
  readonly addresses: TakenAddresses;
  /** The listeners' names so far. */
  readonly names: Set<string>;
}

/** (Envoy: `Listener`) */
export function readListener(field: Cursor, context: ListenerContext): ListenerConfig {
  return field.record(FIELDS.Listener, (fields) => {
    const addressField = fields.need("address");
    const address = readAddress(addressField, "listen");
    const nameField = fields.take("name");
    // An empty name is proto3's way of saying that there is none.
    const given = nameField.text();
    if (given !== "" && context.names.has(given)) {
      nameField.fail(`listener ${quote(given)} is given twice`);
    }
    const name = given || freeName(showAddress(address), context.names);
    context.names.add(name);
    context.addresses.take(addressField, address, `listener ${quote(name)}`);
    const looked = readListenerFilters(fields.take("listener_filters"), address);
    const rest = fields.take("default_filter_chain");
    const chains = rest.given ? fields.take("filter_chains") : fields.need("filter_chains");
    const read = readFilterChains({ chains, rest }, { ...context, ...looked });
    const all = read.rest === null ? read.chains : [...read.chains, read.rest];
    const limits = all.map(({ maxConnections }) => maxConnections);
    if (all.length > 1 && limits.some((limit) => limit > 0)) {
      // Envoy counts for each chain by itself, genkan for the listener.
      (chains.given ? chains : field).failAtName(
        "connection limits of several filter chains are not supported",
      );
    }
    return {
      name,
      address,
      maxConnections: limits[0] ?? 0,
      ...looked,
      filterChains: read.chains.map(({ chain }) => chain),
      defaultFilterChain: read.rest?.chain ?? null,
    };
  });
}

/** Two listeners without a name may both want any free port. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = taken.size + 1; taken.has(free); count++) free = `${name}#${count}`;
  return free;
}
