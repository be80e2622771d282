/**
 * A listener in the native form.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { parseListenAddress, parseNetwork } from "../address.ts";
import { checkProxyProtocol, MAX_COUNT, type TakenAddresses } from "../checks.ts";
import type { Cursor, Fields } from "../cursor.ts";
import { takesAll } from "../filter_chain_match.ts";
import type { FilterChainConfig, ListenerConfig, ProxyProtocolConfig } from "../model.ts";
import { quote } from "../problem.ts";
import { type ChainsContext, readChains } from "./filter_chains.ts";

/** What a listener needs to know of the rest of the file. */
export interface ListenerContext extends ChainsContext {
  readonly addresses: TakenAddresses;
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
    const chains = readChains(name, field, fields, context);
    return {
      name,
      address,
      maxConnections: fields.take("max_connections").integer(0, MAX_COUNT, 0),
      inspectTls: readInspection(fields, chains.filterChains),
      proxyProtocol: readProxyProtocol(fields.take("proxy_protocol"), address),
      ...chains,
    };
  });
}

/** On where it is needed. A client that waits for the server's first byte would wait for ever. */
function readInspection(fields: Fields, chains: readonly FilterChainConfig[]): boolean {
  const field = fields.take("inspect_tls");
  const isNeeded = chains.some(({ match }) => !takesAll(match));
  const isOn = field.boolean(isNeeded);
  if (isNeeded && !isOn) {
    field.warn("nothing looks at what a client says first: chains for some of it never match");
  }
  return isOn;
}

function readProxyProtocol(field: Cursor, address: SocketAddress): ProxyProtocolConfig | null {
  if (!field.given) return null;
  checkProxyProtocol(field, address);
  return field.record([], (fields) => {
    const list = fields.need("trusted");
    const items = list.items();
    if (list.kind === "list" && items.length === 0) list.fail("expected a network, found none");
    const trusted = items.map((item) => item.parsed(parseNetwork, ""));
    return { trusted: [...new Set(trusted)] };
  });
}
