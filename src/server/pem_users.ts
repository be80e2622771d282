/**
 * Who uses certificates from files: each chain that ends TLS, and each cluster that begins it.
 *
 * @module
 */

import type {
  CertificateConfig,
  Config,
  DownstreamTlsConfig,
  PemSource,
  UpstreamTlsConfig,
} from "../config/model.ts";
import { readCertificates } from "../tls/mod.ts";
import type { Cluster } from "../upstream/mod.ts";
import type { PemUser } from "./certificate_watch.ts";
import type { LiveChain } from "./live_chain.ts";
import { checkPair, type TlsTerminator } from "./tls_terminator.ts";

type Texts = ReadonlyMap<string, string>;

/** All of a snapshot's, by name. */
export function pemUsers(
  config: Config,
  chains: readonly { readonly listener: string; readonly chain: LiveChain }[],
  clusters: ReadonlyMap<string, Cluster>,
): PemUser[] {
  return [
    ...chains.flatMap(({ listener, chain: { tls } }) =>
      tls === null ? [] : [downstream(`listener ${listener}`, tls)]
    ),
    ...config.clusters.flatMap(({ name, tls }) =>
      tls === null ? [] : [upstream(`cluster ${name}`, tls, clusters.get(name)!)]
    ),
  ];
}

function downstream(name: string, terminator: TlsTerminator): PemUser {
  const { certificates, clientCertificate } = terminator.config;
  return {
    name,
    sources: [
      ...certificates.flatMap(({ chain, key }) => [chain, key]),
      ...(clientCertificate === null ? [] : [clientCertificate.ca]),
      ...(clientCertificate?.crl ? [clientCertificate.crl] : []),
    ],
    replace: (texts) => terminator.replace(refreshDownstream(terminator.config, texts)),
  };
}

function refreshDownstream(tls: DownstreamTlsConfig, texts: Texts): DownstreamTlsConfig {
  const { clientCertificate } = tls;
  return {
    ...tls,
    certificates: tls.certificates.map((certificate) => refreshPair(certificate, texts)),
    clientCertificate: clientCertificate && {
      ...clientCertificate,
      ca: refresh(clientCertificate.ca, texts),
      crl: clientCertificate.crl && refresh(clientCertificate.crl, texts),
    },
  };
}

function upstream(name: string, tls: UpstreamTlsConfig, cluster: Cluster): PemUser {
  const { ca, certificate } = tls;
  return {
    name,
    sources: [
      ...(ca === null ? [] : [ca]),
      ...(certificate === null ? [] : [certificate.chain, certificate.key]),
    ],
    replace: async (texts) => {
      const next: UpstreamTlsConfig = {
        ...tls,
        ca: ca && refresh(ca, texts),
        certificate: certificate && refreshPair(certificate, texts),
      };
      if (next.ca !== null) await readCertificates(next.ca.pem);
      if (next.certificate !== null) await checkPair(next.certificate);
      cluster.replaceTls(next);
    },
  };
}

function refreshPair({ chain, key }: CertificateConfig, texts: Texts): CertificateConfig {
  return { chain: refresh(chain, texts), key: refresh(key, texts) };
}

function refresh({ path, pem }: PemSource, texts: Texts): PemSource {
  return { path, pem: path === null ? pem : texts.get(path) ?? pem };
}
