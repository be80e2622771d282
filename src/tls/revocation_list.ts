/**
 * Certificate revocation lists (RFC 5280 §5), as far as it takes to know that one is whole. What it
 * revokes is the runtime's to judge.
 *
 * @module
 */

import { PemError } from "../errors.ts";
import { DerError, DerReader, Tag } from "./der.ts";
import { parsePem } from "./pem.ts";

/**
 * Throws a `PemError` unless a PEM text holds a revocation list, and only whole ones: an OpenSSL that
 * is given half of one refuses every handshake.
 */
export function checkRevocationLists(pem: string): void {
  const blocks = parsePem(pem, "the revocation list");
  const lists = blocks.filter(({ label }) => label === "X509 CRL");
  if (lists.length === 0) {
    const found = blocks.map(({ label }) => label).join(", ") || "no PEM block";
    throw new PemError(`Cannot read the revocation list: expected X509 CRL, found ${found}`);
  }
  for (const { der } of lists) {
    try {
      checkShape(der);
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      throw new PemError(`Cannot read the revocation list: found ${error.message}`, {
        cause: error,
      });
    }
  }
}

function checkShape(der: Uint8Array): void {
  const outer = new DerReader(der);
  const list = outer.enter(Tag.sequence);
  outer.end();
  list.take(Tag.sequence); // what is signed
  list.take(Tag.sequence); // the signature's algorithm
  list.take(Tag.bitString);
  list.end();
}
