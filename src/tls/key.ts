/**
 * Private keys in PEM, and whose they are.
 *
 * @module
 */

import { PemError } from "../errors.ts";

/**
 * True when the private key belongs to the first certificate of the chain. Takes PKCS#8, PKCS#1
 * (`RSA PRIVATE KEY`) and SEC1 (`EC PRIVATE KEY`) keys: RSA, P-256, P-384, P-521 and Ed25519.
 * Throws a `PemError` when either text can't be read, or when the key is encrypted.
 */
export function keyMatches(_chainPem: string, _keyPem: string): Promise<boolean> {
  return Promise.reject(new PemError("Cannot read the private key: not written yet"));
}
