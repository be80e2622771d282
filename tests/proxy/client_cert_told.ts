/**
 * What stands for the placeholders of the cases, as OpenSSL says it.
 *
 * @module
 */

import { openssl } from "../tls/fixtures.ts";
import type { CertifiedClient } from "../tls/client_certificates.ts";

/** Fills in a client's hash and certificates. */
export async function filled(told: string, client: CertifiedClient): Promise<string> {
  const printed = await openssl(["x509", "-noout", "-fingerprint", "-sha256"], client.chain);
  const hash = printed.trimEnd().replace(/^.*=/, "").replaceAll(":", "").toLowerCase();
  const leaf = client.chain.replace(/(?<=-----END CERTIFICATE-----\n)[^]*$/, "");
  return told
    .replace("{hash}", hash)
    .replace("{cert}", percentEncoded(leaf))
    .replace("{chain}", percentEncoded(client.chain));
}

const CODES: Readonly<Record<string, string>> = {
  "\n": "%0A",
  " ": "%20",
  "+": "%2B",
  "/": "%2F",
  "=": "%3D",
};

function percentEncoded(pem: string): string {
  return pem.replace(/[\n +/=]/g, (char) => CODES[char]);
}
