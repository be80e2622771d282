/**
 * How a filter chain ends TLS: which certificate a client is shown, and what it is asked for.
 *
 * @module
 */

import type { CertificateConfig, DownstreamTlsConfig } from "../config/model.ts";
import type { ServerTls } from "../runtime/mod.ts";
import { parseCertificates } from "../tls/certificate.ts";
import type { ClientHello } from "../tls/client_hello.ts";
import { type Curve, takesEcdsa } from "../tls/ecdsa_support.ts";

/** One certificate, ready to be shown. */
export interface ShownCertificate {
  /** Lower case; a wildcard as `*.a.test`. */
  readonly names: readonly string[];
  /** The curve of an ECDSA key; null for any other key. */
  readonly curve: Curve | null;
  /** The URIs among its names. */
  readonly uris: readonly string[];
  readonly tls: ServerTls;
}

/** One chain's TLS, whose certificates can be replaced while it serves. */
export class TlsTerminator {
  #config: DownstreamTlsConfig;
  #shown: readonly ShownCertificate[];

  /** Every certificate and key was read and checked before. */
  constructor(config: DownstreamTlsConfig) {
    this.#config = config;
    this.#shown = config.certificates.map((certificate) => show(certificate, config));
  }

  /** What is in use. */
  get config(): DownstreamTlsConfig {
    return this.#config;
  }

  /**
   * What to do with a client that says this: the certificates for the name that it asks for, else
   * those for a wildcard over it, else the first; and of these an ECDSA one where the client takes it
   * (Envoy: `DownstreamTlsContext`).
   */
  choose(hello: ClientHello): ShownCertificate {
    const candidates = this.#candidates(hello.serverName);
    const maxVersion = this.#config.maxVersion ?? "TLSv1.3";
    return candidates.find(({ curve }) => curve !== null && takesEcdsa(hello, curve, maxVersion)) ??
      candidates.find(({ curve }) => curve === null) ?? candidates[0];
  }

  /** Shows other certificates to handshakes from now on, which were checked before. */
  use(config: DownstreamTlsConfig): void {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return;
    const shown = config.certificates.map((certificate) => show(certificate, config));
    this.#config = config;
    this.#shown = shown;
  }

  #candidates(serverName: string | null): readonly ShownCertificate[] {
    const all = this.#shown;
    if (all.length === 1) return all;
    if (serverName !== null) {
      const exact = all.filter(({ names }) => names.includes(serverName));
      if (exact.length > 0) return exact;
      const wildcard = `*${serverName.slice(serverName.indexOf("."))}`;
      const above = all.filter(({ names }) => names.includes(wildcard));
      if (above.length > 0) return above;
    }
    const first = all[0].names.join();
    return all.filter(({ names }) => names.join() === first);
  }
}

const CURVES: ReadonlySet<string> = new Set(["P-256", "P-384", "P-521"]);

function show({ chain, key }: CertificateConfig, config: DownstreamTlsConfig): ShownCertificate {
  const [{ info, algorithm: { kind } }] = parseCertificates(chain.pem);
  const { clientCertificate } = config;
  return {
    names: info.dnsNames.map((name) => name.toLowerCase()),
    uris: info.uris,
    curve: kind !== null && CURVES.has(kind) ? kind as Curve : null,
    tls: {
      certChain: chain.pem,
      privateKey: key.pem,
      alpn: config.alpn,
      minVersion: config.minVersion,
      maxVersion: config.maxVersion,
      ciphers: config.ciphers,
      clientCertificate: clientCertificate === null ? null : {
        ca: clientCertificate.ca.pem,
        required: clientCertificate.required,
        crl: clientCertificate.crl?.pem ?? null,
      },
    },
  };
}
