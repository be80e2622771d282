/**
 * What listeners and clusters in Envoy's form need to know of the rest of the file.
 *
 * @module
 */

import type { CertificateLoader } from "../certificates.ts";
import type { ClusterNames } from "../checks.ts";
import type { TlsSupport } from "../tls_support.ts";

/** Who reads certificates, what the runtime's TLS can do, and which clusters there are. */
export interface ResourceContext {
  readonly certificates: CertificateLoader;
  readonly supports: TlsSupport;
  readonly clusters: ClusterNames;
}
