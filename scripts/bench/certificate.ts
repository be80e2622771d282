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

/**
 * Makes a self-signed ECDSA P-256 certificate for a name and 127.0.0.1 with openssl, in files that
 * begin with `prefix`.
 */
export async function makeCertificate(
  folder: string,
  programs: Programs,
  { name = "localhost", prefix = "" }: { name?: string; prefix?: string } = {},
): Promise<Certificate> {
  const files = {
    cert: `${folder}/${prefix}cert.pem`,
    key: `${folder}/${prefix}key.pem`,
    both: `${folder}/${prefix}both.pem`,
  };
  await programs.output([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-nodes", "-days", "2", "-subj", `/CN=${name}`],
    ...["-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`],
    // An upstream presents it, too, and some clients take no authority for a server.
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", files.key, "-out", files.cert],
  ]);
  const [cert, key] = await Promise.all([files.cert, files.key].map((f) => Deno.readTextFile(f)));
  await Deno.writeTextFile(files.both, cert + key, { mode: 0o600 });
  return files;
}
