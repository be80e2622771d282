/**
 * What both forms say of `x-forwarded-client-cert`.
 *
 * @module
 */

import type { ClientCertHeaderConfig } from "./model.ts";

/** True for the modes that tell of the client's own certificate. */
export function setsClientCert(mode: ClientCertHeaderConfig["mode"]): boolean {
  return mode === "append_forward" || mode === "sanitize_set";
}
