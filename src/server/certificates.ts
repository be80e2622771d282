/**
 * The certificates that are in use, for the admin's `/certs`.
 *
 * @module
 */

import type { CertificateView, TlsContextView } from "../admin/view.ts";
import { chainsOf } from "../config/filter_chain_match.ts";
import type { Config, PemSource } from "../config/model.ts";
import { readCertificates } from "../tls/mod.ts";

/** One entry for each filter chain or cluster with TLS. */
export async function describeCertificates(
  { listeners, clusters }: Pick<Config, "listeners" | "clusters">,
): Promise<TlsContextView[]> {
  const contexts: TlsContextView[] = [];
  for (const { tls } of listeners.flatMap(chainsOf)) {
    if (tls === null) continue;
    const { certificates, clientCertificate } = tls;
    const own = await Promise.all(certificates.map(({ chain }) => describe(chain)));
    const trusted = clientCertificate === null ? [] : await describe(clientCertificate.ca);
    contexts.push({ trusted, own: own.map(([leaf]) => leaf) });
  }
  for (const { tls } of clusters) {
    if (tls === null) continue;
    const own = tls.certificate === null ? [] : (await describe(tls.certificate.chain)).slice(0, 1);
    contexts.push({ trusted: tls.ca === null ? [] : await describe(tls.ca), own });
  }
  return contexts;
}

async function describe({ path, pem }: PemSource): Promise<CertificateView[]> {
  return (await readCertificates(pem)).map((certificate) => ({ path, ...certificate }));
}
