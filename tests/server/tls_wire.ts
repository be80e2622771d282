/**
 * Clients that speak TLS, with a certificate of their own or without.
 *
 * @module
 */

import { Wire } from "./wire.ts";

/** Whom a client trusts, and what it shows: nothing, where that is null. */
export interface TlsClient {
  /** PEM. */
  readonly ca: string;
  /** PEM. */
  readonly client: { readonly chain: string; readonly key: string } | null;
}

/** Connects to a port of `localhost`. */
export async function connectTls(port: number, { ca, client }: TlsClient): Promise<Wire> {
  const own = client === null ? {} : { cert: client.chain, key: client.key };
  return new Wire(await Deno.connectTls({ hostname: "localhost", port, caCerts: [ca], ...own }));
}
