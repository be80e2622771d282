/**
 * A cluster's transport socket in Envoy's form: TLS or not, and a PROXY protocol header before it.
 *
 * @module
 */

import type { Cursor } from "../cursor.ts";
import type { ClusterConfig } from "../model.ts";
import { FIELDS } from "./fields.ts";
import { RAW_BUFFER, readTransportSocket, type UpstreamContext, upstreamTls } from "./tls.ts";
import type { Extension } from "./typed_config.ts";

type Transport = Pick<ClusterConfig, "proxyProtocol" | "tls">;

const PLAIN: Transport = { proxyProtocol: null, tls: null };

/** Plain where it is absent. */
export function readUpstreamTransport(field: Cursor, context: UpstreamContext): Transport {
  const tls: Extension<Transport> = mapped(upstreamTls(field, context));
  const plain: Extension<Transport> = { ...RAW_BUFFER, read: () => PLAIN };
  return readTransportSocket(field, [tls, plain, proxyProtocol(context)]) ?? PLAIN;
}

function mapped(extension: ReturnType<typeof upstreamTls>): Extension<Transport> {
  return {
    ...extension,
    read: (fields) => ({ proxyProtocol: null, tls: extension.read(fields) }),
  };
}

const VERSIONS: Readonly<Record<string, "v1" | "v2">> = { V1: "v1", V2: "v2" };

/** (Envoy: `ProxyProtocolUpstreamTransport`) */
function proxyProtocol(context: UpstreamContext): Extension<Transport> {
  return {
    type: "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
    message: "ProxyProtocolUpstreamTransport",
    read: (fields) => {
      const version = fields.take("config").record(
        FIELDS.ProxyProtocolConfig,
        (inner) => inner.take("version").choice(VERSIONS, "v1"),
      );
      const innerField = fields.need("transport_socket");
      const inner = readUpstreamTransport(innerField, context);
      if (inner.proxyProtocol !== null) innerField.fail("a second header is not supported");
      return { proxyProtocol: version, tls: inner.tls };
    },
  };
}
