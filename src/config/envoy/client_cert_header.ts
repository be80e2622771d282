/**
 * What becomes of `x-forwarded-client-cert`, in Envoy's form.
 *
 * @module
 */

import type { Fields } from "../cursor.ts";
import type { ClientCertHeaderConfig } from "../model.ts";
import { setsClientCert } from "../client_cert_header.ts";
import { NO_CLIENT_CERT_HEADER } from "../native/defaults.ts";
import { FIELDS } from "./fields.ts";

const MODES: Readonly<Record<string, ClientCertHeaderConfig["mode"]>> = {
  SANITIZE: "sanitize",
  FORWARD_ONLY: "forward_only",
  APPEND_FORWARD: "append_forward",
  SANITIZE_SET: "sanitize_set",
  ALWAYS_FORWARD_ONLY: "always_forward_only",
};

/** (Envoy: `forward_client_cert_details`, `set_current_client_cert_details`) */
export function readClientCertHeader(fields: Fields): ClientCertHeaderConfig {
  const mode = fields.take("forward_client_cert_details")
    .choice<ClientCertHeaderConfig["mode"]>(MODES, "sanitize");
  const details = fields.take("set_current_client_cert_details")
    .record(FIELDS.SetCurrentClientCertDetails, (inner) => ({
      subject: inner.take("subject").boolean(),
      cert: inner.take("cert").boolean(),
      chain: inner.take("chain").boolean(),
      dns: inner.take("dns").boolean(),
      uri: inner.take("uri").boolean(),
    }));
  // In the other modes Envoy doesn't look at them.
  return { mode, details: setsClientCert(mode) ? details : NO_CLIENT_CERT_HEADER.details };
}
