/**
 * Addresses in Envoy's form.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { parseHost, parseIp } from "../address.ts";
import type { Cursor } from "../cursor.ts";
import { FIELDS } from "./fields.ts";

/**
 * Reads an address to listen on, which is an IP address, or to send to, which may be a name and
 * needs a port. (Envoy: `Address` with a `SocketAddress`)
 */
export function readSocketAddress(field: Cursor, use: "listen" | "connect"): SocketAddress {
  return field.record(FIELDS.Address, (outer) =>
    // Another kind of address is reported as not supported, and isn't missed as well.
    (outer.has("pipe", "envoy_internal_address")
      ? outer.take("socket_address")
      : outer.need("socket_address")).record(FIELDS.SocketAddress, (fields) => {
        fields.take("protocol").choice({ TCP: true, UDP: null }, true);
        const isPortNamed = fields.has("named_port");
        return {
          host: fields.need("address").parsed(use === "listen" ? parseIp : parseHost, "127.0.0.1"),
          port: (isPortNamed ? fields.take("port_value") : fields.need("port_value"))
            .integer(use === "listen" ? 0 : 1, 65_535),
        };
      }));
}
