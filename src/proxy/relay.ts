/**
 * Carries the bytes of one direction.
 *
 * @module
 */

import { ConnError } from "../errors.ts";
import { type Receiver, writeAll } from "../runtime/mod.ts";
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
  const source = new Source(from);
  let reading = true;
  try {
    for (;;) {
      reading = true;
      const bytes = await source.next();
      reading = false;
      if (bytes === null) {
        await to.closeWrite();
        return { kind: "done" };
      }
      await writeAll(to, bytes);
      progress.onBytes(bytes.length);
    }
  } catch (error) {
    if (!(error instanceof ConnError)) throw error;
    return { kind: reading ? "read_failed" : "write_failed", error };
  }
}

/** Gives what comes as it is where the runtime hands it over, else by a buffer. */
class Source {
  readonly #stream: ByteStream;
  #buffer: Uint8Array | null = null;
  #settle!: { resolve(bytes: Uint8Array | null): void; reject(error: unknown): void };

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** The next bytes, valid until the next call, or null at the end. Fails as `Conn.read`. */
  next(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      void this.#stream.receive(this.#receiver);
    });
  }

  readonly #receiver: Receiver = {
    space: () => this.#buffer ??= new Uint8Array(IDLE_BYTES),
    filled: (count) => {
      const bytes = count === null ? null : this.#buffer!.subarray(0, count);
      // A read that filled its buffer had more to give.
      if (bytes?.length === IDLE_BYTES && this.#buffer!.length === IDLE_BYTES) {
        this.#buffer = new Uint8Array(STREAM_BYTES);
      }
      this.#settle.resolve(bytes);
    },
    given: (bytes) => this.#settle.resolve(bytes),
    failed: (error) => this.#settle.reject(error),
  };
}
