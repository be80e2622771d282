/**
 * Shared memory that holds the input being judged, for whoever has to stop the judge.
 *
 * @module
 */

import type { Case } from "./subject.ts";

/** An input has 8 Ki chars, each up to 6 bytes in JSON. */
const SLOT_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;

/** Memory for one input. */
export function newSlot(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOT_BYTES);
}

/** Notes an input. */
export function noteIn(slot: SharedArrayBuffer, input: Case): void {
  // Text is encoded beside the shared memory, into which an encoder may not write.
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  new Uint8Array(slot, LENGTH_BYTES).set(bytes);
  Atomics.store(new Int32Array(slot, 0, 1), 0, bytes.length);
}

/** The input that was noted last; null when none was. */
export function notedIn(slot: SharedArrayBuffer): Case | null {
  const length = Atomics.load(new Int32Array(slot, 0, 1), 0);
  const bytes = new Uint8Array(slot, LENGTH_BYTES).slice(0, length);
  return length === 0 ? null : JSON.parse(new TextDecoder().decode(bytes));
}
