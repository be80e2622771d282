/**
 * Carries the bytes of one direction.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import { writeAll } from "../runtime/mod.ts";
import type { ByteStream, PumpResult } from "../session/mod.ts";

/** What a quiet connection holds on to in each direction. */
const IDLE_BYTES = 8 * 1024;
/** What a busy one reads with. */
const STREAM_BYTES = 64 * 1024;

/**
 * Reads `from` to its end and writes it to `to`; the end is passed on as a half-close. Nothing more
 * is read before what came was taken. `onBytes` is told each count, once written. Rejects only for a
 * mistake in genkan itself.
 */
export async function relay(
  from: ByteStream,
  to: ByteStream,
  progress: { onBytes: (count: number) => void },
): Promise<PumpResult> {
  let reading = true;
  try {
    let buffer = new Uint8Array(IDLE_BYTES);
    for (;;) {
      reading = true;
      const count = await from.read(buffer);
      reading = false;
      if (count === null) {
        await to.closeWrite();
        return { kind: "done" };
      }
      await writeAll(to, buffer.subarray(0, count));
      progress.onBytes(count);
      if (count === buffer.length && count < STREAM_BYTES) buffer = new Uint8Array(STREAM_BYTES);
    }
  } catch (error) {
    if (!(error instanceof ConnError)) throw error;
    return { kind: reading ? "read_failed" : "write_failed", error };
  }
}
