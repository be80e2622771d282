/**
 * Connects to an endpoint once, as a request would, and hangs up.
 *
 * @module
 */

import type { ClusterConfig } from "../../config/model.ts";
import { ConnError } from "../../errors.ts";
import {
  type ConfigForm,
  explain,
  type ExplainedEndpoint,
  type Explanation,
  networkProbe,
} from "../../proxy/explain/mod.ts";
import { encodeProxyHeader } from "../../proxy_protocol/mod.ts";
import { connectFailure, describeFailure, noEndpoint } from "../../proxy/failure.ts";
import { type Conn, type Network, showAddress, type TlsInfo } from "../../runtime/mod.ts";
import { type CertificateInfo, parseCertificates } from "../../tls/certificate.ts";
import { encodePem } from "../../tls/pem.ts";
import { PemError } from "../../tls/mod.ts";
import type { Endpoint } from "../../upstream/mod.ts";
import { atMost } from "../../server/at_most.ts";
import type { Target } from "./endpoints.ts";

/**
 * How long a TLS 1.3 server is waited for once the handshake is over on our side: only then does it
 * say that it wants a client certificate (RFC 8446 §4.4.2.4).
 */
const LATE_REFUSAL_MS = 300;
/** How long a second look at a certificate that was refused may take. */
const MAX_LOOK_MS = 2000;

/** What came of a probe. */
export type Outcome =
  & { readonly cluster: ClusterConfig; readonly where: string }
  & (
    | { readonly kind: "accepted" }
    | {
      readonly kind: "secured";
      readonly info: TlsInfo;
      readonly presented: CertificateInfo | null;
    }
    | {
      readonly kind: "failed";
      readonly explanation: Explanation;
      /** What the endpoint showed, where that can be seen. */
      readonly presented: CertificateInfo | null;
    }
    | { readonly kind: "empty" }
  );

/** What probes work with. */
export interface ProbeContext {
  readonly network: Network;
  /** How genkan was told what to do. */
  readonly form: ConfigForm;
}

/** Probes one endpoint, for as long as its cluster's `connect_timeout` and a little more. */
export async function probeEndpoint(target: Target, context: ProbeContext): Promise<Outcome> {
  const { cluster } = target;
  switch (target.kind) {
    case "empty":
      return { kind: "empty", cluster, where: "" };
    case "unresolved": {
      const { missing } = target;
      const alone = { ...cluster, endpoints: [missing] };
      const explanation = await explain(noEndpoint(alone, 0), {
        ...explainContext(context),
        cluster: alone,
        endpoint: null,
      });
      const where = showAddress(missing.address);
      return { kind: "failed", cluster, where, explanation, presented: null };
    }
    case "endpoint":
      return await probeOne(cluster, target.endpoint, context);
  }
}

async function probeOne(
  cluster: ClusterConfig,
  endpoint: Endpoint,
  context: ProbeContext,
): Promise<Outcome> {
  try {
    const conn = await endpoint.connect();
    try {
      const info = await conn.handshake();
      const outcome = { cluster, where: placeOf(endpoint) };
      if (info === null) return { kind: "accepted", ...outcome };
      await lateRefusal(conn);
      return { kind: "secured", ...outcome, info, presented: leafOf(info) };
    } finally {
      conn.close();
      endpoint.closed({ received: 0, sent: 0 });
    }
  } catch (error) {
    if (!(error instanceof ConnError)) throw error;
    const failure = describeFailure(connectFailure(error), { retried: false });
    const [explanation, presented] = await Promise.all([
      explain(failure, { ...explainContext(context), cluster, endpoint: explained(endpoint) }),
      error.code === "tls" ? lookAt(cluster, endpoint, context.network) : null,
    ]);
    return { kind: "failed", cluster, where: placeOf(endpoint), explanation, presented };
  }
}

function explainContext({ network, form }: ProbeContext) {
  return { form, timeoutMs: 0, probe: networkProbe(network) };
}

function explained({ address, place, rqSuccess }: Endpoint): ExplainedEndpoint {
  return { address, place, rqSuccess };
}

/** The endpoint as it was written, with the address that was dialled where that is another. */
function placeOf({ address, place: { hostname } }: Endpoint): string {
  const dialled = showAddress(address);
  return hostname === ""
    ? dialled
    : `${showAddress({ host: hostname, port: address.port })} (${dialled})`;
}

/** Throws the ConnError of a server that ends the session as soon as it begins. */
async function lateRefusal(conn: Conn): Promise<void> {
  const reading = conn.read(new Uint8Array(1)).then(() => null, (error) => error);
  const error = await atMost(LATE_REFUSAL_MS, reading, null);
  if (error instanceof ConnError && error.code === "tls") throw error;
}

/** The certificate of whoever was refused: another handshake, which believes anybody. */
async function lookAt(
  { tls, proxyProtocol, connectTimeoutMs }: ClusterConfig,
  { address }: Endpoint,
  network: Network,
): Promise<CertificateInfo | null> {
  if (tls === null) return null;
  try {
    const conn = await network.connect(address, {
      timeoutMs: Math.min(connectTimeoutMs, MAX_LOOK_MS),
      prefix: proxyProtocol === null
        ? undefined
        : encodeProxyHeader({ kind: "local" }, proxyProtocol === "v1" ? 1 : 2),
      tls: {
        serverName: tls.serverName,
        verify: "none",
        ca: null,
        alpn: tls.alpn,
        minVersion: tls.minVersion,
        maxVersion: tls.maxVersion,
      },
    });
    const info = await conn.handshake();
    conn.close();
    return info === null ? null : leafOf(info);
  } catch (error) {
    if (error instanceof ConnError) return null;
    throw error;
  }
}

function leafOf({ peerCertificates: [der] }: TlsInfo): CertificateInfo | null {
  if (der === undefined) return null;
  try {
    return parseCertificates(encodePem("CERTIFICATE", der))[0].info;
  } catch (error) {
    if (error instanceof PemError) return null;
    throw error;
  }
}
