/**
 * Carries the bytes of one direction.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import { writeAll } from "../runtime/mod.ts";
import type { ByteStream } from "../session/mod.ts";

/** What a quiet connection holds on to in each direction. */
const IDLE_BYTES = 8 * 1024;
/** What a busy one reads with. */
const STREAM_BYTES = 64 * 1024;

/** How a direction ended: with the end of its stream, or with the failure of one side. */
export type RelayEnd = "done" | "read_failed" | "write_failed";

/**
 * Reads `from` to its end and writes it to `to`; the end is passed on as a half-close. Nothing more
 * is read before what came was taken. `onBytes` is told each count, once written. Rejects only for a
 * mistake in genkan itself.
 */
export async function relay(
  from: ByteStream,
  to: ByteStream,
  progress: { onBytes: (count: number) => void },
): Promise<RelayEnd> {
  let reading = true;
  try {
    let buffer = new Uint8Array(IDLE_BYTES);
    for (;;) {
      reading = true;
      const count = await from.read(buffer);
      reading = false;
      if (count === null) {
        await to.closeWrite();
        return "done";
      }
      await writeAll(to, buffer.subarray(0, count));
      progress.onBytes(count);
      if (count === buffer.length && count < STREAM_BYTES) buffer = new Uint8Array(STREAM_BYTES);
    }
  } catch (error) {
    if (!(error instanceof ConnError)) throw error;
    return reading ? "read_failed" : "write_failed";
  }
}
