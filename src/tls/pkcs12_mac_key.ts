/**
 * The key of a PKCS#12 file's MAC (RFC 7292 appendix B), which WebCrypto doesn't know.
 *
 * @module
 */

const MAC_KEY_ID = 3; // appendix B.3
const BLOCK_BYTES = 64; // SHA-256's, the appendix's v

/**
 * Derives the 32 bytes for HMAC-SHA-256. They are one output block of SHA-256, so the appendix's
 * loop over blocks (B.2, step 6) runs once, and what it prepares for the next block falls away.
 */
export async function macKey(
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = utf16(`${password}\0`); // B.1: with its terminating zero
  const input = new Uint8Array([
    ...new Uint8Array(BLOCK_BYTES).fill(MAC_KEY_ID),
    ...fillBlocks(salt),
    ...fillBlocks(secret),
  ]);
  let digest = await crypto.subtle.digest("SHA-256", input);
  for (let done = 1; done < iterations; done++) {
    digest = await crypto.subtle.digest("SHA-256", digest);
  }
  return new Uint8Array(digest);
}

/** A BMPString's contents: UTF-16, big end first (X.690 §8.23.9). */
export function utf16(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at));
  return bytes;
}

/** Repeats the bytes until they end with a block. */
function fillBlocks(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES;
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length]);
}
