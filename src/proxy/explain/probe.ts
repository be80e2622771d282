/**
 * Attempts that tell one cause from another, made only when somebody is to be told.
 *
 * @module
 */

import { ConnError } from "../../errors.ts";
import type { ConnectTls, Network, SocketAddress } from "../../runtime/mod.ts";

/** Whether a connection can be made; with `tls`, whether a TLS handshake is answered as one. */
export type Probe = (
  address: SocketAddress,
  options: { readonly tls: boolean },
) => Promise<boolean>;

/** Nothing is sent on such a connection, so it matters to nobody who answers. */
const ANYBODY: ConnectTls = {
  serverName: null,
  verify: "none",
  ca: null,
  alpn: [],
  minVersion: null,
  maxVersion: null,
};

/** Milliseconds that somebody waits for an explanation at most. */
const TIMEOUT_MS = 300;

/** Probes by connecting, and hangs up at once. */
export function networkProbe(network: Pick<Network, "connect">): Probe {
  return async (address, { tls }) => {
    try {
      const conn = await network.connect(address, {
        timeoutMs: TIMEOUT_MS,
        tls: tls ? ANYBODY : null,
      });
      conn.close();
      return true;
    } catch (error) {
      if (!(error instanceof ConnError)) throw error;
      // A handshake that fails for a reason of TLS's own was one.
      return tls && error.code === "tls" && error.reason !== "not_tls";
    }
  };
}
