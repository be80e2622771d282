/**
 * Upgrades in Envoy's form: what the HTTP filter says of each protocol, and a route over it.
 *
 * @module
 */

import type { Cursor } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import { quote } from "../problem.ts";
import { parseProtocol } from "../request_match.ts";
import { FIELDS } from "./fields.ts";

/** Protocols, lower case, and whether they are allowed. */
export type UpgradeMap = ReadonlyMap<string, boolean>;

/** (Envoy: `HttpConnectionManager.UpgradeConfig`) */
export function readFilterUpgrades(field: Cursor): UpgradeMap {
  return readUpgrades(field, FIELDS.FilterUpgradeConfig);
}

/**
 * The protocols that a route allows, those of the filter that it doesn't speak of included.
 * (Envoy: `RouteAction.UpgradeConfig`)
 */
export function readRouteUpgrades(field: Cursor, filter: UpgradeMap): string[] {
  const merged = new Map([...filter, ...readUpgrades(field, FIELDS.RouteUpgradeConfig)]);
  return [...merged.keys()].filter((protocol) => merged.get(protocol));
}

function readUpgrades(field: Cursor, known: readonly string[]): UpgradeMap {
  const upgrades = new Map<string, boolean>();
  for (const item of field.items()) {
    item.record(known, (fields) => {
      const typeField = fields.need("upgrade_type");
      const protocol = typeField.parsed(parseUpgradeType, "");
      if (protocol !== "" && upgrades.has(protocol)) {
        typeField.fail(`${quote(protocol)} is given twice`);
      }
      upgrades.set(protocol, fields.take("enabled").boolean(true));
    });
  }
  return upgrades;
}

/** CONNECT is a method and no upgrade; Envoy configures it here all the same. */
function parseUpgradeType(text: string): Reading<string> {
  const reading = parseProtocol(text);
  if (!/^connect(-udp)?$/i.test(text)) return reading;
  return { expected: "a protocol such as websocket", found: `${text}, which is not supported` };
}
