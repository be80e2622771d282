/**
 * Whose certificates are taken, in Envoy's form.
 *
 * @module
 */

import type { CertificateLoader } from "../certificates.ts";
import type { Cursor, Fields } from "../cursor.ts";
import type { ClientCertificateConfig, PemSource, SanMatcherConfig } from "../model.ts";
import { parseSanValue, SAN_KINDS } from "../san.ts";
import { checkSupport, type TlsSupport } from "../tls_support.ts";
import { readDataSource } from "./data_source.ts";
import { FIELDS } from "./fields.ts";

/** Who reads files, and what the runtime's TLS can do. */
interface ValidationContext {
  readonly certificates: CertificateLoader;
  readonly supports: TlsSupport;
}

/** What a context says. */
export interface Validation {
  readonly ca: PemSource | null;
  readonly crl: PemSource | null;
  readonly sans: SanMatcherConfig[];
}

/**
 * A trusted CA alone makes a client's certificate optional, and verified all the same; names that
 * are looked for make it required. (Envoy: `require_client_certificate`)
 */
export function readClientCertificate(
  fields: { readonly required: Cursor; readonly validation: Cursor },
  context: ValidationContext,
): ClientCertificateConfig | null {
  const isRequired = fields.required.boolean();
  const { ca, crl, sans } = readValidation(fields.validation, { ...context, hasRevocation: true });
  if (ca !== null) return { required: isRequired || sans.length > 0, ca, crl, sans };
  if (isRequired) {
    fields.required.failAtName(
      "without a trusted_ca anyone's certificate would do, as in Envoy; " +
        "give a validation_context with trusted_ca",
    );
  }
  return null;
}

/** (Envoy: `CertificateValidationContext`) */
export function readValidation(
  field: Cursor,
  context: ValidationContext & { readonly hasRevocation: boolean },
): Validation {
  return field.record(FIELDS.CertificateValidationContext, (fields) => {
    const caField = fields.take("trusted_ca");
    const ca = caField.given ? context.certificates.authority(readDataSource(caField)) : null;
    // What the port to the runtime can't be asked for is left, and so reported.
    const crl = context.hasRevocation ? readRevocation(fields.take("crl"), context) : null;
    const typed = fields.take("match_typed_subject_alt_names");
    const untyped = fields.take("match_subject_alt_names");
    const sans = [
      ...typed.items().flatMap((item) => readMatcher(item) ?? []),
      ...untyped.items().flatMap(readUntypedMatcher),
    ];
    const needsCa = [typed, untyped].filter((names) => names.items().length > 0);
    if (ca === null) {
      for (const names of needsCa) {
        names.failAtName("names without a trusted_ca prove nothing; give a trusted_ca");
      }
      if (crl !== null) fields.take("crl").failAtName('has no effect without "trusted_ca"');
    }
    return { ca, crl, sans };
  });
}

function readRevocation(field: Cursor, context: ValidationContext): PemSource | null {
  if (!field.given) return null;
  checkSupport(field, "crl", context.supports);
  return context.certificates.revocationList(readDataSource(field));
}

const SAN_TYPES: Readonly<Record<string, SanMatcherConfig["kind"] | null>> = {
  DNS: "dns",
  URI: "uri",
  EMAIL: "email",
  IP_ADDRESS: "ip",
  OTHER_NAME: null,
};

/** (Envoy: `SubjectAltNameMatcher`) */
function readMatcher(field: Cursor): SanMatcherConfig | null {
  return field.record(FIELDS.SubjectAltNameMatcher, (fields) => {
    const kind = fields.need("san_type").choice<SanMatcherConfig["kind"]>(SAN_TYPES, "dns");
    const matcher = fields.need("matcher");
    return matcher.record(
      FIELDS.StringMatcher,
      (inner) =>
        exactField(inner).parsed<SanMatcherConfig | null>(
          (text) => parseSanValue(kind, text),
          null,
        ),
    );
  });
}

/** A name of any kind that it could be, as in Envoy. (Envoy: `match_subject_alt_names`) */
function readUntypedMatcher(field: Cursor): SanMatcherConfig[] {
  return field.record(
    FIELDS.StringMatcher,
    (fields) =>
      exactField(fields).parsed<SanMatcherConfig[]>((text) => {
        const readings = SAN_KINDS.map((kind) => parseSanValue(kind, text));
        const values = readings.flatMap((reading) => "value" in reading ? [reading.value] : []);
        return values.length > 0
          ? { value: values }
          : { expected: "a host name, a URI, an e-mail address or an IP address" };
      }, []),
  );
}

/** The only way of matching that is supported. */
function exactField(fields: Fields): Cursor {
  return fields.has("prefix", "suffix", "safe_regex", "contains", "custom")
    ? fields.take("exact")
    : fields.need("exact");
}
