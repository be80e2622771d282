/**
 * Certificates and keys: reading PEM, telling whose key is whose, and the local certificate
 * authority that vouches for names on this machine and its network. The TLS protocol itself is the
 * runtime's. Certificates are read with the small DER reader in `der.ts` and made with an ASN.1
 * library, which is loaded when the first one is made.
 *
 * @module
 */

export { PemError } from "../errors.ts";
export { altNames, type CertificateInfo, readCertificates } from "./certificate.ts";
export { keyMatches } from "./key.ts";
export {
  type CaOptions,
  type CertifiedKey,
  createCa,
  issueCertificate,
  type LeafOptions,
  type LeafUsage,
  type RandomBytes,
} from "./authority.ts";
export { dataFolder } from "./data_folder.ts";
export type { CaHost } from "./ca_files.ts";
export type { ExistingFiles, IssueOptions, LeafFiles, LocalCa } from "./local_ca.ts";
export { createLocalCa, type CreateOptions, openLocalCa, openOrCreate } from "./open_local_ca.ts";
export { type CaStatus, type LeafStatus, readCaStatus } from "./ca_status.ts";
export { encodePkcs12, type Pkcs12Contents } from "./pkcs12.ts";
export { findTrust, type TrustFinding, type TrustHost, type TrustStore } from "./trust_stores.ts";
