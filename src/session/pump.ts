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

/**
 * Reads a body to its end and writes it, piece by piece: nothing more is read before what came was
 * taken by the other side. What is gathered in the writer (a head, say) leaves with the first piece
 * or before the first wait. Never fails; what waits for nothing has its result at once.
 */
export function pump(
  reader: MessageReader<RequestDecoder | ResponseDecoder>,
  writer: MessageWriter,
  progress: PumpProgress,
): PumpResult | Promise<PumpResult> {
  let next: Next;
  try {
    next = gather(reader, writer, progress);
  } catch (error) {
    return { kind: "read_failed", error };
  }
  // A small body has come with its head, and leaves with it: no waits but for the one write.
  return next === END ? finish(writer, progress) : pumpOn(next, { reader, writer, progress });
}

/** What stops the gathering: the body's end, nothing more to gather, or a piece for a write of its own. */
type Next = typeof END | typeof NEED_DATA | Uint8Array;

/** Gathers what is here of a body. Fails as the reader and `progress.onBytes` do. */
function gather(
  reader: MessageReader<RequestDecoder | ResponseDecoder>,
  writer: MessageWriter,
  progress: PumpProgress,
): Next {
  for (;;) {
    const piece = reader.decoder.nextBody();
    if (piece === END || piece === NEED_DATA) return piece;
    progress.onBytes(piece.length);
    if (!writer.gather(piece)) return piece;
  }
}

async function pumpOn(
  next: Next,
  { reader, writer, progress }: {
    reader: MessageReader<RequestDecoder | ResponseDecoder>;
    writer: MessageWriter;
    progress: PumpProgress;
  },
): Promise<PumpResult> {
  let reading = false;
  try {
    while (next !== END) {
      if (next !== NEED_DATA) {
        progress.onWrite();
        await writer.body(next);
      } else {
        if (writer.gathered > 0) {
          progress.onWrite();
          await writer.flush();
        }
        progress.onWait();
        reading = true;
        await reader.fill();
      }
      reading = true;
      next = gather(reader, writer, progress);
      reading = false;
    }
  } catch (error) {
    return { kind: reading ? "read_failed" : "write_failed", error };
  }
  return await finish(writer, progress);
}

function finish(writer: MessageWriter, progress: PumpProgress): PumpResult | Promise<PumpResult> {
  writer.end();
  progress.onWrite();
  return writer.flush()?.then(done, writeFailed) ?? DONE;
}

const DONE: PumpResult = { kind: "done" };
const done = (): PumpResult => DONE;
const writeFailed = (error: unknown): PumpResult => ({ kind: "write_failed", error });
