/**
 * Who uses certificates from files: each chain that ends TLS, and each cluster that begins it. What
 * has changed on disk becomes a configuration with other texts in it, which is then put to use as
 * any other.
 *
 * @module
 */

import { chainsOf } from "../config/filter_chain_match.ts";
import type {
  CertificateConfig,
  Config,
  DownstreamTlsConfig,
  FilterChainConfig,
  ListenerConfig,
  PemSource,
  UpstreamTlsConfig,
} from "../config/model.ts";
import { PemError } from "../errors.ts";
import { parseCertificates } from "../tls/certificate.ts";
import { keyMatches } from "../tls/mod.ts";
import { checkRevocationLists } from "../tls/revocation_list.ts";
import type { PemUser } from "./certificate_watch.ts";
import { keyOfChain, keyOfListener } from "./same.ts";

type Texts = ReadonlyMap<string, string>;

/** Makes a configuration of the one that runs, and puts it to use. */
export type Replace = (change: (running: Config) => Config) => Promise<void>;

/** All of a configuration's. They are made anew when another one is put to use. */
export function pemUsers({ listeners, clusters }: Config, replace: Replace): PemUser[] {
  return [
    ...listeners.flatMap((listener) =>
      chainsOf(listener).flatMap((chain) =>
        chain.tls === null ? [] : [downstream(listener, chain, { tls: chain.tls, replace })]
      )
    ),
    ...clusters.flatMap(({ name, tls }) => tls === null ? [] : [upstream(name, { tls, replace })]),
  ];
}

function downstream(
  listener: ListenerConfig,
  chain: FilterChainConfig,
  { tls, replace }: { tls: DownstreamTlsConfig; replace: Replace },
): PemUser {
  const { certificates, clientCertificate } = tls;
  const key = keyOfListener(listener), chainKey = keyOfChain(chain);
  return {
    name: `listener ${listener.name}`,
    sources: [
      ...certificates.flatMap(({ chain, key }) => [chain, key]),
      ...(clientCertificate === null ? [] : [clientCertificate.ca]),
      ...(clientCertificate?.crl ? [clientCertificate.crl] : []),
    ],
    replace: async (texts) => {
      await checkDownstream(refreshDownstream(tls, texts));
      const refresh = (chain: FilterChainConfig): FilterChainConfig =>
        chain.tls === null || keyOfChain(chain) !== chainKey
          ? chain
          : { ...chain, tls: refreshDownstream(chain.tls, texts) };
      await replace(({ listeners, ...rest }) => ({
        ...rest,
        listeners: listeners.map((listener) =>
          keyOfListener(listener) !== key ? listener : {
            ...listener,
            filterChains: listener.filterChains.map(refresh),
            defaultFilterChain: listener.defaultFilterChain && refresh(listener.defaultFilterChain),
          }
        ),
      }));
    },
  };
}

function upstream(
  name: string,
  { tls, replace }: { tls: UpstreamTlsConfig; replace: Replace },
): PemUser {
  const { ca, certificate } = tls;
  return {
    name: `cluster ${name}`,
    sources: [
      ...(ca === null ? [] : [ca]),
      ...(certificate === null ? [] : [certificate.chain, certificate.key]),
    ],
    replace: async (texts) => {
      await checkUpstream(refreshUpstream(tls, texts));
      await replace(({ clusters, ...rest }) => ({
        ...rest,
        clusters: clusters.map((cluster) =>
          cluster.name !== name || cluster.tls === null
            ? cluster
            : { ...cluster, tls: refreshUpstream(cluster.tls, texts) }
        ),
      }));
    },
  };
}

/** Fails with a PemError when a text can't be read, or a key isn't its certificate's. */
export async function checkDownstream({ certificates, clientCertificate }: DownstreamTlsConfig) {
  for (const certificate of certificates) await checkPair(certificate);
  if (clientCertificate === null) return;
  parseCertificates(clientCertificate.ca.pem);
  if (clientCertificate.crl !== null) checkRevocationLists(clientCertificate.crl.pem);
}

async function checkUpstream({ ca, certificate }: UpstreamTlsConfig): Promise<void> {
  if (ca !== null) parseCertificates(ca.pem);
  if (certificate !== null) await checkPair(certificate);
}

async function checkPair({ chain, key }: CertificateConfig): Promise<void> {
  parseCertificates(chain.pem);
  if (await keyMatches(chain.pem, key.pem)) return;
  throw new PemError("Cannot use certificate: found a key that doesn't belong to it");
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

function refreshUpstream(tls: UpstreamTlsConfig, texts: Texts): UpstreamTlsConfig {
  return {
    ...tls,
    ca: tls.ca && refresh(tls.ca, texts),
    certificate: tls.certificate && refreshPair(tls.certificate, texts),
  };
}

function refreshPair({ chain, key }: CertificateConfig, texts: Texts): CertificateConfig {
  return { chain: refresh(chain, texts), key: refresh(key, texts) };
}

function refresh({ path, pem }: PemSource, texts: Texts): PemSource {
  return { path, pem: path === null ? pem : texts.get(path) ?? pem };
}
