/**
 * What becomes of `x-forwarded-client-cert`, in the native form.
 *
 * @module
 */

import { setsClientCert } from "../client_cert_header.ts";
import type { Cursor } from "../cursor.ts";
import type { Reading } from "../dialect.ts";
import type { ClientCertHeaderConfig } from "../model.ts";
import { quote } from "../problem.ts";
import { didYouMean } from "../suggest.ts";
import { NO_CLIENT_CERT_HEADER } from "./defaults.ts";

type Detail = keyof ClientCertHeaderConfig["details"];

/** The words of `details`, in the order in which they are printed. */
export const DETAILS: readonly Detail[] = ["subject", "cert", "chain", "dns", "uri"];

const MODES: Readonly<Record<string, ClientCertHeaderConfig["mode"]>> = {
  sanitize: "sanitize",
  forward_only: "forward_only",
  append_forward: "append_forward",
  sanitize_set: "sanitize_set",
  always_forward_only: "always_forward_only",
};

/** Reads a listener's `client_cert_header`. */
export function readClientCertHeader(field: Cursor): ClientCertHeaderConfig {
  if (!field.given) return NO_CLIENT_CERT_HEADER;
  return field.record([], (fields) => {
    const mode = fields.need("mode").choice<ClientCertHeaderConfig["mode"]>(MODES, "sanitize");
    const detailsField = fields.take("details");
    const given = new Set<string>();
    for (const item of detailsField.items()) {
      const detail = item.parsed<Detail | "">(parseDetail, "");
      if (detail !== "" && given.has(detail)) item.fail(`${quote(detail)} is given twice`);
      given.add(detail);
    }
    if (given.size > 0 && !setsClientCert(mode)) {
      detailsField.failAtName('has no effect without "append_forward" or "sanitize_set"');
    }
    return {
      mode,
      details: {
        subject: given.has("subject"),
        cert: given.has("cert"),
        chain: given.has("chain"),
        dns: given.has("dns"),
        uri: given.has("uri"),
      },
    };
  });
}

function parseDetail(text: string): Reading<Detail> {
  const found = DETAILS.find((detail) => detail === text);
  if (found !== undefined) return { value: found };
  return { expected: "subject, cert, chain, dns or uri", hint: didYouMean(text, DETAILS) };
}
