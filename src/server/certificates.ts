/**
 * The certificates that a configuration uses, for the admin's `/certs`.
 *
 * @module
 */

import type { CertificateView, TlsContextView } from "../admin/view.ts";
import type { Config, PemSource } from "../config/model.ts";
import { readCertificates } from "../tls/mod.ts";

/** One entry for each listener or cluster with TLS. */
export async function describeCertificates(config: Config): Promise<TlsContextView[]> {
  const contexts: TlsContextView[] = [];
  for (const { filterChains } of config.listeners) {
    for (const { tls } of filterChains) {
      if (tls === null) continue;
      const own = await Promise.all(tls.certificates.map(({ chain }) => describe(chain)));
      contexts.push({ trusted: [], own: own.map(([leaf]) => leaf) });
    }
  }
  for (const { tls } of config.clusters) {
    if (tls === null) continue;
    contexts.push({ trusted: tls.ca === null ? [] : await describe(tls.ca), own: [] });
  }
  return contexts;
}

async function describe({ path, pem }: PemSource): Promise<CertificateView[]> {
  return (await readCertificates(pem)).map((certificate) => ({ path, ...certificate }));
}
