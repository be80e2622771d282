/**
 * Closing without losing what was written.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import type { RequestDecoder } from "../http1/mod.ts";
import type { Conn } from "../runtime/mod.ts";
import type { MessageReader } from "./message_reader.ts";
import type { TimerWheel } from "./timer_wheel.ts";

/** Envoy's `delayed_close_timeout`. */
export const LINGER_MS = 1000;
/** A client that has not understood by then is cut off. */
const LINGER_BYTES = 1024 * 1024;

/** What there is to wait for before the connection may be closed. */
export interface Lingering {
  readonly conn: Conn;
  readonly reader: MessageReader<RequestDecoder>;
  /** Whoever still reads the request's body; never rejects. Null when nobody does. */
  readonly upload: Promise<void> | null;
}

/**
 * Ends our direction, then reads and drops what the peer still sends, for a bounded time and count,
 * and closes. Without it a close with unread input makes TCP send a reset, which takes the response
 * away from a client that hasn't read it (RFC 9112 §9.6). Never fails.
 */
export async function lingerAndClose(lingering: Lingering, wheel: TimerWheel): Promise<void> {
  const { conn, reader, upload } = lingering;
  const deadline = wheel.deadline(() => conn.close());
  deadline.set(LINGER_MS);
  try {
    await conn.closeWrite();
    if (upload !== null) await upload;
    const limit = reader.bytes + LINGER_BYTES;
    while (reader.bytes < limit && await reader.discard());
  } catch (error) {
    if (!(error instanceof ConnError)) throw error;
  } finally {
    deadline[Symbol.dispose]();
    conn.close();
  }
}
