/**
 * Addresses in Envoy's form.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { parseHost, parseIp, parseUnixPath } from "../address.ts";
import type { Cursor } from "../cursor.ts";
import { FIELDS } from "./fields.ts";

/**
 * Reads an address to listen on, which is an IP address, or to send to, which may be a name and
 * needs a port; either may be the path of a unix socket. (Envoy: `Address`)
 */
export function readAddress(field: Cursor, use: "listen" | "connect"): SocketAddress {
  return field.record(FIELDS.Address, (fields) => {
    const pipe = fields.take("pipe");
    if (pipe.given) {
      const other = fields.take("socket_address");
      if (other.given) other.failAtName('cannot stand beside "pipe"');
      return readPipe(pipe);
    }
    // Another kind of address is reported as not supported, and isn't missed as well.
    return readSocketAddress(
      fields.has("envoy_internal_address")
        ? fields.take("socket_address")
        : fields.need("socket_address"),
      use,
    );
  });
}

/** Where a problem with the host of an address is told. */
export function hostField(field: Cursor): Cursor {
  const pipe = field.peek("pipe");
  return pipe.given ? pipe.peek("path") : field.peek("socket_address").peek("address");
}

/** (Envoy: `Pipe`) */
function readPipe(field: Cursor): SocketAddress {
  return field.record(FIELDS.Pipe, (fields) => {
    // proto3's 0 leaves the file's mode to the umask, as genkan does.
    const mode = fields.take("mode");
    if (mode.given && mode.integer(0, 0o777, 0) !== 0) mode.failAtName("not supported");
    return fields.need("path").parsed(parseUnixPath, NO_ADDRESS);
  });
}

/** Reads an address that can't be a unix socket. (Envoy: `Address` with a `SocketAddress`) */
export function readIpAddress(field: Cursor): SocketAddress {
  return field.record(FIELDS.Address, (fields) =>
    readSocketAddress(
      fields.has("pipe", "envoy_internal_address")
        ? fields.take("socket_address")
        : fields.need("socket_address"),
      "listen",
    ));
}

// Never seen outside: a configuration with a reported field is thrown away.
const NO_ADDRESS: SocketAddress = { host: "127.0.0.1", port: 0 };

/** (Envoy: `SocketAddress`) */
function readSocketAddress(field: Cursor, use: "listen" | "connect"): SocketAddress {
  return field.record(FIELDS.SocketAddress, (fields) => {
    fields.take("protocol").choice({ TCP: true, UDP: null }, true);
    const isPortNamed = fields.has("named_port");
    const hostField = fields.need("address");
    const host = hostField.parsed(use === "listen" ? parseIp : parseHost, "127.0.0.1");
    if (use === "listen") readIpv4Compat(fields.take("ipv4_compat"), hostField, host);
    return {
      host,
      port: (isPortNamed ? fields.take("port_value") : fields.need("port_value"))
        .integer(use === "listen" ? 0 : 1, 65_535),
    };
  });
}

/**
 * A socket on `::` takes IPv4 as well: Deno can't keep it from that. Envoy's does so with `ipv4_compat`
 * only, which it refuses on other addresses, mapped ones (`::ffff:…`) excepted.
 */
function readIpv4Compat(field: Cursor, hostField: Cursor, host: string): void {
  const isCompatible = field.boolean(false);
  if (isCompatible && host !== "::" && !host.startsWith("::ffff:")) {
    field.failAtName("only an address of :: takes IPv4 as well");
  }
  if (hostField.given && host === "::" && !isCompatible) {
    hostField.warn(
      "genkan takes IPv4 on :: as well, Envoy only with ipv4_compat; add `ipv4_compat: true`",
    );
  }
}
