/**
 * How connections to an endpoint are made: to which address, with which TLS, and what is said first.
 *
 * @module
 */

import type { ClusterConfig, SanMatcherConfig, UpstreamTlsConfig } from "../config/model.ts";
import { ConnError, PemError } from "../errors.ts";
import { encodeProxyHeader } from "../proxy_protocol/mod.ts";
import {
  type Conn,
  type ConnectTls,
  type Network,
  showAddress,
  type SocketAddress,
} from "../runtime/mod.ts";
import { readPeerCertificate } from "../tls/peer_certificate.ts";
import { matchesAnySan } from "../tls/san_match.ts";

/** Who connected to what downstream, for endpoints that are told (PROXY protocol). */
export interface Ends {
  /** The client. */
  readonly source: SocketAddress;
  /** What it connected to. */
  readonly destination: SocketAddress;
}

/** Where an endpoint is and how much of the traffic it takes. */
export interface EndpointPlace {
  /** Tried in turn, beginning with the one that worked last; at least one. */
  readonly addresses: readonly SocketAddress[];
  /** The name they were resolved from; empty for an address. */
  readonly hostname: string;
  /** 1 or more. */
  readonly weight: number;
}

/** What dialling needs of a cluster. */
export interface DialOptions {
  readonly network: Network;
  readonly connectTimeoutMs: number;
  readonly tls: UpstreamTlsConfig | null;
  readonly proxyProtocol: ClusterConfig["proxyProtocol"];
}

/** Dials one endpoint. */
export class Dialer {
  readonly #place: EndpointPlace;
  readonly #options: DialOptions;
  #tls: ConnectTls | null;
  #preferred = 0;

  /** Dials nothing yet. */
  constructor(place: EndpointPlace, options: DialOptions) {
    this.#place = place;
    this.#options = options;
    this.#tls = options.tls === null ? null : connectTls(options.tls, place);
  }

  /** The address that is used now. */
  get address(): SocketAddress {
    return this.#place.addresses[this.#preferred];
  }

  /** Uses other certificates from now on. */
  replaceTls(tls: UpstreamTlsConfig): void {
    this.#tls = connectTls(tls, this.#place);
  }

  /**
   * A new connection, whose endpoint was told of `ends` where it is told. Several addresses stand for
   * one server (the loopback families): whichever listens will do. Fails with a ConnError.
   */
  async dial(ends: Ends | null): Promise<Conn> {
    const { network, connectTimeoutMs, tls } = this.#options;
    const prefix = this.#header(ends);
    const { addresses } = this.#place;
    for (let turn = 0;; turn++) {
      const at = (this.#preferred + turn) % addresses.length;
      try {
        const conn = await network.connect(addresses[at], {
          timeoutMs: connectTimeoutMs,
          tls: this.#tls,
          prefix,
        });
        if (tls !== null && tls.sans.length > 0) await checkNames(conn, tls.sans);
        this.#preferred = at;
        return conn;
      } catch (error) {
        const elsewhere = error instanceof ConnError &&
          (error.code === "refused" || error.code === "unreachable" ||
            error.code === "address_not_available");
        if (!elsewhere || turn + 1 >= addresses.length) throw error;
      }
    }
  }

  #header(ends: Ends | null): Uint8Array | undefined {
    const { proxyProtocol } = this.#options;
    if (proxyProtocol === null) return undefined;
    const header = ends === null ? LOCAL : { kind: "proxied" as const, ...ends };
    return encodeProxyHeader(header, proxyProtocol === "v1" ? 1 : 2);
  }
}

/** The connection is genkan's own, such as a look at the endpoint. */
const LOCAL = { kind: "local" } as const;

/**
 * Holds a certificate to names on top of what the handshake has verified; fails with a ConnError, and
 * then the connection is closed. (Envoy: `match_typed_subject_alt_names`)
 */
async function checkNames(conn: Conn, sans: readonly SanMatcherConfig[]): Promise<void> {
  const info = await conn.handshake();
  const [leaf] = info?.peerCertificates ?? [];
  if (leaf !== undefined && hasName(leaf, sans)) return;
  conn.close();
  throw new ConnError(
    "tls",
    `Cannot connect to ${showAddress(conn.remote)}: the certificate is for another name`,
    { reason: "wrong_name" },
  );
}

/** A certificate that can't be read has no name that anybody could hold it to. */
function hasName(leaf: Uint8Array, sans: readonly SanMatcherConfig[]): boolean {
  try {
    return matchesAnySan(sans, readPeerCertificate(leaf));
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    return false;
  }
}

function connectTls(tls: UpstreamTlsConfig, place: EndpointPlace): ConnectTls {
  // Addresses are dialled, so the name that was meant must be told for the check.
  const meant = tls.serverName === null && place.hostname !== "" ? place.hostname : null;
  return {
    serverName: tls.serverName,
    verifyName: tls.verifyName ?? meant,
    verify: tls.verify,
    ca: tls.ca?.pem ?? null,
    alpn: tls.alpn,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ciphers: tls.ciphers,
    certificate: tls.certificate && {
      certChain: tls.certificate.chain.pem,
      privateKey: tls.certificate.key.pem,
    },
  };
}
