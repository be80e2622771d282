/**
 * Carries a body from one side to the other.
 *
 * @module
 */

import { END, NEED_DATA, type RequestDecoder, type ResponseDecoder } from "../http1/mod.ts";
import type { MessageReader } from "./message_reader.ts";
import type { MessageWriter } from "./message_writer.ts";

/** What a pump tells while it runs. */
export interface PumpProgress {
  /** That many bytes of the body have come. What it throws is the reader's failure. */
  onBytes(count: number): void;
  /** The other side is about to be written to, which may take long. Called at the body's end too. */
  onWrite(): void;
  /** The other side has taken everything that came; the next read may take long. */
  onWait(): void;
}

/** How a pump ended, and which side's fault it was. */
export type PumpResult =
  | { readonly kind: "done" }
  | { readonly kind: "read_failed"; readonly error: unknown }
  | { readonly kind: "write_failed"; readonly error: unknown };

const DONE: PumpResult = { kind: "done" };

/**
 * Reads a body to its end and writes it, piece by piece: nothing more is read before what came was
 * taken by the other side. What is gathered in the writer (a head, say) leaves with the first piece
 * or before the first wait. Never rejects.
 */
export async function pump(
  reader: MessageReader<RequestDecoder | ResponseDecoder>,
  writer: MessageWriter,
  progress: PumpProgress,
): Promise<PumpResult> {
  let reading = false;
  try {
    for (;;) {
      reading = true;
      const piece = reader.decoder.nextBody();
      if (piece === END) break;
      if (piece === NEED_DATA) {
        reading = false;
        if (writer.gathered > 0) {
          progress.onWrite();
          await writer.flush();
        }
        progress.onWait();
        reading = true;
        await reader.fill();
      } else {
        progress.onBytes(piece.length);
        reading = false;
        if (writer.gather(piece)) continue;
        progress.onWrite();
        await writer.body(piece);
      }
    }
    reading = false;
    writer.end();
    progress.onWrite();
    await writer.flush();
    return DONE;
  } catch (error) {
    return { kind: reading ? "read_failed" : "write_failed", error };
  }
}
