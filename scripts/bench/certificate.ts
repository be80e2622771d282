/**
 * The certificate that every proxy of a run presents.
 *
 * @module
 */

import type { Programs } from "./process.ts";

/** Files in PEM. */
export interface Certificate {
  /** The certificate alone. */
  readonly cert: string;
  /** Its key, PKCS#8. */
  readonly key: string;
  /** Both in one file, as HAProxy wants them. */
  readonly both: string;
}

/** Makes a self-signed ECDSA P-256 certificate for localhost and 127.0.0.1 with openssl. */
export async function makeCertificate(folder: string, programs: Programs): Promise<Certificate> {
  const files = {
    cert: `${folder}/cert.pem`,
    key: `${folder}/key.pem`,
    both: `${folder}/both.pem`,
  };
  await programs.output([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-nodes", "-days", "2", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-keyout", files.key, "-out", files.cert],
  ]);
  const [cert, key] = await Promise.all([files.cert, files.key].map((f) => Deno.readTextFile(f)));
  await Deno.writeTextFile(files.both, cert + key, { mode: 0o600 });
  return files;
}
