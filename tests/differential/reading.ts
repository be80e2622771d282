/**
 * How a server read a request, in words that don't depend on the server.
 *
 * @module
 */

/** A request as a server read it. */
export interface Reading {
  readonly method: string;
  /** The request target. */
  readonly target: string;
  /** The Host fields, joined by a comma. */
  readonly host: string;
  /** Bytes of the body. */
  readonly size: number;
  /** Of the body, hexadecimal. */
  readonly sha256: string;
}

/** A reading with its place among those of one server, from 1. */
export interface CountedReading extends Reading {
  readonly count: number;
}

/** How a request should be read. */
export async function reading(
  method: string,
  target: string,
  host: string,
  body: string,
): Promise<Reading> {
  const bytes = Uint8Array.from(body, (char) => char.charCodeAt(0));
  return { method, target, host, size: bytes.length, sha256: await sha256(bytes) };
}

/** The hash, hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
