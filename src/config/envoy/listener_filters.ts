/**
 * Listener filters in Envoy's form: what looks at a connection before a chain is chosen for it.
 *
 * @module
 */

import type { SocketAddress } from "../../runtime/mod.ts";
import { checkProxyProtocol } from "../checks.ts";
import type { Cursor } from "../cursor.ts";
import type { ListenerConfig } from "../model.ts";
import { FIELDS } from "./fields.ts";
import { type Extension, readExtension } from "./typed_config.ts";

const TLS_INSPECTOR: Extension<"tls_inspector"> = {
  type: "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
  message: "TlsInspector",
  read: () => "tls_inspector",
};

const PROXY_PROTOCOL: Extension<"proxy_protocol"> = {
  type: "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
  message: "ProxyProtocol",
  read: () => "proxy_protocol",
};

/** Envoy has no list of who may send the header: everybody may, and has to. */
const EVERYBODY: readonly string[] = ["0.0.0.0/0", "::/0"];

/** (Envoy: `ListenerFilter`) */
export function readListenerFilters(
  field: Cursor,
  address: SocketAddress,
): Pick<ListenerConfig, "inspectTls" | "proxyProtocol"> {
  const found = new Set<string>();
  for (const item of field.items()) {
    const name = item.record(FIELDS.ListenerFilter, (fields) => {
      fields.need("name").name();
      return readExtension<string>(fields, [TLS_INSPECTOR, PROXY_PROTOCOL]);
    });
    if (name === null) continue;
    if (name === "proxy_protocol") checkProxyProtocol(item, address);
    if (found.has(name)) item.fail(`a second ${name} is not supported`);
    if (name === "proxy_protocol" && found.has("tls_inspector")) {
      item.fail("must come before tls_inspector, which would take its header for no TLS");
    }
    found.add(name);
  }
  return {
    inspectTls: found.has("tls_inspector"),
    proxyProtocol: found.has("proxy_protocol") ? { trusted: [...EVERYBODY] } : null,
  };
}
