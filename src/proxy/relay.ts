/**
 * Carries the bytes of one direction.
 *
 * @module
 */

import { type Conn, writeAll } from "../runtime/mod.ts";

/** What a quiet connection holds on to in each direction. */
const IDLE_BYTES = 8 * 1024;
/** What a busy one reads with. */
const STREAM_BYTES = 64 * 1024;

/**
 * Reads `from` to its end and writes it to `to`; the end is passed on as a half-close. Nothing more
 * is read before what came was taken. `onBytes` is told each count, once written. Fails with the
 * ConnError of either side.
 */
export async function relay(
  from: Conn,
  to: Conn,
  progress: { onBytes: (count: number) => void },
): Promise<void> {
  let buffer = new Uint8Array(IDLE_BYTES);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) return await to.closeWrite();
    await writeAll(to, buffer.subarray(0, count));
    progress.onBytes(count);
    if (count === buffer.length && count < STREAM_BYTES) buffer = new Uint8Array(STREAM_BYTES);
  }
}
